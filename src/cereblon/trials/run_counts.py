"""A run counted block by block: what its report needs of all subjects, in memory that does not grow with them.

Each block is read, counted and forgotten; counts of blocks add up. A replicate trial that is over is read off at
once, and only what was read off it is kept. Pictures of single subjects choose among the first subjects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Self, TypeVar

import numpy as np
import pyarrow as pa

from cereblon.evidence import Study
from cereblon.outcomes.counts import SubjectCounts
from cereblon.outcomes.counts import added as added_counts
from cereblon.outcomes.dose_sums import DoseSums, sum_doses
from cereblon.outcomes.dose_sums import added as added_doses
from cereblon.outcomes.group_estimates import EstimateChoices, GroupEstimates, joined, read_off
from cereblon.outcomes.remarks import Remarks
from cereblon.outcomes.remarks import added as added_remarks
from cereblon.outcomes.summary import count_subjects
from cereblon.trials.alike import alike_arms, alike_pairs
from cereblon.trials.folder import RunFolder
from cereblon.trials.single_subjects import Rankings, added_rankings, rank_subjects
from cereblon.trials.trial import TrialPlan

STANDARD_MONTHS = (12.0, 24.0, 36.0, 48.0, 60.0)
DOSE_STRETCH = 2.0  # months
_TABLES = ("subjects", "events", "responses", "exposures", "adverse_events", "labs")
SUMMARISED_TESTS = ("m_protein", "involved_flc", "uninvolved_flc", "mrd")
"""The laboratory rows that a summary reads."""
_LATER_TESTS = ("mrd",)  # of subjects who are not pictured
_Part = TypeVar("_Part")
_AT_ONCE = 16  # blocks that are counted before their counts are added up


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What is known of all subjects of a run.

    Parameters
    ----------
    asked
        What was read off.
    pooled
        Counts of all replicate trials together.
    replicates
        What was read off each replicate trial.
    doses
        Doses over time.
    results
        Subjects by result code.
    rankings
        Those whom pictures of single subjects choose among, where there will be pictures.
    """

    asked: EstimateChoices
    pooled: SubjectCounts
    replicates: GroupEstimates
    doses: DoseSums
    results: Mapping[int, int]
    rankings: Rankings | None = None

    @property
    def failures(self) -> int:
        """Subjects that could not be simulated."""
        return sum(count for code, count in self.results.items() if code != 0)


@dataclass(frozen=True, slots=True)
class _CountedBlock:
    counts: SubjectCounts
    doses: DoseSums
    results: Counter[int]
    rankings: Rankings | None


def asked_of(plan: TrialPlan, study: Study | None) -> EstimateChoices:
    """Say what to read off the counts of a trial: its study's landmarks are added to the yearly ones.

    Each arm is compared with the comparator that the trial names, if any, and two others where the study publishes a
    ratio of them, unless both are simulated alike.
    """
    same = alike_pairs(alike_arms(plan))
    longest = plan.longest_follow_up_months
    months = {*STANDARD_MONTHS, *(fact.month for fact in (study.facts if study else ()) if fact.month is not None)}
    several = plan.replicates > 1
    early = {fact.month for fact in (study.facts if study else ()) if fact.is_early_ratio}
    return EstimateChoices(
        level=plan.choices.level,
        landmarks_months=tuple(sorted(month for month in months if 0 < month <= longest)),
        comparisons=tuple(pair for pair in _pairs(plan, study) if pair not in same),
        ratios_months=tuple(sorted(month for month in early if month is not None and 0 < month <= longest)),
        heights_of=("pfs", "os") if several else (),
        heights_months=tuple(float(month) for month in range(int(longest) + 1)) if several else (),
    )


def _pairs(plan: TrialPlan, study: Study | None) -> list[tuple[str, str]]:
    if plan.comparator is None:
        return []
    others = [arm for arm in plan.arms if arm != plan.comparator]
    published = {(fact.arm, fact.versus) for fact in (study.facts if study else ()) if fact.versus is not None}
    among = [
        (one, other)
        for one in others
        for other in others
        if (plan.published_arm(one), plan.published_arm(other)) in published
    ]
    return [*((arm, plan.comparator) for arm in others), *among]


def count_run(
    run: RunFolder,
    plan: TrialPlan,
    study: Study | None,
    *,
    pictured: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> RunCounts:
    """Count a finished run.

    Parameters
    ----------
    run, plan, study
        The run, its trial, and the published study of it, if any.
    pictured
        Of so many subjects single ones may be shown; see `pictures_of`.
    progress
        Called with the subjects done and all subjects.

    Raises
    ------
    RunFolderError
        If a block is missing or damaged.
    """
    with RunCounting(plan, study, pictured=pictured) as counting:
        return counting.found(run, progress=progress)


def count_tables(tables: Mapping[str, pa.Table], plan: TrialPlan, study: Study | None) -> RunCounts:
    """Count subject tables: of a whole trial, or of its first subjects."""
    return _alone(_count(tables, plan, pictured=False), plan, study)


class RunCounting:
    """The blocks of a run counted side by side, also while others are simulated; to be used as a context.

    Parameters
    ----------
    plan, study, pictured
        As of `count_run`.
    """

    def __init__(self, plan: TrialPlan, study: Study | None, *, pictured: int = 0) -> None:
        self._plan, self._study, self._pictured = plan, study, pictured
        self._gathering, self._gathered = _Gathering(asked_of(plan, study)), 0
        self._counted: dict[int, Future[_CountedBlock]] = {}
        self._pool = ThreadPoolExecutor(max_workers=2)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def add(self, run: RunFolder, number: int) -> Future[_CountedBlock]:
        """Begin to count a block that is written, and add up those that are counted."""
        counted = self._counted[number] = self._pool.submit(self._count, run, number)
        while (some := self._next(run)) and all(one in self._counted and self._counted[one].done() for one in some):
            self._gather(run, some)
        return counted

    def alone(self, counted: Future[_CountedBlock]) -> RunCounts:
        """Give the counts of one block by itself; refusals as of `count_run`."""
        return _alone(counted.result(), self._plan, self._study)

    def found(self, run: RunFolder, *, progress: Callable[[int, int], None] | None = None) -> RunCounts:
        """Give the counts of a finished run, of which some blocks may be counted; as `count_run`."""
        run.refuse_unfinished()
        for number in range(self._gathered, int(run.header["blocks"])):
            if number not in self._counted:
                self._counted[number] = self._pool.submit(self._count, run, number)
        while some := self._next(run):
            done = self._gather(run, some)
            if progress is not None:
                progress(done, self._plan.subjects)
        return self._gathering.found()

    def _count(self, run: RunFolder, number: int) -> _CountedBlock:
        shown = number * int(run.header["block_size"]) < self._pictured
        tables = run.block_tables(number, _TABLES, tests=SUMMARISED_TESTS if shown else _LATER_TESTS)
        return _count(tables, self._plan, pictured=shown)

    def _next(self, run: RunFolder) -> range:
        return range(int(run.header["blocks"]))[self._gathered : self._gathered + _AT_ONCE]

    def _gather(self, run: RunFolder, some: range) -> int:
        """Add up blocks, and give the subjects that are done."""
        subjects = some.stop * int(run.header["block_size"])
        self._gathering.add([self._counted.pop(one).result() for one in some], over=subjects // self._plan.size)
        self._gathered = some.stop
        return min(subjects, self._plan.subjects)


def replicate_groups(reading: GroupEstimates, at_once: int = 20) -> Iterator[GroupEstimates]:
    """Give what was read off replicate trials, some trials at a time."""
    numbers = reading.names.replicate
    edges = np.searchsorted(numbers, np.arange(0, int(numbers.max(initial=-1)) + 1 + at_once, at_once))
    for first, last in pairwise(edges.tolist()):
        yield reading.take(slice(first, last))


def _alone(counted: _CountedBlock, plan: TrialPlan, study: Study | None) -> RunCounts:
    gathering = _Gathering(asked_of(plan, study))
    gathering.add([counted], over=plan.replicates)
    return gathering.found()


def _count(tables: Mapping[str, pa.Table], plan: TrialPlan, *, pictured: bool) -> _CountedBlock:
    codes, numbers = np.unique(tables["subjects"]["result_code"].to_numpy(), return_counts=True)
    return _CountedBlock(
        count_subjects(tables, choices=plan.choices),
        sum_doses(tables["subjects"], tables["exposures"], every=DOSE_STRETCH),
        Counter(dict(zip(codes.tolist(), numbers.tolist(), strict=True))),
        rank_subjects(tables) if pictured else None,
    )


@dataclass(slots=True)
class _Gathering:
    """Adds up blocks, which come in order."""

    asked: EstimateChoices
    open: SubjectCounts | None = None
    pooled: SubjectCounts | None = None
    doses: DoseSums | None = None
    remarks: Remarks | None = None
    results: Counter[int] = field(default_factory=Counter)
    over: list[GroupEstimates] = field(default_factory=list)
    ranked: list[Rankings] = field(default_factory=list)

    def add(self, blocks: Sequence[_CountedBlock], *, over: int) -> None:
        """Add blocks, after which replicate trials below number `over` have all their subjects."""
        counts = [block.counts for block in blocks]
        self.remarks = added_remarks([*_if_any(self.remarks), *(one.remarks for one in counts)])
        self.doses = added_doses([*_if_any(self.doses), *(block.doses for block in blocks)])
        for block in blocks:
            self.results.update(block.results)
            self.ranked += _if_any(block.rankings)
        self.open = added_counts([*_if_any(self.open), *counts])
        self._close(self.open.names.replicate < over)

    def _close(self, done: np.ndarray) -> None:
        """Read off replicate trials that are over, and keep of their counts what they add to all."""
        if self.open is None or not done.any():
            return
        finished, self.open = self.open.take(done), self.open.take(~done)
        self.over.append(read_off(finished, self.asked))
        self.pooled = added_counts([*_if_any(self.pooled), finished.pooled()])

    def found(self) -> RunCounts:
        """Give what was gathered."""
        if self.open is None or self.doses is None or self.remarks is None:
            raise ValueError("a run has at least one block")
        self._close(np.ones(self.open.names.count, np.bool_))
        pooled = self.open if self.pooled is None else self.pooled
        replicates = joined(self.over) if self.over else read_off(self.open, self.asked)
        return RunCounts(
            self.asked,
            replace(pooled, remarks=self.remarks),
            replicates,
            self.doses,
            dict(self.results),
            added_rankings(self.ranked) if self.ranked else None,
        )


def _if_any(one: _Part | None) -> list[_Part]:
    return [] if one is None else [one]
