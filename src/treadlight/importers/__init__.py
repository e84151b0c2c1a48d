"""Importers: one file for each form in which others report what they measured."""
