"""Studies in the forms of other life-cycle tools."""
