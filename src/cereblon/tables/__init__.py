"""The subject tables: schemas, the checks that every producer passes, and what a table knows of its arms."""

from cereblon.tables.arm_order import ArmOrder as ArmOrder
from cereblon.tables.arm_order import arm_order as arm_order
from cereblon.tables.arm_order import name_arms as name_arms
from cereblon.tables.conform import conform as conform
from cereblon.tables.reading import SubjectTables as SubjectTables
from cereblon.tables.reading import read_subject_tables as read_subject_tables
from cereblon.tables.remarks import remarks_of as remarks_of
from cereblon.tables.remarks import with_remarks as with_remarks
