"""How well built cohorts find what is true of an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import final

import polars as pl

from cereblon.cohort.folder import read_cohort_folder
from cereblon.cohort.schemas import RESPONSE_ESTIMANDS, TRUTH_LABS, TRUTH_OF_LINES
from cereblon.cohort.scoring import SCORES, found_in, is_truth_of, score_cohort
from cereblon.core.arguments import need_one_of
from cereblon.core.errors import InputError
from cereblon.core.plain_text import table_text
from cereblon.core.rows import Row
from cereblon.questions.result import Listing
from cereblon.tables.parquet import read_own_parquet

_SHOWN = ("persons", "lines", "responses", "progression")


@final
@dataclass(frozen=True, kw_only=True, repr=False)
class CohortScore(Listing):
    """Scores of built cohorts against the truth of an example.

    Table: `scores`, a row per cohort and score. No chart.

    Parameters
    ----------
    truth
        Folder of the example.
    rows
        cohort, rules (preset of lines), estimand, score, value, meaning.
    """

    truth: str
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """What was scored."""
        return f"Built cohorts against the truth of {self.truth}"

    def text(self) -> str:
        """Say how many lines are right, then give the scores, a column per cohort."""
        heads = list(dict.fromkeys((str(row["cohort"]), str(row["rules"])) for row in self.rows))
        values = {(row["cohort"], row["score"]): row["value"] for row in self.rows}
        cells = [
            [meaning, *(_shown(score, values[cohort, score]) for cohort, _ in heads)]
            for score, meaning in SCORES.items()
        ]
        names = tuple(f"{cohort} ({rules})" for cohort, rules in heads)
        lead = [
            f"{cohort}: the lines of {_shown('exact', values[cohort, 'exact'])} of the patients are exactly the true "
            f"ones; the records still show those of {_shown('ceiling', values[cohort, 'ceiling'])}."
            for cohort, _ in heads
        ]
        return "\n".join([*lead, "", table_text(("score", *names), cells, folded=("score",), right=names)])

    def tables(self) -> Mapping[str, Sequence[Row]]:
        """Give `scores`."""
        return {"scores": self.rows}


def _shown(score: str, value: object) -> str:
    """Write a kappa with two digits, months with one, and shares in percent."""
    if not isinstance(value, float) or isnan(value):
        return "not defined"
    if "kappa" in score or score.endswith("_ceiling"):
        return f"{value:.2f}"
    return f"{value:.1f}" if "median_pfs" in score else f"{100 * value:.1f} %"


def score(*cohorts: Path | str, truth: Path | str, estimand: str = "relaxed") -> CohortScore:
    """Compare built cohorts with the truth of the example that they were built from.

    Lines are exact for a patient if number, regimens and first days all equal the truth. Beside it stand the share of
    patients whose lines the records still show, which no builder can pass by more than luck, and what always saying
    one line would score.

    Parameters
    ----------
    cohorts
        Folders that `cohort.build` wrote, such as one of each set of line rules.
    truth
        Folder of the example.
    estimand
        Of response and progression: strict or relaxed.

    Raises
    ------
    InputError
        If a folder is none of a built cohort, holds no truth, or that of another example.
    UnknownNameError
        If there is no estimand of the name.

    Examples
    --------
    >>> import cereblon as cb
    >>> cb.cohort.score("cohort", truth="example").table("scores")  # doctest: +SKIP
    """
    need_one_of("estimand", estimand, RESPONSE_ESTIMANDS)
    lines = pl.DataFrame(pl.from_arrow(read_own_parquet(Path(truth) / "truth.parquet", TRUTH_OF_LINES)))
    labs = pl.DataFrame(pl.from_arrow(read_own_parquet(Path(truth) / "truth_labs.parquet", TRUTH_LABS)))
    rows: list[Row] = []
    for folder in cohorts:
        built = read_cohort_folder(folder)
        if not is_truth_of(built.frame("labs"), labs):
            raise InputError(
                f"{truth}: is not the truth of {folder}; of patients with the same names other days are on record",
                hint="name the folder of the example that the cohort was built from",
            )
        found = score_cohort(found_in({name: built.frame(name) for name in _SHOWN}), lines, labs, estimand=estimand)
        rows += [
            {
                "cohort": str(folder),
                "rules": built.definition.rules().name,
                "estimand": estimand,
                "score": name,
                "value": found[name],
                "meaning": meaning,
            }
            for name, meaning in SCORES.items()
        ]
    return CohortScore(truth=str(truth), rows=tuple(rows))
