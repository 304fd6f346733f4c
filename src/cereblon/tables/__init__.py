"""The subject tables: schemas and the gate that every producer passes."""

from cereblon.tables.conform import conform as conform
