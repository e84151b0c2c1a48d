"""What holds for all tests: none asserts a time, and each begins with the signals that a terminal gives.

A property may take as long as a loaded machine needs. A shell in the background lets what it starts ignore an
interrupt, and so would every command that a test starts.
"""

import signal

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
