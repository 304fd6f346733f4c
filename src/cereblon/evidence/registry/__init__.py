"""Study records of ClinicalTrials.gov as drafts of study files."""

from cereblon.evidence.registry.draft import Draft as Draft
from cereblon.evidence.registry.draft import draft_study as draft_study
from cereblon.evidence.registry.record import parse_record as parse_record
