"""Quantities, where pages look for them."""

from treadlight.core.quantity import Quantity

__all__ = ["Quantity"]
