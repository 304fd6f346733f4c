"""Words that several parts share, however they are written: drugs, regimens, and what a cell of a table may say."""
