"""Lines of therapy of one patient by rules that are data: a pure function of what was given.

Drugs and transplantations are looked at in the order of days. Each either belongs to the line that is open, or opens
the next; which rule decided is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from cereblon.cohort.course import Course, Era, Graft, Line, LineDecision
from cereblon.cohort.rules_of_lines import LineRules
from cereblon.cohort.treatment_concepts import STEROID, TreatmentConcepts

PAUSE_DAYS = 60
"""A drug that was off for longer and comes again is a change of treatment, which after progression opens a line."""
_CELLS, _CELL_CONDITIONING, _CELL_DAYS = "car_t", ("fludarabine", "cyclophosphamide", "bendamustine"), 14
_COMPANION_DAYS = 30


class _Course:
    """What was given, sorted out: drugs that count, transplantations that count, and what opens nothing."""

    def __init__(self, course: Course, rules: LineRules, concepts: TreatmentConcepts) -> None:
        self.rules, self.concepts, self.whole = rules, concepts, course
        self.decisions: list[LineDecision] = []
        self.grafts = list(self._grafts(course.transplants))
        eras = sorted(course.eras)
        self.cells = [one.start for one in eras if concepts.class_of(one.drug) == _CELLS]
        self.steroids = [one for one in eras if concepts.class_of(one.drug) == STEROID]
        others = (one for one in eras if concepts.class_of(one.drug) != STEROID)
        self.active = [one for one in others if not self._opens_nothing(one)]
        self.starts: dict[str, list[int]] = {}
        for era in self.active:
            self.starts.setdefault(era.drug, []).append(era.start)
        self.progressions = sorted(course.progressions) if rules.progression_forces_a_line else []

    def _grafts(self, transplants: Collection[Graft]) -> Iterator[Graft]:
        first: int | None = None
        for graft in sorted(transplants):
            if first is not None and graft.day - first <= self.rules.transplant.tandem_days:
                if graft.day != first:
                    self.decisions.append(
                        LineDecision(graft.day, 0, "tandem", "transplantation of the same procedure", graft.row)
                    )
                continue
            first = graft.day
            yield graft

    def _opens_nothing(self, era: Era) -> bool:
        """Say whether a drug prepares for a transplantation or cells, and note it."""
        rule = self.rules.transplant
        what = ""
        if era.drug in rule.conditioning and self._precedes(era.start, rule.conditioning_days):
            what = "conditioning"
        elif (
            era.drug in rule.mobilisation
            and era.last_start - era.start <= rule.mobilisation_longest
            and self._precedes(era.start, rule.mobilisation_days)
        ):
            what = "mobilisation"
        elif era.drug in _CELL_CONDITIONING and any(0 <= cell - era.start <= _CELL_DAYS for cell in self.cells):
            what = "preparation for CAR T cells"
        if what:
            self.decisions.append(LineDecision(era.start, 0, what, f"{era.drug} opens nothing", era.row))
        return bool(what)

    def _precedes(self, day: int, days: int) -> bool:
        return any(0 <= graft.day - day <= days for graft in self.grafts)

    def is_single(self, era: Era) -> bool:
        """Say whether a drug is given alone: nothing else begins about then, or goes on."""
        for other in self.active:
            if other.drug == era.drug:
                continue
            begins = abs(other.start - era.start) <= _COMPANION_DAYS and other.last_start >= era.start
            if begins or (other.start < era.start and other.last_start > era.start - self.rules.maintenance.earliest):
                return False
        return True

    def progressed(self, line: Line, day: int) -> bool:
        """Say whether a value that proved to be progression lies within the line by a day."""
        return any(line.start < one.day <= day for one in self.progressions)

    def is_proved(self, line: Line, day: int) -> bool:
        """Say whether progression within the line was confirmed by a day."""
        return any(line.start < one.day and one.confirmed <= day for one in self.progressions)


def lines_of(
    course: Course, rules: LineRules, concepts: TreatmentConcepts
) -> tuple[tuple[Line, ...], tuple[LineDecision, ...]]:
    """Make the lines of therapy of one patient.

    Parameters
    ----------
    course
        What was given.
    rules
        How lines are made.
    concepts
        Classes of the drugs.

    Returns
    -------
        Lines in their order, and what was decided, by day.
    """
    given = _Course(course, rules, concepts)
    lines: list[Line] = []
    for day, event in _events(given):
        line = lines[-1] if lines else None
        rule, opens = _decide(event, day, line, given)
        if opens:
            line = Line(start=day, rule=rule)
            lines.append(line)
            _carry_over(line, given, event)
        assert line is not None
        _take(line, event, day, rule, given)
        if rule:
            given.decisions.append(LineDecision(day, len(lines), rule, _said(event, opens), _row(event)))
    _merge(lines, rules, given)
    _finish(lines, given)
    return tuple(lines), tuple(sorted(given.decisions))


def _events(given: _Course) -> Iterator[tuple[int, Era | Graft | str]]:
    """Give drugs that begin, transplantations, and, where the rules ask for it, drugs that stay off, by day."""
    found: list[tuple[int, int, str, Era | Graft | str]] = []
    found += [(one.start, 1, one.drug, one) for one in given.active]
    found += [(one.day, 0, "", one) for one in given.grafts]
    off = given.rules.drop_ends_after
    if off is not None:
        for one in given.active:
            again = [start for start in given.starts[one.drug] if start > one.end]
            if not again or again[0] - one.end > off:
                found.append((one.end + 1, 2, one.drug, one.drug))
    for day, _, _, event in sorted(found, key=lambda one: one[:3]):
        yield day, event


def _decide(event: Era | Graft | str, day: int, line: Line | None, given: _Course) -> tuple[str, bool]:
    """Say which rule decides, and whether a line opens."""
    if isinstance(event, str):
        return _decide_drop(event, day, line, given)
    if line is None:
        return "first treatment", True
    if isinstance(event, Graft):
        if given.progressed(line, day):
            return "progression", True
        return (
            ("restart", True) if day - line.last_covered > given.rules.restart_after else ("transplantation", False)
        )
    return _decide_drug(event, day, line, given)


def _decide_drug(era: Era, day: int, line: Line, given: _Course) -> tuple[str, bool]:
    rules = given.rules
    off = day - line.drugs[era.drug] if era.drug in line.drugs else None
    # Another drug after the first value may be the answer to it; the same drug again goes on until it is known.
    if given.progressed(line, day) if off is None else off > PAUSE_DAYS and given.is_proved(line, day):
        return "progression", True
    if off is not None and _untreated(off, day, line, rules) <= rules.restart_after:
        return "", False
    if day - line.start <= rules.join_days:
        return "joins", False
    if _near_transplant(day, line, given):
        return "transplantation", False
    if off is not None:
        return "restart", True
    if _is_maintenance(era, line, given):
        return "maintenance", False
    drug_class = given.concepts.class_of(era.drug)
    wanted = not rules.absent_classes or drug_class in rules.absent_classes
    lacks = drug_class not in {given.concepts.class_of(drug) for drug in line.drugs}
    if wanted and lacks and day - line.start <= rules.absent_class_days:
        return "absent class", False
    for one in rules.additions:
        if one.drug == era.drug and one.onto in line.drugs and day - line.start <= one.within:
            return "addition", False
    return "new drug", True


def _untreated(off: int, day: int, line: Line, rules: LineRules) -> int:
    """Give the days for which nothing of a line was given; of the drug itself where a drug that stays off ends it.

    A drug that comes back while others of its line went on is no restart of the line.
    """
    return off if rules.drop_ends_after is not None else min(off, day - line.last_covered)


def _near_transplant(day: int, line: Line, given: _Course) -> bool:
    rule = given.rules.transplant
    for graft in given.grafts:
        if not graft.day - rule.before <= day <= graft.day + rule.after:
            continue
        is_ahead = graft.day > day and day - line.last_covered <= given.rules.restart_after
        if graft.day in line.transplants or is_ahead:
            return True
    return False


def _is_maintenance(era: Era, line: Line, given: _Course) -> bool:
    rule = given.rules.maintenance
    if not given.is_single(era) or era.end - era.start + 1 <= rule.longer_than:
        return False
    since = min((era.start - day for day in line.transplants if day <= era.start), default=None)
    if since is not None and since <= rule.any_single_drug_after_transplant:
        return True
    may = era.drug in rule.drugs or (era.drug in rule.only_if_given_before and era.drug in line.drugs)
    ended = era.start - line.last_covered
    lasted = line.last_covered - line.start + 1
    is_combination = len(line.regimen) > 1 or bool(line.transplants)
    return may and is_combination and rule.earliest <= ended <= rule.latest and lasted >= rule.after_combination_of


def _decide_drop(drug: str, day: int, line: Line | None, given: _Course) -> tuple[str, bool]:
    """Say what it means that a drug stays off: what goes on is maintenance, or another line."""
    if line is None or line.drugs.get(drug) != day - 1 or drug not in line.regimen:
        return "", False
    goes_on = [one for one in given.active if one.drug in line.drugs and one.start <= day < one.last_start]
    if not goes_on:
        return "", False
    rest = max(goes_on, key=lambda one: one.end)
    rule = given.rules.maintenance
    single = len({one.drug for one in goes_on}) == 1
    may = rest.drug in rule.drugs or rest.drug in rule.only_if_given_before or bool(line.transplants)
    if single and may and day - line.start >= rule.after_combination_of and rest.end - day + 1 > rule.longer_than:
        return "maintenance", False
    return "drug off", True


def _take(line: Line, event: Era | Graft | str, day: int, rule: str, given: _Course) -> None:
    """Add what was decided on to its line."""
    if isinstance(event, Graft):
        line.transplants.append(day)
    elif isinstance(event, Era):
        late = rule == "maintenance" or (rule == "transplantation" and any(one < day for one in line.transplants))
        if late and line.maintenance_start is None and given.is_single(event):
            line.maintenance_start = day
        elif not late and rule:
            line.regimen.add(event.drug)
        line.drugs[event.drug] = max(event.end, line.drugs.get(event.drug, event.end))
    elif rule == "maintenance" and line.maintenance_start is None:
        line.maintenance_start = day
    if _row(event):
        line.rows.append(_row(event))


def _carry_over(line: Line, given: _Course, event: Era | Graft | str) -> None:
    """Take drugs that are still given when a line opens into it."""
    for one in given.active:
        stays = one.start < line.start <= one.last_start and one.drug != getattr(event, "drug", event)
        if stays:
            line.drugs[one.drug] = max(one.end, line.drugs.get(one.drug, one.end))
            line.regimen.add(one.drug)
            line.rows.append(one.row)


def _merge(lines: list[Line], rules: LineRules, given: _Course) -> None:
    """Join a line of named drugs with the next one, if that has the transplantation."""
    place = 0
    while place + 1 < len(lines):
        line, after = lines[place], lines[place + 1]
        named = any(set(one) <= line.regimen for one in rules.merge_before_transplant)
        if named and not line.transplants and after.transplants:
            given.decisions.append(
                LineDecision(
                    after.start, place + 1, "merge", "joins the line before it, as it has the transplantation", ""
                )
            )
            for drug, end in after.drugs.items():
                line.drugs[drug] = max(end, line.drugs.get(drug, end))
            line.transplants += after.transplants
            line.rows += after.rows
            line.maintenance_start = after.maintenance_start
            del lines[place + 1]
        else:
            place += 1


def _finish(lines: list[Line], given: _Course) -> None:
    """Set the end of each line, its reason, its steroids and the start of maintenance."""
    last_day, rules = given.whole.last_day, given.rules
    for place, line in enumerate(lines):
        after = lines[place + 1] if place + 1 < len(lines) else None
        line.end = line.last_covered
        if after is not None:
            line.end, line.end_reason = min(line.end, after.start - 1), "next_line"
        elif last_day is None or last_day <= line.end:
            line.end = line.end if last_day is None else max(line.start, last_day)
            line.end_reason = "death" if given.whole.died and last_day is not None else "end_of_record"
        else:
            long_off = last_day - line.end > rules.restart_after
            line.end_reason = "stopped" if long_off else "death" if given.whole.died else "end_of_record"
        for steroid in given.steroids:
            until = min(line.start + rules.join_days, line.end)
            if steroid.start <= until and steroid.last_start >= line.start:
                line.regimen.add(steroid.drug)
                line.drugs[steroid.drug] = max(steroid.end, line.drugs.get(steroid.drug, steroid.end))
        if line.maintenance_start is None:
            line.maintenance_start = _maintenance_of_a_part(line, given)


def _maintenance_of_a_part(line: Line, given: _Course) -> int | None:
    """Find from when on one drug of a combination goes on alone."""
    rule = given.rules.maintenance
    ends = {drug: min(end, line.end) for drug, end in line.drugs.items() if given.concepts.class_of(drug) != STEROID}
    if len(ends) < 2:
        return None
    last = max(ends, key=lambda drug: (ends[drug], drug))
    alone = max([*(end for drug, end in ends.items() if drug != last), *line.transplants]) + 1
    begin = min((one.start for one in given.active if one.drug == last and one.end >= alone), default=alone)
    begin = max(begin, alone)
    lasts = ends[last] - begin + 1 > max(rule.longer_than, PAUSE_DAYS)
    return begin if last in rule.drugs and lasts and begin - line.start >= rule.after_combination_of else None


def _said(event: Era | Graft | str, opens: bool) -> str:
    what = (
        "transplantation" if isinstance(event, Graft) else f"{event} is off" if isinstance(event, str) else event.drug
    )
    return f"{what}: {'opens a line' if opens else 'belongs to the line'}"


def _row(event: Era | Graft | str) -> str:
    return "" if isinstance(event, str) else event.row
