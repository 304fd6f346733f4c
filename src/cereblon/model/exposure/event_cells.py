"""The columns of an event data set as arrays: covariates, kinds of events, doses, and what was understood."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cereblon.core.errors import InputError
from cereblon.core.text_tables import TextTable
from cereblon.core.words import Words, is_missing
from cereblon.model.drugs.kinetics import Kinetics
from cereblon.model.exposure.event_checks import covariate_problems
from cereblon.model.exposure.event_columns import (
    DOSE,
    OBSERVE,
    OTHER,
    PLACES,
    RESET_AND_DOSE,
    compartments,
    needed_columns,
)
from cereblon.vocabulary.clinical import ISOTYPE, isotype_with_chain

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
_SEX = Words("sex", ("male", "female"), {"m": "male", "f": "female", "man": "male", "woman": "female"})
_LARGEST_WHOLE = 1e15  # beyond, a float does not hold each whole number


class EventCells:
    """The columns of a data set as arrays, and what was understood of them."""

    def __init__(
        self,
        table: TextTable,
        columns: Mapping[str, str],
        kinetics: Kinetics,
        hours_per: float,
        problems: list[str],
        notes: list[str],
    ) -> None:
        self._table, self._columns, self._kinetics = table, columns, kinetics
        self._hours_per, self._problems, self._notes = hours_per, problems, notes
        self.used: set[str] = set()

    def _refuse(self, name: str, rows: NDArray[np.bool_], why: str) -> None:
        if rows.any():
            place, cells = self._table.place(name), self._table.cells(self._columns[name])
            self._problems += [
                f"{place(int(row))}: {cells[row]} {why}".replace(":  ", ": ") for row in np.flatnonzero(rows)
            ]

    def _is_blank(self, name: str) -> NDArray[np.bool_]:
        """Say where a column has no value; what is no number is told by its reader."""
        return np.array([is_missing(cell) for cell in self._table.cells(self._columns[name])], np.bool_)

    def _numbers(self, name: str) -> Floats:
        """Read a column of numbers; NaN where it is missing, or the column is."""
        self.used.add(name)
        if name not in self._columns:
            return np.full(len(self._table), np.nan)
        return np.array(self._table.numbers(self._columns[name], self._problems, may_miss=True))

    def _whole(self, name: str, *, least: int = 0) -> Integers:
        values = np.nan_to_num(self._numbers(name))
        wrong = (values != np.round(values)) | (values < least)
        self._refuse(name, wrong, "is not a whole number" if least < 0 else "is not a whole number from 0 up")
        huge = np.abs(values) > _LARGEST_WHOLE
        self._refuse(name, huge & ~wrong, f"is beyond {_LARGEST_WHOLE:g}, up to which whole numbers are read")
        return np.where(wrong | huge, 0.0, values).astype(np.int64)

    def event_kinds(self) -> Integers:
        """Give EVID, or what follows for it from AMT and MDV where there is none."""
        amount = self._numbers("AMT")
        if "EVID" in self._columns:
            found = self._numbers("EVID")
            missing = np.isnan(found)
            self._refuse("EVID", missing & self._is_blank("EVID"), "is missing; nothing is assumed for it")
            old = found >= 100
            self._refuse(
                "EVID", old, "is the coding of RxODE (101 ...), which names compartments; write 0 to 4 and CMT"
            )
            wrong = ~missing & ~old & ~np.isin(found, range(5))
            self._refuse("EVID", wrong, "is not one of 0, 1, 2, 3, 4")
            return np.where(missing | old | wrong, 0.0, found).astype(np.int64)
        given = np.nan_to_num(amount) > 0.0
        masked = np.nan_to_num(self._numbers("MDV")) == 1.0 if "MDV" in self._columns else np.zeros(len(given), bool)
        others = np.count_nonzero(~given & masked)
        self._notes.append(
            f"there is no column EVID: {np.count_nonzero(given)} rows with AMT above 0 are doses, "
            f"{np.count_nonzero(~given & ~masked)} are observations"
            + (f", {others} with MDV 1 are times without one" if others else "")
        )
        return np.where(given, DOSE, np.where(masked, OTHER, OBSERVE)).astype(np.int64)

    def doses(self, evid: Integers) -> dict[str, NDArray[np.generic]]:
        """Give amounts, infusions, compartments, further doses and steady states."""
        is_dose = (evid == DOSE) | (evid == RESET_AND_DOSE)
        mg = np.nan_to_num(self._numbers("AMT"))
        more, steady = self._whole("ADDL"), self._whole("SS")
        every = np.nan_to_num(self._numbers("II"))
        rate = np.nan_to_num(self._numbers("RATE"))
        length = self._infusions(mg, rate, is_dose)
        for name, values in (("AMT", mg), ("RATE", rate), ("ADDL", more), ("SS", steady)):
            self._refuse(name, ~is_dose & (values != 0), "stands on a row that is no dose (EVID 0, 2 or 3)")
        idle = np.count_nonzero(is_dose & (every > 0.0) & (more == 0) & (steady == 0))
        if idle:
            self._notes.append(f"II stands on {idle} doses without ADDL or SS, where it adds no dose")
        self._notes.append("AMT is read in mg")
        return {
            "evid": evid,
            "mg": mg,
            "infusion_h": length,
            "absorbed": self._absorbed(evid, is_dose, length),
            "more": more,
            "every_h": every * self._hours_per,
            "steady": steady,
        }

    def _infusions(self, mg: Floats, rate: Floats, is_dose: NDArray[np.bool_]) -> Floats:
        """Give the length of infusions, h, from RATE, from TINF, or of the drug where RATE is -2."""
        asked = is_dose & (rate == -2.0)
        usual = self._kinetics.infusion("iv") * 24.0 if "iv" in self._kinetics.routes else 0.0
        if usual > 0.0 and asked.any():
            self._notes.append(
                f"RATE -2: {np.count_nonzero(asked)} doses are infused over {usual:g} h, as in the model"
            )
        else:
            why = f"asks the model for the length of an infusion, and that of {self._kinetics.drug} has none"
            self._refuse("RATE", asked, f"{why}; state the rate")
        self._refuse("RATE", rate == -1.0, "asks the model for a rate, which it has not; state it")
        self._refuse("RATE", (rate < 0.0) & ~np.isin(rate, (-1.0, -2.0)), "is negative")
        stated = np.nan_to_num(self._numbers("TINF"))
        self._refuse("TINF", stated < 0.0, "is negative")
        by_rate = np.where(rate > 0.0, mg / np.where(rate > 0.0, rate, 1.0), 0.0)
        both = (by_rate > 0.0) & (stated > 0.0) & ~np.isclose(by_rate, stated, rtol=1e-3)
        self._refuse("TINF", both, "contradicts AMT / RATE")
        given = np.where(by_rate > 0.0, by_rate, stated) * self._hours_per
        return np.where(asked, usual, np.where(is_dose, given, 0.0))

    def _absorbed(self, evid: Integers, is_dose: NDArray[np.bool_], length: Floats) -> NDArray[np.bool_]:
        """Tell which doses go into the depot: by the compartment named, or the only one a dose can go into."""
        from cereblon.model.exposure.event_columns import centre

        known = compartments(self._kinetics)
        single = next(iter(known.values())) if len(known) == 1 else None
        named = self._table.cells(self._columns["CMT"]) if "CMT" in self._columns else []
        places = np.full(len(evid), "", dtype="<U7")
        if named:
            self.used.add("CMT")
        self._check_administrations(is_dose, single)
        observed = centre(self._kinetics)
        read = {cell: self._place(cell) for cell in set(named)}
        place = self._table.place("CMT")
        for row, cell in enumerate(named):
            number, word = read[cell]
            if is_dose[row]:
                places[row] = self._dosed(row, number, word, cell)
            elif number is None and not word:
                self._problems.append(f"{place(row)}: {cell!r} is no compartment")
            elif number is not None and number < 0:
                self._problems.append(f"{place(row)}: {cell} switches a compartment off, which is not done")
            elif evid[row] == OBSERVE and (word == "depot" or number not in (None, 0, observed)):
                where = f"concentrations are those of {observed}"
                self._problems.append(f"{place(row)}: {cell} cannot be observed; {where}")
        open_rows = is_dose & (places == "")
        self._problems += [] if named or single else self._ask_place(open_rows & (length == 0.0))
        default = np.where(length > 0.0, "centre", single or "")
        if single == "depot":
            default = np.full(len(evid), "depot", dtype="<U7")
        filled = open_rows & (default != "")
        if filled.any() and not self._problems:
            into = " and ".join(sorted(set(default[filled].tolist())))
            self._notes.append(f"{np.count_nonzero(filled)} doses name no compartment and go into the {into}")
        return np.asarray(np.where(filled, default, places) == "depot")

    def _check_administrations(self, is_dose: NDArray[np.bool_], single: str | None) -> None:
        """Refuse ADM where it would choose a compartment: its numbers mean what the user's Monolix model says."""
        if "ADM" not in self._columns or "CMT" in self._columns:
            return
        cells = np.array(self._table.cells(self._columns["ADM"]), dtype=object)
        told = sorted({cell for cell in cells[is_dose].tolist() if not is_missing(cell)})
        if not told or (single is not None and len(told) == 1):
            return
        listed = " or ".join(f"{number} ({name})" for number, name in compartments(self._kinetics).items())
        raise InputError(
            f"{self._table.where}: ADM {' and '.join(told)} chooses a compartment of a Monolix model",
            hint=f"write a column CMT instead; for {self._kinetics.drug} it may be {listed}",
        )

    def _place(self, cell: str) -> tuple[int | None, str]:
        """Read a compartment by its number or its name; a missing one is 0."""
        if is_missing(cell):
            return 0, ""
        word = PLACES.get(cell.strip("\"'()").lower(), "")
        number = self._table.number(cell)
        return (int(number) if number is not None and number == int(number) else None), word

    def _dosed(self, row: int, number: int | None, word: str, cell: str) -> str:
        known = compartments(self._kinetics)
        if number == 0 and not word:
            if len(known) > 1:
                self._problems += self._ask_place(np.arange(len(self._table)) == row)
            return ""
        found = word if word in known.values() else known.get(number or 0, "")
        if not found:
            listed = " or ".join(f"{number} ({name})" for number, name in known.items())
            self._problems.append(
                f"{self._table.place('CMT')(row)}: {cell} of {self._kinetics.drug} cannot be dosed; {listed} can"
            )
        return found

    def _ask_place(self, rows: NDArray[np.bool_]) -> list[str]:
        listed = " or ".join(f"{number} ({name})" for number, name in compartments(self._kinetics).items())
        place = self._table.place("CMT")
        return [
            f"{place(int(row))}: the dose names no compartment; it may be {listed}" for row in np.flatnonzero(rows)
        ]

    def covariates(self) -> dict[str, Floats]:
        """Give the covariates that act on the drug."""
        needed = dict(needed_columns(self._kinetics))
        if needed.pop("BSA", None):
            needed |= {"BSA": "bsa_m2"} if "BSA" in self._columns else {"WT": "weight_kg", "HT": "height_cm"}
        found = {}
        for name, covariate in needed.items():
            values = self._male() if name == "MALE" else self._igg() if name == "IGG" else self._numbers(name)
            missing = np.isnan(values)
            stands = {"MALE": ("MALE", "FEMALE", "SEX"), "IGG": ("IGG", "ISOTYPE")}.get(name, (name,))
            own = next(one for one in stands if one in self._columns)
            self._refuse(
                own, missing & self._is_blank(own), "is missing; nothing is filled in for a covariate that acts"
            )
            self._problems += covariate_problems(covariate, values, self._table.place(own))
            found[covariate] = values
        return found

    def _igg(self) -> Floats:
        if "IGG" in self._columns and "ISOTYPE" in self._columns:
            raise InputError(
                f"{self._table.where}: IGG and ISOTYPE say the same thing", hint="keep the one that is meant"
            )
        if "IGG" in self._columns:
            return self._numbers("IGG")
        self.used.add("ISOTYPE")
        cells = [
            both[0] if (both := isotype_with_chain(cell)) else cell
            for cell in self._table.cells(self._columns["ISOTYPE"])
        ]
        words = ISOTYPE.read(cells, self._table.place("ISOTYPE"), self._problems, self._notes)
        unknown = np.array([word == "unknown" for word in words])
        self._refuse("ISOTYPE", unknown, "is not known; nothing is filled in for a covariate that acts")
        return np.array([1.0 if word == "IgG" else 0.0 for word in words])

    def _male(self) -> Floats:
        """Read who is a man, from MALE, FEMALE or SEX; columns that contradict each other are refused."""
        told: dict[str, Floats] = {}
        if "MALE" in self._columns:
            told["MALE"] = self._numbers("MALE")
        if "FEMALE" in self._columns:
            told["FEMALE"] = 1.0 - self._numbers("FEMALE")
        if "SEX" in self._columns and (not told or not self._sex_is_coded()):
            told["SEX"] = self._sex()
        (first, found), *others = told.items()
        for name, values in others:
            both = ~np.isnan(found) & ~np.isnan(values)
            self._refuse(name, both & (found != values), f"contradicts {first}")
        return found

    def _sex_is_coded(self) -> bool:
        return any(self._table.number(cell) is not None for cell in self._table.cells(self._columns["SEX"]))

    def _sex(self) -> Floats:
        self.used.add("SEX")
        cells = self._table.cells(self._columns["SEX"])
        if self._sex_is_coded():
            raise InputError(
                f"{self._table.where}: SEX holds numbers, which may mean either sex",
                hint="call the column MALE (1 for men) or FEMALE (1 for women), or write M and F",
            )
        words = _SEX.read(cells, self._table.place("SEX"), self._problems, self._notes)
        return np.array([1.0 if word == "male" else 0.0 for word in words])
