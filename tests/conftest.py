"""What holds for all tests: none asserts a time, so a property may take as long as a loaded machine needs."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
