"""Names that several parts share: drugs and regimens, however they are written."""
