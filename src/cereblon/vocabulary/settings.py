"""Settings of treatment, as people write them."""

from __future__ import annotations

from cereblon.core.words import Words

SETTING = Words(
    "setting",
    ("ndmm", "ndmm-te", "ndmm-tie", "rrmm", "maintenance-post-asct", "maintenance-no-asct", "mds-or-other"),
    {
        **dict.fromkeys(("newly diagnosed", "frontline", "first line", "untreated"), "ndmm"),
        **dict.fromkeys(("relapsed", "relapsed or refractory", "relapsed/refractory", "R/R"), "rrmm"),
        **dict.fromkeys(("transplant eligible", "TE-NDMM"), "ndmm-te"),
        **dict.fromkeys(("transplant ineligible", "TIE-NDMM", "NTE", "non-transplant"), "ndmm-tie"),
    },
)
"""The settings of studies and regimens."""

JOINED_SETTINGS: dict[str, tuple[str, ...]] = {"maintenance": ("maintenance-post-asct", "maintenance-no-asct")}
"""Names under which several settings are asked for together."""

ASKED_SETTING = Words("setting", (*SETTING.allowed, *JOINED_SETTINGS), SETTING.synonyms)
"""What every question takes as a setting."""


SETTING_NAMES = {
    "ndmm": "newly diagnosed",
    "ndmm-te": "newly diagnosed, transplantation intended",
    "ndmm-tie": "newly diagnosed, transplantation not intended",
    "rrmm": "relapsed or refractory",
    "maintenance": "maintenance",
    "maintenance-post-asct": "maintenance after transplantation",
    "maintenance-no-asct": "maintenance without transplantation",
    "mds-or-other": "other diseases",
}
"""What readers are told of a setting."""


def settings_within(setting: str) -> tuple[str, ...]:
    """Give the settings of studies that a setting asked for stands for."""
    return JOINED_SETTINGS.get(setting, (setting,))
