"""A claim to begin with: a file that runs as it is, in which nothing passes until its author has filled it in."""

from dataclasses import dataclass
from datetime import date

from treadlight.app.scaffolding import check_words, id_of, toml_text
from treadlight.assess.netimpact.claim import REFERENCE_KINDS, SCHEMA
from treadlight.core.category import CATEGORIES
from treadlight.core.errors import InputError

__all__ = ["Begun", "scaffold"]


@dataclass(frozen=True)
class Begun:
    """What the questions ask.

    Parameters
    ----------
    per
        For what savings are given, such as ``one winter of 40 offices``.
    reference, against
        Kind of the reference scenario, and what it is.
    """

    title: str
    owner: str
    per: str
    category: str
    reference: str
    against: str


def scaffold(begun: Begun, today: date) -> str:
    """The text of a claim, registered and with its reference dated today: before any result.

    Raises
    ------
    InputError
        If the category or the reference is none, or a text is empty.
    """
    for name, known in (("category", tuple(CATEGORIES)), ("reference", REFERENCE_KINDS)):
        if getattr(begun, name) not in known:
            raise InputError(f"is no {name}", field=f"--{name}", value=getattr(begun, name),
                             remedy=f"use {' or '.join(known)}")  # fmt: skip
    check_words(begun, ("title", "owner", "per", "against"))
    return _TEXT.format(
        schema=SCHEMA,
        id=id_of(begun.title, "claim"),
        title=toml_text(begun.title),
        owner=toml_text(begun.owner),
        today=today.isoformat(),
        category=begun.category,
        unit=CATEGORIES[begun.category].unit,
        per=toml_text(begun.per),
        kind=begun.reference,
        against=toml_text(begun.against),
    )


_TEXT = """\
# A claim of net impact. Every key: docs/how-to/net-impact.md.
# What says FILL IN, and every line that begins with # and a key, is yours to give. Nothing passes until then.
# Write the reference now, and the result only when it is known: a reference that is dated later is refused.

schema = "{schema}"
id = "{id}"
title = {title}
owner = {owner}
registered = {today}
category = "{category}"
functional_unit = {{ name = {per}, amount = 1, unit = "unit" }}
# period = "November 2026 to March 2027"
# geography = "Germany"
# rule = "FILL IN: how the saving is shared out among those who claim it"

[reference]
kind = "{kind}"
description = {against}
evidence = "FILL IN: what shows that this is what would be"
dated = {today}
# amount = "normal(62, 3)"
# unit = "{unit}"

[solution]
description = "FILL IN: what is done instead"

[evidence]
design = "randomised"      # controlled, alternating, before-after, modelled, scenario, forecast or statement
# eligible = 80
# treated = 40
# complied = 34
unit = "FILL IN: what is counted"
# results = 2027-04-15     # when the result was first known
use_phase = "FILL IN: which data of real use there are"
# source_kind = "own measurement"     # peer-reviewed, preprint, report, press or client experience
source = "FILL IN"

[effect]
unit = "%"
# intention_to_treat = {{ value = 12, p = 0.01 }}     # over all to whom it was offered; its interval follows from p
# per_protocol = {{ value = 14.5, p = 0.01 }}         # over those who followed it

# [[first_order]]     # the footprint of the solution: of the ledger, of a study, or an amount with its unit
# name = "training and serving"
# ledger = {{ project = "FILL IN" }}

# [[rebound]]         # fraction = 0 with a source, if there is none
# name = "FILL IN"
# kind = "direct"
# fraction = "uniform(0.05, 0.25)"
# source = "FILL IN"

# [[side_effect]]     # amount = 0 with a source, if there is none
# name = "FILL IN"
# amount = "uniform(0, 0.6)"
# unit = "{unit}"
# source = "FILL IN"

# [[actor]]           # all who claim a share; together at most 1
# name = {owner}
# share = 1
"""
