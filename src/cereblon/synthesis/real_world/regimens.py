"""Which arms gave a regimen: by their drugs, so that a label spelled otherwise is found too."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cereblon.core.errors import unknown_name
from cereblon.evidence.study import Arm, Study
from cereblon.vocabulary import drugs
from cereblon.vocabulary.settings import settings_within

Group = Literal["trial", "practice"]

_NO_TREATMENT = frozenset({"placebo"})


@dataclass(frozen=True, kw_only=True, slots=True)
class DrugCombination:
    """A regimen by its drugs; `maintenance` keeps the settings of maintenance only, otherwise those are left out."""

    key: str
    name: str
    drugs: frozenset[str]
    maintenance: bool = False


_NAMES = {
    "rd": "lenalidomide and dexamethasone (Rd)",
    "vrd": "bortezomib, lenalidomide and dexamethasone (VRd)",
    "ird": "ixazomib, lenalidomide and dexamethasone (IRd)",
    "krd": "carfilzomib, lenalidomide and dexamethasone (KRd)",
    "drd": "daratumumab, lenalidomide and dexamethasone (DRd)",
}
REGIMENS: dict[str, DrugCombination] = {
    **{key: DrugCombination(key=key, name=name, drugs=drugs.need_regimen(key).drugs) for key, name in _NAMES.items()},
    "maintenance": DrugCombination(
        key="maintenance",
        name="lenalidomide alone as maintenance",
        drugs=frozenset({"lenalidomide"}),
        maintenance=True,
    ),
}


@dataclass(frozen=True, slots=True)
class TreatedCohort:
    """An arm of a trial, or a cohort of practice, that was given the regimen."""

    study: Study
    arm: str
    group: Group

    @property
    def label(self) -> str:
        """The label of the arm."""
        return self.study.arms[self.arm].label

    @property
    def patients(self) -> int | None:
        """The size of the arm; None if not published."""
        return self.study.patients(self.arm)

    @property
    def is_transplanted(self) -> bool:
        """Whether transplantation is part of the treatment of the arm, by its regimen or its label."""
        arm = self.study.arms[self.arm]
        # Melphalan alone tells nothing: it is also given by mouth, as in MPR.
        named = re.search(r"asct|transplant|\bmel ?-?(140|200)", arm.label, re.IGNORECASE)
        return named is not None or any(phase.procedure for phase in arm.regimen)


def find_regimen(name: str) -> DrugCombination:
    """Find a regimen by its key or by any name of the same drugs (`D-Rd`, `RVd`), in any case.

    Raises
    ------
    UnknownNameError
        With the nearest known names.
    """
    named = drugs.find_regimen(name)
    known = {regimen.drugs: regimen for regimen in REGIMENS.values() if not regimen.maintenance}
    found = REGIMENS.get(name.strip().lower()) or (known.get(named.drugs) if named else None)
    if found is None:
        raise unknown_name("regimen", name, list(REGIMENS))
    return found


def find_cohorts(
    studies: Iterable[Study], regimen: DrugCombination, *, setting: str | None = None
) -> tuple[TreatedCohort, ...]:
    """Give the arms and cohorts of a regimen, trials first.

    Arms that combine the regimen with other drugs, and reviews of several studies, are left out.

    Parameters
    ----------
    studies
        From `load_all`.
    regimen
        From `find_regimen`.
    setting
        Keep one setting; None for all.
    """
    found = []
    for study in studies:
        group = _group(study)
        in_maintenance = study.setting.startswith("maintenance")
        is_asked_for = setting is None or study.setting in settings_within(setting)
        if group is None or in_maintenance != regimen.maintenance or not is_asked_for:
            continue
        found += [TreatedCohort(study, key, group) for key, arm in study.arms.items() if gives(arm, regimen)]
    return tuple(sorted(found, key=lambda cohort: cohort.group == "practice"))


def gives(arm: Arm, regimen: DrugCombination) -> bool:
    """Tell whether an arm gave exactly the drugs of a regimen; a placebo is none."""
    return frozenset(arm.drugs) - _NO_TREATMENT == regimen.drugs


def _group(study: Study) -> Group | None:
    if study.is_practice:
        return "practice"
    return "trial" if study.is_trial else None
