"""Metering: meters, the tracker and its windows."""
