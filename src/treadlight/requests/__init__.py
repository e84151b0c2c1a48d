"""Request logs, accounted where they lie."""
