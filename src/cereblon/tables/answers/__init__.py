"""Schemas of the tables of answers: each column is described once, by its name, and every form of a table reads that.

A data frame has its types, a page its headings and units, a CSV its heading also where there is no row.
"""

from cereblon.tables.answers.schema import arrow_table as arrow_table
from cereblon.tables.answers.schema import columns_of as columns_of
from cereblon.tables.answers.schema import schema_of as schema_of
