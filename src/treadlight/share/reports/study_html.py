"""The report of a study as one HTML file: no script, nothing fetched, every table with its CSV inside."""

import base64

from markupsafe import Markup

from treadlight.share import numbers, svg
from treadlight.share.sheet import environment, policy, stylesheet
from treadlight.share.studies.document import Block, Document, Figure

__all__ = ["study_page"]


def study_page(document: Document) -> str:
    """The page of a study's report as HTML text."""
    style = stylesheet(document.stamp, sheets=("tokens", "page", "study", "print"))
    figures = [b.name for s in document.sections for b in s.blocks if isinstance(b, Figure)]
    return (
        environment()
        .get_template("study.html.jinja")
        .render(
            doc=document,
            svg=svg,
            n=numbers,
            style=Markup(style),
            csp=policy(style),
            kind=_kind,
            data_uri=_data_uri,
            number={name: i for i, name in enumerate(figures, 1)},
        )
    )


def _kind(block: Block) -> str:
    """By which part of the template a block is drawn."""
    return type(block).__name__.lower()


def _data_uri(text: str) -> str:
    return f"data:text/csv;base64,{base64.b64encode(text.encode()).decode()}"
