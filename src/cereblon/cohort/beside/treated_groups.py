"""Which patients of a cohort are set beside publications: those of a regimen, a setting, transplanted or not."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import polars as pl

from cereblon.cohort.folder import CohortTables
from cereblon.cohort.known_before import age_at, last_values
from cereblon.cohort.line_outcomes import qualifying_lines
from cereblon.cohort.marker_baselines import BASELINE_DAYS, LIGHT_CHAINS
from cereblon.cohort.treatment_concepts import STEROID, packaged_concepts
from cereblon.model.patients.known_patients import KNOWN
from cereblon.model.patients.quantities import Floats
from cereblon.synthesis.real_world import REGIMENS, DrugCombination
from cereblon.vocabulary import drugs

NEWLY_DIAGNOSED, RELAPSED, MAINTENANCE = "ndmm", "rrmm", "maintenance"
_SETTINGS = {
    (NEWLY_DIAGNOSED, False): ("ndmm", "ndmm-te", "ndmm-tie"),
    (RELAPSED, False): ("rrmm",),
    (MAINTENANCE, False): ("maintenance-no-asct",),
    (MAINTENANCE, True): ("maintenance-post-asct",),
}
_GIVEN_DAYS = 30
"""A drug that begins so many days after the first day of maintenance is part of it."""
_MEASURED = {
    "creatinine": "creatinine_mg_dl",
    "albumin": "albumin_g_l",
    "b2m": "b2m_mg_l",
    "m_protein": "m_protein_g_l",
    "haemoglobin": "haemoglobin_g_l",
    "platelets": "platelets_1e9_l",
    "neutrophils": "neutrophils_1e9_l",
}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class TreatedGroup:
    """Lines of one regimen in one setting, with or without transplantation.

    Parameters
    ----------
    regimen
        By its drugs.
    name
        Short name of the regimen in the cohort.
    setting
        ndmm for first lines, rrmm for later ones; maintenance where time is counted from it.
    transplanted
        Whether the line has a transplantation.
    lines
        Of `qualifying_lines`.
    """

    regimen: DrugCombination
    name: str
    setting: str
    transplanted: bool
    lines: pl.DataFrame

    @property
    def key(self) -> str:
        """Name for tables: setting, regimen, and asct where transplanted."""
        named = self.regimen.key if self.is_maintenance else f"{self.setting}-{self.regimen.key}"
        return f"{named}{'-asct' if self.transplanted else ''}"

    @property
    def is_maintenance(self) -> bool:
        """Whether time is counted from maintenance, which is not simulated; response is that of the whole line."""
        return self.setting == MAINTENANCE

    @property
    def label(self) -> str:
        """Name for people."""
        if self.is_maintenance:
            return f"{self.name}, {'after' if self.transplanted else 'without'} transplantation"
        place = "newly diagnosed" if self.setting == NEWLY_DIAGNOSED else "relapsed"
        return f"{self.name}{' with transplantation' if self.transplanted else ''}, {place}"

    @property
    def population(self) -> str:
        """Virtual population that lends what is not known of its patients."""
        return "ndmm" if self.setting == NEWLY_DIAGNOSED else "rrmm-1-3"

    @property
    def settings(self) -> tuple[str, ...]:
        """Settings of publications that it is set beside."""
        return _SETTINGS.get((self.setting, self.transplanted)) or _SETTINGS[self.setting, False]


def treated_groups(built: CohortTables, *, fewest: int) -> tuple[list[TreatedGroup], list[tuple[str, int, str]]]:
    """Divide the qualifying lines of a cohort into groups.

    Parameters
    ----------
    built
        The cohort.
    fewest
        Lines that a group has at least.

    Returns
    -------
        The groups, the largest first; and what is left out: regimen, lines, why.
    """
    lines = qualifying_lines(built).with_columns(
        setting=pl.when(pl.col("line") == 1).then(pl.lit(NEWLY_DIAGNOSED)).otherwise(pl.lit(RELAPSED)),
        transplanted=pl.col("transplant_date").is_not_null(),
    )
    if built.definition.index.maintenance:
        lines = _with_maintenance(lines, built.frame("eras"))
    groups, left = list[TreatedGroup](), list[tuple[str, int, str]]()
    for (name, setting, transplanted), own in lines.group_by(
        ["regimen", "setting", "transplanted"], maintain_order=True
    ):
        regimen = REGIMENS["maintenance"] if name == _LENALIDOMIDE else _combination(str(name))
        if setting == MAINTENANCE and name != _LENALIDOMIDE:
            left.append((str(name), own.height, "not lenalidomide alone"))
        elif regimen is None:
            left.append((str(name), own.height, "not a regimen with a published name"))
        elif own.height < fewest:
            left.append((str(name), own.height, f"fewer than {fewest} lines"))
        else:
            groups.append(
                TreatedGroup(
                    regimen=regimen,
                    name=str(name),
                    setting=str(setting),
                    transplanted=bool(transplanted),
                    lines=own.drop("setting", "transplanted"),
                )
            )
    return sorted(groups, key=lambda one: (-one.lines.height, one.key)), _joined(left)


_LENALIDOMIDE = "Lenalidomide maintenance"


def _with_maintenance(lines: pl.DataFrame, eras: pl.DataFrame) -> pl.DataFrame:
    """Name each line by the drugs that are given when its maintenance begins; steroids aside."""
    concepts = packaged_concepts()
    steroids = [name for name, drug in concepts.drugs.items() if drug.drug_class == STEROID]
    spans = lines.select("person_id", "line", "zero").join(
        eras.filter(~pl.col("drug").is_in(steroids)).select("person_id", "drug", "start_date", "end_date"),
        on="person_id",
    )
    given = (pl.col("start_date") <= pl.col("zero") + pl.duration(days=_GIVEN_DAYS)) & (
        pl.col("end_date") > pl.col("zero")
    )
    drugs = spans.filter(given).group_by("person_id", "line").agg(given=pl.col("drug").unique().sort())
    named = lines.join(drugs, on=["person_id", "line"], how="left", maintain_order="left")
    alone = pl.col("given") == pl.lit(["lenalidomide"], pl.List(pl.String))
    words = pl.format("maintenance with {}", pl.col("given").list.join(" and "))
    return named.with_columns(
        setting=pl.lit(MAINTENANCE),
        regimen=pl.when(alone).then(pl.lit(_LENALIDOMIDE)).otherwise(words.fill_null("maintenance")),
    ).drop("given")


def _combination(name: str) -> DrugCombination | None:
    """Give the drugs of a named regimen."""
    named = drugs.find_regimen(name)
    if named is None or not named.drugs:
        return None
    known = {one.drugs: one for one in REGIMENS.values() if not one.maintenance}
    key = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return known.get(named.drugs) or DrugCombination(key=key, name=name, drugs=named.drugs)


def _joined(left: list[tuple[str, int, str]]) -> list[tuple[str, int, str]]:
    """Add up what is left out of one regimen for one reason, the commonest first."""
    rows = pl.DataFrame(left, schema=["regimen", "lines", "why"], orient="row")
    rows = (
        rows.group_by("regimen", "why")
        .agg(pl.col("lines").sum())
        .sort(["lines", "regimen"], descending=[True, False])
    )
    return [*rows.select("regimen", "lines", "why").iter_rows()]


def known_of(group: TreatedGroup, built: CohortTables) -> dict[str, Floats]:
    """Give what is known of the patients of a group at the start of their lines, by covariate; NaN where it is not.

    Laboratory values are the last within 90 days up to the start. Lenalidomide is refractory where progression was
    found in an earlier line with it.
    """
    rows = group.lines.select("person_id", "line", "zero", "age", "sex", "index_date")
    sex = pl.when(pl.col("sex") != "unknown").then((pl.col("sex") == "male").cast(pl.Float64))
    rows = rows.with_columns(age=age_at("zero"), male=sex, prior_lines=(pl.col("line") - 1).cast(pl.Float64))
    rows = _with_earlier(rows, built)
    rows = _with_values(rows, built.frame("labs"))
    return {name: rows[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in KNOWN}


def _with_earlier(rows: pl.DataFrame, built: CohortTables) -> pl.DataFrame:
    """Say whose earlier lines had bortezomib, and in whose lines with lenalidomide the disease progressed."""
    found = built.frame("progression").filter(pl.col("estimand") == "relaxed").select("person_id", "line")
    earlier = built.frame("lines").select("person_id", "line", "drugs")
    earlier = earlier.join(found.with_columns(progressed=True), on=["person_id", "line"], how="left")
    earlier = earlier.with_columns(
        bortezomib=pl.col("drugs").list.contains("bortezomib"),
        refractory=pl.col("drugs").list.contains("lenalidomide") & pl.col("progressed").fill_null(False),
    ).rename({"line": "before"})
    pairs = rows.select("person_id", "line").join(earlier, on="person_id").filter(pl.col("before") < pl.col("line"))
    each = pairs.group_by("person_id", "line").agg(
        bortezomib_exposed=pl.col("bortezomib").any().cast(pl.Float64),
        lenalidomide_refractory=pl.col("refractory").any().cast(pl.Float64),
    )
    joined = rows.join(each, on=["person_id", "line"], how="left", maintain_order="left")
    return joined.with_columns(pl.col("bortezomib_exposed", "lenalidomide_refractory").fill_null(0.0))


def _with_values(rows: pl.DataFrame, labs: pl.DataFrame) -> pl.DataFrame:
    key = ["person_id", "line"]
    measured = labs.filter(pl.col("test").is_in([*_MEASURED, *LIGHT_CHAINS]) & (pl.col("limit") == ""))
    last = last_values(measured, rows.select(*key, "zero"), days=BASELINE_DAYS)
    for test, name in _MEASURED.items():
        own = last.filter(pl.col("test") == test).select(*key, pl.col("value").alias(name))
        rows = rows.join(own, on=key, how="left", maintain_order="left")
    light = (
        last.filter(pl.col("test").is_in(LIGHT_CHAINS))
        .group_by(key)
        .agg(involved_flc_mg_l=pl.col("value").max(), n=pl.len())
    )
    light = light.filter(pl.col("n") == len(LIGHT_CHAINS)).drop("n")
    return rows.join(light, on=key, how="left", maintain_order="left")
