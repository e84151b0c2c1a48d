"""``python -m treadlight`` is the command ``treadlight``."""

from treadlight.app.cli.main import main

main()
