"""Carry sourced figures on electricity into the library's tables; one module a topic."""
