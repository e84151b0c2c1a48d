"""Net impact: what a project honestly avoids, beside what it costs."""
