"""Studies: every life-cycle study of the folder, with its functional unit and its result in every category."""

from treadlight.app.server.answers import Answer
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web.assessed import listed
from treadlight.app.web.filed import folder_of
from treadlight.app.web.render import SHEETS, render

PATHS = ("/studies",)
TITLE = "Studies"
NAV = 34
WHOLE = True

EXAMPLES = (
    ("bloom", "A large open language model, with its published figures"),
    ("vision-edge", "A vision model at the edge, or in the cloud"),
    ("chatbot", "A company’s chatbot over a year"),
    ("accelerators", "Keep older accelerators, or buy new ones"),
)
"""Studies that ship with the source, and what each is about."""


def page(desk: Desk, request: PageRequest) -> Answer:
    """The list, or how to begin where there is none."""
    found = listed(desk)
    return render(
        desk, request, "studies.html.jinja", title=TITLE, listed=found, examples=EXAMPLES,
        folder=folder_of(desk, "studies").name, sheets=(*SHEETS[:-1], "studies.css", SHEETS[-1]),
    )  # fmt: skip
