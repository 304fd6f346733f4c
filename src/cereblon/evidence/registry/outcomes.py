"""Outcome measures of a record and the comparisons made of them."""

from __future__ import annotations

import re

from cereblon.core.time_units import MONTHS_PER, TIME_UNITS
from cereblon.evidence.placeholder import TO_COMPLETE
from cereblon.evidence.registry.baseline import empty_groups, participants_of
from cereblon.evidence.registry.facts import (
    SOURCE,
    DraftFact,
    Fields,
    Harvest,
    count,
    number,
    rounded,
    share,
)
from cereblon.evidence.registry.groups import Arms
from cereblon.evidence.registry.record import Branch
from cereblon.vocabulary.endpoints import vocabulary

# What a title is about; the first that fits is taken, so that "complete response or better" is not read as response.
_TIMES: tuple[tuple[str, str, str], ...] = (
    (r"progression[- ]free survival|\bpfs\b", "pfs_median", "pfs_rate"),
    (r"overall survival|\bos\b", "os_median", "os_rate"),
    (r"event[- ]free survival|\befs\b", "efs_median", ""),
    (r"time to (disease )?progression|\bttp\b", "ttp_median", ""),
    (r"time to next|\bttnt\b", "ttnt_median", ""),
    (r"duration of (overall )?response|\bdor\b", "dor_median", ""),
    (r"time to (first |overall |initial )?response|\bttr\b", "ttr_median", ""),
)
_RATES: tuple[tuple[str, str], ...] = (
    (r"minimal residual disease|\bmrd\b", "mrd_negative"),
    (r"(very good partial response|vgpr)( \(vgpr\))? or better", "vgpr_or_better"),
    (r"(complete response|\bcr)( \(cr\))? or better", "cr_or_better"),
    (r"overall response|objective response|\borr\b|partial response( \(pr\))? or better", "orr"),
    (r"stringent complete response", "scr"),
    (r"very good partial response", "vgpr"),
    (r"complete response", "cr"),
)
_CATEGORIES: tuple[tuple[str, str], ...] = (
    (r"(stringent complete response|scr)( \(scr\))?", "scr"),
    (r"(complete response|cr)( \(cr\))?", "cr"),
    (r"(very good partial response|vgpr)( \(vgpr\))?", "vgpr"),
    (r"(partial response|pr)( \(pr\))?", "pr"),
    (r"(minimal response|mr)( \(mr\))?", "mr"),
    (r"(progressive disease|pd)( \(pd\))?", "pd"),
)


def read_outcomes(results: Branch, arms: Arms) -> Harvest:
    """Read the outcome measures that the vocabulary knows; every other is listed by its title."""
    harvest = Harvest()
    for index, measure in enumerate(results.branch("outcomeMeasuresModule").items("outcomeMeasures"), start=1):
        title = measure.text("title")
        part = _measure(measure, title, arms)
        if not part.facts and not part.unread:
            part.unread.append("no endpoint of the vocabulary fits")
        harvest.facts += part.facts
        harvest.unread += [f"outcome {index}, {title[:90]!r}: {why}" for why in part.unread]
        measure.finish()
    return harvest


def _measure(measure: Branch, title: str, arms: Arms) -> Harvest:
    harvest = Harvest()
    name, unit, kind = title.lower(), measure.text("unitOfMeasure").lower(), measure.text("paramType")
    comment = "; ".join(part for part in (title[:160], f"time frame: {measure.text('timeFrame')[:120]}") if part)
    if measure.text("reportingStatus") not in ("", "POSTED"):
        return Harvest(unread=["results are not posted"])
    time = next(((median, rate) for pattern, median, rate in _TIMES if re.search(pattern, name)), None)
    rate = next((endpoint for pattern, endpoint in _RATES if re.search(pattern, name)), None)
    if time is None and rate is None:
        return harvest
    arm_of = arms.of_groups(measure.items("groups"))
    participants = participants_of(measure)
    time_unit = TIME_UNITS.find(re.sub(r"^time \((\w+)\)$", r"\1", unit))
    months = MONTHS_PER[time_unit] if time_unit else None
    nobody = empty_groups(measure)
    for group in measure.items("classes"):
        within = participants_of(group) or participants
        for category in group.items("categories"):
            label = " ".join(text for text in (group.text("title"), category.text("title")) if text)
            endpoint = _endpoint(time, rate, label, kind, months is not None)
            for entry in category.items("measurements"):
                if entry.text("groupId") in nobody | empty_groups(group):
                    who = arm_of[entry.text("groupId")]
                    harvest.unread.append(f"{label + ': ' if label else ''}nobody in {who} was analysed")
                    continue
                fields, why = _number(entry, endpoint, months, unit, within, f"{name} {label.lower()}", measure)
                if fields is None:
                    harvest.unread.append(f"{label + ': ' if label else ''}{why}")
                    continue
                arm = arm_of[entry.text("groupId")]
                told = f"{comment}; {label}" if label else comment
                harvest.facts.append(DraftFact({"arm": arm, **fields, "source": SOURCE}, told))
    harvest.unread = list(dict.fromkeys(harvest.unread))
    harvest.add(_analyses(measure, time[0] if time else rate or "", arm_of))
    return harvest


def _endpoint(time: tuple[str, str] | None, rate: str | None, label: str, kind: str, is_time: bool) -> str:
    if time is not None:
        return time[0] if is_time and kind == "MEDIAN" else time[1] if not is_time else ""
    if label and not is_time:
        named = next((end for pattern, end in _CATEGORIES if re.fullmatch(pattern, label.lower().strip())), None)
        return named or ""
    return rate or ""


def _number(
    entry: Branch,
    endpoint: str,
    months: float | None,
    unit: str,
    participants: dict[str, int],
    words: str,
    measure: Branch,
) -> tuple[Fields | None, str]:
    """Give the fields of one number, or why it is not taken over."""
    printed = entry.text("value")
    value = number(printed)
    if not endpoint:
        return None, f"unit {unit!r} with this kind of number fits no endpoint"
    fields: Fields = {"endpoint": endpoint}
    if endpoint.endswith("_rate"):
        month = re.search(r"(\d+(?:\.\d+)?)[- ]?(month|year)", words)
        if month is None:
            return None, "a rate without its month"
        fields["month"] = float(month[1]) * MONTHS_PER[f"{month[2]}s"]
    interval = _interval(entry, measure.text("dispersionType"))
    if months is not None and endpoint.endswith("_median"):
        if value is None:
            if printed.upper() != "NA":
                return None, f"{printed!r} is no number"
            return {**fields, "status": "not_reached", "unit": "months", **_scaled(interval, months)}, ""
        derived = {} if months == 1 else {"derived": f"{printed} {unit}"}
        value = value if months == 1 else rounded(value * months)
        return {**fields, "value": value, "unit": "months", **_scaled(interval, months), **derived}, ""
    if value is None:
        return None, f"{printed!r} is no number"
    if "percent" in unit or unit == "%":
        return {**fields, "value": value, "unit": "percent", **_scaled(interval, 1)}, ""
    if "proportion" in unit or "probability" in unit:
        told: Fields = {
            "value": rounded(100 * value),
            "unit": "percent",
            "derived": f"{printed} as a share",
        }
        return {**fields, **told, **_scaled(interval, 100)}, ""
    whole = count(printed)
    group = entry.text("groupId")
    if re.search(r"participants|patients|subjects", unit) and whole is not None and participants.get(group):
        return {**fields, **share(whole, participants[group])}, ""
    return None, f"unit {unit!r} is not one of {endpoint}"


def _interval(entry: Branch, spread: str) -> dict[str, float]:
    """Give a confidence interval with its level; ranges and quartiles are none."""
    level = re.match(r"(\d+(?:\.\d+)?) ?% ?confidence interval", spread.lower())
    ends = {"low": number(entry.text("lowerLimit")), "high": number(entry.text("upperLimit"))}
    known = {name: end for name, end in ends.items() if end is not None}
    return {**known, "level": rounded(float(level[1]) / 100)} if level and known else {}


def _scaled(interval: dict[str, float], factor: float) -> Fields:
    if not interval:
        return {}
    ends = {name: end if name == "level" or factor == 1 else rounded(end * factor) for name, end in interval.items()}
    return {"interval": ends}


def _analyses(measure: Branch, endpoint: str, arm_of: dict[str, str]) -> Harvest:
    """Read hazard ratios, odds ratios and p values; which arm stands above the line, only a person can tell."""
    harvest = Harvest()
    for analysis in measure.items("analyses"):
        kind = analysis.text("paramType").lower()
        value = number(analysis.text("paramValue"))
        order = [arm_of.get(group, group) for group in analysis.texts("groupIds")]
        asked = f"{TO_COMPLETE} which arm is above the line; the record lists {', '.join(order)}"
        remark = analysis.text("estimateComment")[:160]
        fields: Fields
        entry = vocabulary().endpoints.get(endpoint)
        ratio = entry.hazard_ratio if entry else None
        if "hazard ratio" in kind and ratio and value:
            fields = {"endpoint": ratio, "value": value, "unit": "ratio"}
        elif "odds ratio" in kind and value:
            fields = {"endpoint": "or", "of": endpoint, "value": value, "unit": "ratio"}
        elif analysis.text("pValue") and not kind:
            p = _p_value(analysis.text("pValue"))
            fields = {"endpoint": "p_value", "of": endpoint, "unit": "p", **p} if p else {}
        else:
            fields = {}
        if not fields:
            harvest.unread.append(f"analysis {kind or 'without effect'!r}")
            continue
        if fields["endpoint"] != "p_value":
            fields |= _scaled(_limits(analysis), 1)
            p = _p_value(analysis.text("pValue"))
            fields |= {"p": p} if p else {}
        told = "; ".join(part for part in (asked, remark) if part)
        versus = {"arm": TO_COMPLETE, "versus": TO_COMPLETE}
        harvest.facts.append(DraftFact({**versus, **fields, "source": SOURCE}, told))
    return harvest


def _limits(analysis: Branch) -> dict[str, float]:
    level = number(analysis.text("ciPctValue"))
    ends = {"low": number(analysis.text("ciLowerLimit")), "high": number(analysis.text("ciUpperLimit"))}
    known = {name: end for name, end in ends.items() if end is not None}
    return {**known, "level": rounded(level / 100)} if level and known else {}


def _p_value(text: str) -> dict[str, float]:
    match = re.fullmatch(r"\s*(<|≤|=)?\s*(0?\.\d+|[01](?:\.0+)?)\s*", text)
    if match is None:
        return {}
    return {"below" if match[1] in ("<", "≤") else "value": float(match[2])}
