"""Carries figures on hardware from gathered facts into the library's tables."""
