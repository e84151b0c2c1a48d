"""The forms others report in, one file each, found by its name."""
