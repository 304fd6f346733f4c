"""The tabs of the app, in their order."""

from cereblon.app.tabs.doses import DOSES
from cereblon.app.tabs.evidence import EVIDENCE
from cereblon.app.tabs.tab import Part as Part
from cereblon.app.tabs.tab import Tab as Tab

ASKED: dict[str, Tab] = {tab.key: tab for tab in (EVIDENCE, DOSES)}
"""Tabs that answer as soon as a field changes."""
