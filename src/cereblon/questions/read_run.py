"""Read the answer of a finished run."""

from __future__ import annotations

import shlex
from pathlib import Path

from cereblon.core.errors import InputError
from cereblon.core.kinds import kind_of
from cereblon.questions.compare import Comparison
from cereblon.questions.progress import Progress, Reporter
from cereblon.questions.simulate import Simulation
from cereblon.trials.summary import reopen, summarise_run


def read_run(run: Path | str, *, with_failures: bool = False, progress: Progress = None) -> Comparison | Simulation:
    """Read the run folder of a finished trial, without simulating.

    Parameters
    ----------
    run
        Run folder, for example `runs/swog-s0777`.
    with_failures
        Whether to go on, without them, where subjects could not be simulated.
    progress
        As for `compare`.

    Returns
    -------
        What `compare` gave for a trial that names a study, what `simulate` gave for another.

    Raises
    ------
    RunFolderError
        If it is no finished run folder, if regimens, parameters or population of this version differ from those of
        the run, or if subjects failed.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.read_run("runs/swog-s0777").table()  # doctest: +SKIP
    """
    if not isinstance(run, (str, Path)):
        raise InputError(f"run: the path of a run folder is needed, got {kind_of(run)}")
    folder, prepared = reopen(Path(run))
    command = f"cereblon report {shlex.quote(str(run))}"
    with Reporter(progress).count("summarising", prepared.plan.subjects) as step:
        summary = summarise_run(folder, prepared, command=command, with_failures=with_failures, progress=step)
    return Simulation(summary=summary) if prepared.plan.study is None else Comparison(summary=summary)
