"""From drug records to stretches of days on one drug: one expression of the engine, faults counted.

The end of an exposure is trusted in this order: verbatim end, end date where it lies after the start, days of
supply, else the day itself, as for what is given into a vein or under the skin. A fill of capsules that are taken on
some days of a cycle covers the cycle. Of rows of one patient, drug and day the administered one counts before the
dispensed one, and that before the ordered one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from cereblon.cohort.engine import load_ibis
from cereblon.cohort.source import CohortSource
from cereblon.cohort.source_codes import first_word
from cereblon.cohort.treatment_concepts import CodeList, TreatmentConcepts

GAP_DAYS = 30
"""A pause of a drug up to this long is none."""
LONG_SUPPLY = 365

# Types of record by their OMOP concept id: administered, dispensed, ordered. Others, as claims, stand in between.
_ADMINISTERED = (32818, 38000180, 38000179, 43542358, 581373)
_ORDERED = (32838, 38000177, 32839)
_MILLIGRAM = 8576


@dataclass(frozen=True, slots=True)
class Exposures:
    """Eras, and the counts of what was dropped or flagged."""

    eras: pa.Table
    counts: Mapping[str, int]


def concept_words(source: CohortSource, wanted: Mapping[int, str]) -> dict[int, str]:
    """Give what each concept id stands for, descendants by the source's own vocabulary included."""
    found = dict(wanted)
    if source.has("concept_ancestor") and wanted:
        table = source.tables["concept_ancestor"]
        rows = table.filter(table["ancestor_concept_id"].isin(list(wanted))).to_pyarrow().to_pylist()
        for row in rows:
            found.setdefault(row["descendant_concept_id"], wanted[row["ancestor_concept_id"]])
    return found


def code_ids(source: CohortSource, codes: CodeList) -> list[int]:
    """Give the concept ids of a list of codes with their descendants."""
    return sorted(concept_words(source, dict.fromkeys(codes.concept_ids, "")))


def find_eras(source: CohortSource, people: Any, concepts: TreatmentConcepts, *, gap: int = GAP_DAYS) -> Exposures:
    """Find the eras of the drugs of myeloma therapy.

    Parameters
    ----------
    source
        The database.
    people
        Table of the engine: person_id, death_date and last_day of those asked for.
    concepts
        Drugs.
    gap
        Pause that is none, days.

    Returns
    -------
        Eras with columns person_id, drug, start_date, end_date, last_start_date, exposures, supply_days, given_mg,
        first_row, ordered by patient, day and drug.
    """
    named = _named_exposures(source, people, concepts)
    counts = _count_faults(named)
    named = named.filter(~named.elsewhere)
    kept = named.filter(~named["negative"] & ~named["in_future"] & ~named["after_death"] & ~named["before_birth"])
    eras = _sessions(_one_a_day(_covered(kept, concepts)), gap).to_pyarrow()
    return Exposures(eras, counts)


def _named_exposures(source: CohortSource, people: Any, concepts: TreatmentConcepts) -> Any:
    """Give rows of drugs of ours, by concept, billed code or word, with what is wrong with each."""
    ibis = load_ibis()
    by_concept = _lookup(concept_words(source, concepts.drugs_by_concept()), "concept_id", "int64", "by_concept")
    rows = _records(source, concepts)
    hcpcs = concepts.drugs_by_hcpcs()
    codes = ibis.memtable(
        {
            "billed": list(hcpcs),
            "by_code": [drug for drug, _ in hcpcs.values()],
            "mg": [mg for _, mg in hcpcs.values()],
        }
    )
    rows = rows.left_join(_amounts(source, concepts), "concept_id").drop("concept_id_right")
    words = _lookup(concepts.drugs_by_word(), "word", "string", "by_word")
    rows = rows.left_join(by_concept, "concept_id").drop("concept_id_right")
    rows = rows.mutate(billed=rows.code.upper(), word=first_word(rows.code))
    rows = rows.left_join(codes, "billed").drop("billed_right")
    rows = rows.left_join(words, "word").drop("word_right")
    # a word of the source is read only where nothing was mapped
    unmapped = rows.by_concept.isnull() & rows.by_code.isnull() & (rows.concept_id == 0)
    rows = rows.mutate(
        drug=ibis.coalesce(rows.by_concept, rows.by_code, unmapped.ifelse(rows.by_word, ibis.null("string")))
    )
    rows = rows.filter(rows.drug.notnull() | rows.by_word.notnull()).inner_join(people, "person_id")
    return rows.mutate(
        elsewhere=rows.drug.isnull(),
        negative=(rows.supply < 0).fill_null(False) | (rows.quantity < 0).fill_null(False),
        in_future=rows.start > ibis.today(),
        after_death=(rows.start > rows.death_date).fill_null(False),
        before_birth=(rows.start.year() < rows.birth_year).fill_null(False),
        endless=((rows.end > ibis.today()) & (rows.end > _long_after(rows.start))).fill_null(False),
        by_word_only=unmapped,
    )


def _records(source: CohortSource, concepts: TreatmentConcepts) -> Any:
    """Give drug records, and procedures under which a drug of ours is billed, as rows of one kind."""
    ibis = load_ibis()
    rows = source.tables["drug_exposure"]
    rows = rows.select(
        person_id=rows.person_id,
        row="drug_exposure:" + rows.drug_exposure_id,
        concept_id=rows.drug_concept_id,
        start=rows.drug_exposure_start_date,
        end=ibis.coalesce(rows.verbatim_end_date, rows.drug_exposure_end_date),
        supply=rows.days_supply,
        quantity=rows.quantity,
        trust=rows.drug_type_concept_id.isin(_ADMINISTERED).ifelse(
            0, rows.drug_type_concept_id.isin(_ORDERED).ifelse(2, 1)
        ),
        code=rows.drug_source_value,
    )
    if source.has("procedure_occurrence"):
        billed = source.tables["procedure_occurrence"]
        billed = billed.filter(billed.procedure_source_value.upper().isin(list(concepts.drugs_by_hcpcs())))
        return rows.union(
            billed.select(
                person_id=billed.person_id,
                row="procedure_occurrence:" + billed.procedure_occurrence_id,
                concept_id=ibis.literal(0, "int64"),
                start=billed.procedure_date,
                end=ibis.null("date"),
                supply=ibis.null("float64"),
                quantity=billed.quantity,
                trust=ibis.literal(0, "int8"),
                code=billed.procedure_source_value,
            )
        )
    return rows


def _amounts(source: CohortSource, concepts: TreatmentConcepts) -> Any:
    """Give the mg in a piece of each product of a drug of ours, by the vocabulary of the source."""
    ibis = load_ibis()
    if not source.has("drug_strength"):
        return ibis.memtable(
            {"concept_id": [], "piece_mg": []}, schema={"concept_id": "int64", "piece_mg": "float64"}
        )
    rows = source.tables["drug_strength"]
    rows = rows.filter(
        rows.ingredient_concept_id.isin(list(concepts.drugs_by_concept()))
        & (rows.amount_unit_concept_id == _MILLIGRAM)
        & (rows.amount_value > 0)
    )
    return rows.group_by(concept_id=rows.drug_concept_id).aggregate(piece_mg=rows.amount_value.max())


def _lookup(words: Mapping[Any, str], key: str, kind: str, value: str) -> Any:
    ibis = load_ibis()
    return ibis.memtable(
        {key: list(words), value: list(words.values())}, schema=ibis.schema({key: kind, value: "string"})
    )


_FAULTS = {
    "negative": "negative supply or quantity: dropped",
    "in_future": "a start in the future: dropped",
    "after_death": "a start after death: dropped",
    "before_birth": "a start before birth: dropped",
    "endless": f"an end after today, and more than {LONG_SUPPLY} days after the start: it counts as unknown",
    "backwards": "an end before the start: the start counts",
    "long": f"more than {LONG_SUPPLY} days in one: {LONG_SUPPLY} count",
    "by_word_only": "no code, read by the name of the drug: kept",
    "elsewhere": "the name of a drug, but a concept that concept_ancestor does not have under it: left out",
}


def _count_faults(rows: Any) -> dict[str, int]:
    """Count what is wrong, in one pass."""
    wrong = {
        "backwards": (rows.end < rows.start).fill_null(False),
        "long": (rows.supply > LONG_SUPPLY).fill_null(False)
        | ((rows.end > _long_after(rows.start)).fill_null(False) & ~rows.endless),
        **{
            name: rows[name]
            for name in ("negative", "in_future", "after_death", "before_birth", "by_word_only", "endless")
        },
    }
    sums = rows.aggregate(
        rows=(~rows.elsewhere).sum(),
        elsewhere=rows.elsewhere.sum(),
        **{name: (each & ~rows.elsewhere).sum() for name, each in wrong.items()},
    )
    (found,) = sums.to_pyarrow().to_pylist()
    return {name: int(count or 0) for name, count in found.items()}


def said_of_faults(counts: Mapping[str, int]) -> list[str]:
    """Say what was wrong with drug records, a sentence each."""
    return [f"drug records: {counts[name]:,} with {said}" for name, said in _FAULTS.items() if counts.get(name)]


def _covered(rows: Any, concepts: TreatmentConcepts) -> Any:
    """Give the days that each row covers."""
    ibis = load_ibis()
    ends_later = (rows.end > rows.start).fill_null(False) & ~rows.endless
    supplied = (rows.supply >= 1).fill_null(False)
    days = supplied.ifelse(ibis.least(rows.supply, LONG_SUPPLY + 1.0), 1.0).cast("int64")
    for name, drug in concepts.drugs.items():
        for fill in drug.cycle_fill:
            capsules = rows.quantity.between(fill.least, fill.most) | rows.supply.between(fill.least, fill.most)
            is_fill = (rows.drug == name) & capsules.fill_null(False)
            days = is_fill.ifelse(ibis.greatest(days, ibis.literal(fill.cover, "int64")), days)
    by_supply = rows.start + (days - 1).as_interval("D")
    last = ends_later.ifelse(ibis.greatest(rows.end, by_supply), by_supply)
    return rows.select(
        "person_id",
        "drug",
        "start",
        "trust",
        "row",
        last=ibis.least(last.cast("date"), _long_after(rows.start)),
        supply=supplied.ifelse(ibis.least(rows.supply, float(LONG_SUPPLY)), rows.supply),
        mg=rows.quantity * ibis.coalesce(rows.mg, rows.piece_mg),
        product=rows.concept_id,
    )


def _long_after(start: Any) -> Any:
    return (start + load_ibis().interval(days=LONG_SUPPLY)).cast("date")


def _one_a_day(rows: Any) -> Any:
    """Keep the most trusted rows of a patient, drug and day; of several equally trusted the longest counts.

    Capsules of two strengths add up; the same product twice is one.
    """
    rows = rows.group_by("person_id", "drug", "start", "trust", "product").aggregate(
        last=rows["last"].max(), supply=rows.supply.max(), mg=rows.mg.max(), row=rows.row.min()
    )
    rows = rows.group_by("person_id", "drug", "start", "trust").aggregate(
        last=rows["last"].max(), supply=rows.supply.max(), mg=_if_all_known(rows.mg), row=rows.row.min()
    )
    return rows.group_by("person_id", "drug", "start").aggregate(
        last=rows["last"].argmin(rows.trust),
        supply=rows.supply.argmin(rows.trust),
        mg=rows.mg.argmin(rows.trust),
        row=rows.row.argmin(rows.trust),
    )


def _if_all_known(amounts: Any) -> Any:
    """Add up amounts to the microgram, since last digits go by the order of rows; an unknown one makes it unknown."""
    return (amounts.isnull().sum() == 0).ifelse(amounts.sum().round(3), load_ibis().null("float64"))


def _sessions(rows: Any, gap: int) -> Any:
    """Join exposures of a drug whose pauses are short; the key is a total order, so that engines agree."""
    ibis = load_ibis()
    key = ["person_id", "drug"]
    upto = ibis.cumulative_window(group_by=key, order_by=["start"])
    whole = ibis.window(group_by=key, order_by=["start"])
    rows = rows.mutate(reach=rows["last"].max().over(upto))
    rows = rows.mutate(before=rows.reach.lag().over(whole))
    pause = rows.start.delta(rows.before, unit="day")
    rows = rows.mutate(fresh=(rows.before.isnull() | (pause > gap)).cast("int64"))
    rows = rows.mutate(era=rows.fresh.sum().over(upto))
    grouped = rows.group_by(*key, "era").aggregate(
        start_date=rows.start.min(),
        end_date=rows["last"].max(),
        last_start_date=rows.start.max(),
        exposures=rows.count(),
        supply_days=rows.supply.sum().cast("int64"),
        given_mg=_if_all_known(rows.mg),
        first_row=rows.row.argmin(rows.start),
    )
    return grouped.drop("era").order_by("person_id", "start_date", "drug")
