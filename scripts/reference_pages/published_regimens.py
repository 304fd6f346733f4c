"""The page of published regimens: what is understood of ten very different study files."""

from __future__ import annotations

from collections.abc import Iterable

from cereblon.evidence import load_study
from cereblon.model.regimens.calendar import text_calendar
from cereblon.questions.understood_regimens import UnderstoodRegimens
from cereblon.trials.published_regimen import UnderstoodArm
from scripts.reference_pages.markdown import NOTICE

_STUDIES = {
    "swog-s0777": "two phases, each until its end",
    "aspire": "a drug that is given less often, then not at all",
    "swog-s0232": "cycles of 35 days, high-dose dexamethasone, a placebo",
    "griffin": "transplantation between induction and consolidation, maintenance for two years",
    "rv-mm-pi-209": "two transplants; arms without a regimen, and with drugs outside the model",
    "calgb-100104": "a dose that rises after three months",
    "eloquent1": "an antibody whose dose doubles in cycle 19",
    "tourmaline-mm3": "a fixed number of cycles against placebo",
    "len-dose-finding-phase2": "a drug that only some are given; two arms that cannot be told apart",
    "mm015": "nothing that the model can give",
}
_INTRODUCTION = f"""# Published regimens
{NOTICE} A study without a trial file is simulated with the regimens that its study file describes. This page shows,
for ten very different studies, how their regimens are read and what is assumed; `cereblon evidence regimen STUDY`
shows it for any study or a file of your own, and where a trial file differs.

Doses, cycles, durations and procedures must be written in fixed phrases. An arm with another phrase, or with a drug
outside the model, is refused, and the message says how to write it. What a file does not state is taken from the
library regimen of the same drugs and setting, which is named, and listed as assumed. Placebo and observation mean no
drug. The fields are explained in [evidence](evidence.md#a-study-file).
"""


def published_regimens_page() -> str:
    """Make the page."""
    return "\n".join([_INTRODUCTION, *(line for study, why in _STUDIES.items() for line in _study(study, why))])


def _study(key: str, why: str) -> Iterable[str]:
    found = UnderstoodRegimens(study=load_study(key))
    yield f"## {found.study.name}\n"
    yield f"`{key}`: {why}.\n"
    yield from (f"- {line}" for line in found.left_out)
    if found.left_out:
        yield ""
    for arm in found.arms.values():
        yield from _arm(arm)


def _arm(arm: UnderstoodArm) -> Iterable[str]:
    if arm.regimen is None:
        return
    yield f"### {arm.arm}: {arm.label}\n"
    yield f"```text\n{text_calendar(arm.regimen)}\n```\n"
    yield from (f"- Assumed: {line}." for line in arm.assumed)
    yield from (f"- Not simulated: {line}." for line in arm.remarks)
    if arm.assumed or arm.remarks:
        yield ""
