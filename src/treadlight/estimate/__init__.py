"""Estimates of what was not metered: physics first, statistics for what physics leaves, honest intervals."""
