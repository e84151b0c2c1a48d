"""Footprints as a pure function of activities and processes."""
