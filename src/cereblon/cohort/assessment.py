"""Response and progression of each line in three kinds that are never mixed, all by the one IMWG code.

- `strict`: the criteria as written; urine and marrow that are not in the record count as missing.
- `relaxed`: for practice. The first measurable marker that was followed (serum, urine, light chains) is enough; no
  marrow or imaging is asked for; one value that meets progression counts when death or the next line comes before
  another value.
- `real_world`: progression is the first of one laboratory value that meets it by the relaxed reading, the next line,
  and death.

In all three a response is measured from the highest value shortly before the line, and progression from the last.

Source
------
Kumar et al., Lancet Oncol 2016;17:e328 (strict); Xu et al., PLoS ONE 2023, doi 10.1371/journal.pone.0285125 (relaxed,
whose algorithm was read in summaries; the order of markers and what confirms are ours).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pyarrow as pa

from cereblon.cohort.marker_baselines import LineValues, subject_tables
from cereblon.cohort.schemas import PROGRESSION_OF_LINES, RESPONSES_OF_LINES
from cereblon.criteria import imwg
from cereblon.criteria.rules import IMWG_2016, Rules
from cereblon.outcomes.response import assess
from cereblon.outcomes.response_category import CATEGORIES, NE, PR

_PRACTICE = replace(IMWG_2016, response_baseline="highest")
STRICT = replace(_PRACTICE, urine_without_record="missing")
RELAXED = replace(
    _PRACTICE, marrow_without_record="waived", therapy_confirms_progression=True, death_confirms_progression=True
)

_ORDER = ("m_protein", "urine_m_protein", "involved_flc")


def assess_lines(values: LineValues, strict: Rules = STRICT, relaxed: Rules = RELAXED) -> tuple[pa.Table, pa.Table]:
    """Judge response and progression of every line.

    Parameters
    ----------
    values
        Marker values by line.
    strict, relaxed
        Rules of the two kinds of response.

    Returns
    -------
        Rows of the tables responses and progression of a built cohort.
    """
    if values.lines.is_empty():
        return RESPONSES_OF_LINES.empty_table(), PROGRESSION_OF_LINES.empty_table()
    every, followed = subject_tables(values), _followed(values)
    as_written, in_practice = assess(every, strict), assess(followed, relaxed)
    once = assess(followed, replace(relaxed, confirm_progression=False))
    responses = pl.concat([_responses(values, as_written, "strict"), _responses(values, in_practice, "relaxed")])
    progression = pl.concat(
        [
            _progressions(values, as_written, "strict"),
            _progressions(values, in_practice, "relaxed"),
            _real_world(values, _progressions(values, once, "real_world")),
        ]
    )
    key = ["person_id", "line", "estimand"]
    return responses.sort(key).to_arrow(), progression.sort(key).to_arrow()


def judged_tables(
    values: LineValues, strict: Rules = STRICT, relaxed: Rules = RELAXED
) -> dict[str, dict[str, pa.Table]]:
    """Give the subject tables of lines, with their responses and progressions, by each kind of response.

    Parameters
    ----------
    values
        Marker values by line.
    strict, relaxed
        Rules of the two kinds.
    """
    return {
        "strict": assess(subject_tables(values), strict),
        "relaxed": assess(_followed(values), relaxed),
    }


def _followed(values: LineValues) -> dict[str, pa.Table]:
    """Give the subject tables of lines with the markers that are followed alone."""
    return subject_tables(values, leave_out=_unused_markers(values))


def _measurable(values: LineValues) -> pl.DataFrame:
    """Give the markers that can be followed: columns subject, test, place in the order of preference."""
    wide = values.baseline.pivot("test", index="subject", values="value")
    for test in (*_ORDER, "uninvolved_flc"):
        if test not in wide.columns:
            wide = wide.with_columns(pl.lit(None, pl.Float64).alias(test))
    serum = pl.col("m_protein") >= IMWG_2016.measurable_serum_g_l
    urine = pl.col("urine_m_protein") >= IMWG_2016.measurable_urine_mg_24h
    found = [
        wide.filter(serum).select("subject", test=pl.lit("m_protein"), place=pl.lit(0)),
        wide.filter(urine).select("subject", test=pl.lit("urine_m_protein"), place=pl.lit(1)),
    ]
    chain = values.lines.select("subject", "person_id").join(values.chains, on="person_id", how="left")
    light = wide.join(chain, on="subject").filter(pl.col("involved_flc").is_not_null())
    code = light["chain"].replace_strict(
        {"kappa": imwg.KAPPA, "lambda": imwg.LAMBDA}, default=imwg.UNKNOWN_CHAIN, return_dtype=pl.Int64
    )
    involved, uninvolved = (light[name].to_numpy() for name in ("involved_flc", "uninvolved_flc"))
    can = imwg.flc_is_measurable(involved, uninvolved, code.to_numpy(), np)
    found.append(light.filter(pl.Series(can)).select("subject", test=pl.lit("involved_flc"), place=pl.lit(2)))
    return pl.concat(found)


def _followed_markers(values: LineValues) -> pl.DataFrame:
    """Give the first measurable marker of each line that has a later value: columns subject, test, place."""
    have = values.later.select("subject", "test").unique()
    followed = _measurable(values).join(have, on=["subject", "test"])
    return followed.sort("subject", "place").unique("subject", keep="first", maintain_order=True)


def _unused_markers(values: LineValues) -> pl.DataFrame:
    """Give the markers that a relaxed reading passes over: those before the followed one, and urine behind serum."""
    followed = _followed_markers(values).select("subject", chosen="place")
    before = _measurable(values).join(followed, on="subject").filter(pl.col("place") < pl.col("chosen"))
    by_serum = followed.filter(pl.col("chosen") == 0)
    urine = by_serum.select("subject").join(
        pl.DataFrame({"test": ["urine_m_protein", "immunofixation_urine"]}), how="cross"
    )
    return pl.concat([before.select("subject", "test"), urine])


def _responses(values: LineValues, judged: dict[str, pa.Table], estimand: str) -> pl.DataFrame:
    code = {name: number for number, name in enumerate(CATEGORIES)}
    visits = pl.DataFrame(pl.from_arrow(judged["responses"].select(["subject_id", "day", "category", "confirmed"])))
    visits = visits.with_columns(
        subject=pl.col("subject_id").cast(pl.UInt32),
        met=pl.col("category").cast(pl.String).replace_strict(code, return_dtype=pl.Int64),
        proved=pl.col("confirmed").cast(pl.String).replace_strict(code, return_dtype=pl.Int64),
    )
    each = visits.group_by("subject").agg(
        best=pl.col("proved").max(),
        visits=(pl.col("met") != NE).sum(),
        responded=pl.col("day").filter(pl.col("proved") >= PR).min(),
        last=pl.col("day").filter(pl.col("met") != NE).max(),
    )
    rows = values.lines.join(each, on="subject", how="left", maintain_order="left")
    rows = rows.join(_reasons(values), on="subject", how="left", maintain_order="left")
    best = pl.col("best").fill_null(NE)
    judged_at_all = (pl.col("visits").fill_null(0) > 0) & (best > NE)
    return rows.select(
        "person_id",
        pl.col("line").cast(pl.Int64),
        estimand=pl.lit(estimand),
        best_response=best.replace_strict(dict(enumerate(CATEGORIES)), return_dtype=pl.String),
        evaluable=judged_at_all,
        reason=pl.when(judged_at_all).then(pl.lit("")).otherwise(pl.col("reason")),
        response_date=_date("responded"),
        last_assessment_date=_date("last"),
    )


def _reasons(values: LineValues) -> pl.DataFrame:
    """Say of each line why it could not be judged, if it could not."""
    have_baseline = values.baseline.filter(pl.col("test").is_in(_ORDER)).select("subject").unique()
    can = _measurable(values).select("subject").unique()
    later = values.later.filter(pl.col("test").is_in(_ORDER)).select("subject").unique()
    subjects = values.lines.select("subject")

    def among(table: pl.DataFrame) -> pl.Expr:
        return pl.col("subject").is_in(table["subject"].implode())

    return subjects.with_columns(
        reason=pl.when(~among(have_baseline))
        .then(pl.lit("no marker at baseline"))
        .when(~among(can))
        .then(pl.lit("no measurable marker at baseline"))
        .when(~among(later))
        .then(pl.lit("no marker after the start"))
        .otherwise(pl.lit("what is followed was not measured together or again"))
    )


def _progressions(values: LineValues, judged: dict[str, pa.Table], estimand: str) -> pl.DataFrame:
    events = pl.DataFrame(pl.from_arrow(judged["events"].select(["subject_id", "event", "day", "line", "cause"])))
    events = events.filter((pl.col("event").cast(pl.String) == "progression") & (pl.col("line") == 1))
    rows = events.with_columns(subject=pl.col("subject_id").cast(pl.UInt32)).join(
        values.lines.select("subject", "person_id", "start_date", number="line"), on="subject"
    )
    return rows.select(
        "person_id",
        line=pl.col("number").cast(pl.Int64),
        estimand=pl.lit(estimand),
        date=_date("day"),
        cause=pl.col("cause").cast(pl.String),
    )


def _real_world(values: LineValues, laboratory: pl.DataFrame) -> pl.DataFrame:
    """Take the first of laboratory progression, next line and death."""
    lines = values.lines.filter(pl.col("next_line") | pl.col("died"))
    others = lines.select(
        "person_id",
        line=pl.col("line").cast(pl.Int64),
        estimand=pl.lit("real_world"),
        date=pl.col("until"),
        cause=pl.when("next_line").then(pl.lit("next line")).otherwise(pl.lit("death")),
    )
    both = pl.concat([laboratory, others.select(laboratory.columns)])
    return both.sort("person_id", "line", "date", maintain_order=True).unique(
        ["person_id", "line"], keep="first", maintain_order=True
    )


def _date(day: str) -> pl.Expr:
    return pl.col("start_date") + pl.duration(days=pl.col(day).cast(pl.Int64))
