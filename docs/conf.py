"""Sphinx configuration: plain Markdown pages through MyST."""

from treadlight import __version__

project = "treadlight"
author = "the treadlight authors"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
myst_enable_extensions = ["dollarmath", "deflist", "fieldlist"]
myst_heading_anchors = 3
html_theme = "alabaster"
html_theme_options = {"description": "What AI work costs the planet", "fixed_sidebar": True}
suppress_warnings = ["misc.highlighting_failure"]
