"""The subject tables: schemas and the gate that every producer passes."""

from cereblon.tables.conform import conform as conform
from cereblon.tables.reading import SubjectTables as SubjectTables
from cereblon.tables.reading import read_subject_tables as read_subject_tables
