"""The tabs of the app, in their order."""

from cereblon.app.tabs.compare import COMPARE as COMPARE
from cereblon.app.tabs.doses import DOSES
from cereblon.app.tabs.evidence import EVIDENCE
from cereblon.app.tabs.tab import Part as Part
from cereblon.app.tabs.tab import Tab as Tab
from cereblon.app.tabs.trust import TRUST

ASKED: dict[str, Tab] = {tab.key: tab for tab in (EVIDENCE, DOSES, COMPARE, TRUST)}
"""Tabs that answer as soon as a field changes."""
