"""References to documents in the formats of reference managers and databases."""

from cereblon.evidence.citations.bibtex import parse_bibtex as parse_bibtex
from cereblon.evidence.citations.bibtex import write_bibtex as write_bibtex
from cereblon.evidence.citations.csl import write_csl as write_csl
from cereblon.evidence.citations.layouts import LAYOUTS as LAYOUTS
from cereblon.evidence.citations.layouts import layout_of as layout_of
from cereblon.evidence.citations.reference import Reading as Reading
from cereblon.evidence.citations.reference import Reference as Reference
from cereblon.evidence.citations.ris import write_ris as write_ris
from cereblon.evidence.citations.sources import reference_of as reference_of
from cereblon.evidence.citations.sources import references_of as references_of
from cereblon.evidence.citations.sources import source_entries as source_entries
from cereblon.evidence.citations.sources import without_place as without_place
from cereblon.evidence.citations.tagged import parse_ris as parse_ris
from cereblon.evidence.citations.tagged import parse_tagged as parse_tagged
