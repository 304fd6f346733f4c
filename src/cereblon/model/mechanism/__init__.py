"""Lenalidomide's mechanism: from cereblon to death of the clone, immunity, stroma and marrow, as one network."""
