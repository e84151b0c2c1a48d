"""Nouns of the design: distributions, units, activities, processes, options. Standard library only."""
