"""Check an archived study."""

from typing import TYPE_CHECKING, Any

import click

from treadlight.app.cli.options import json_option

if TYPE_CHECKING:
    from treadlight.app.lifecycle_archive import Archive
    from treadlight.app.lifecycle_verify import Moved, Verified


@click.command(short_help="Check an archived study: whole, and the same result to the bit.")
@click.argument("archive", metavar="ARCHIVE")
@click.option(
    "--here", is_flag=True, help="Assess it with this machine's library and ledger, too, and show what moves."
)
@json_option
@click.pass_context
def command(ctx: click.Context, archive: str, here: bool, as_json: bool) -> None:
    """Check that ARCHIVE is whole, and that its study comes out again to the bit from the data it holds.

    Exit code 1 where it does not; what differs is named, and by how much.

    \b
    treadlight lca verify chatbot.tlz
    treadlight lca verify chatbot.tlz --here
    """
    from treadlight.app.lifecycle_archive import opened
    from treadlight.app.lifecycle_verify import restated, verified
    from treadlight.app.output import print_json
    from treadlight.app.workspace import Workspace

    held = opened(archive)
    found = verified(held)
    moved = restated(held, Workspace()) if here and not found.damaged else None
    if as_json:
        print_json(_form(held, found, moved))
    else:
        _tell(held, found, moved)
    ctx.exit(0 if found.same else 1)


def _form(held: "Archive", found: "Verified", moved: "list[Moved] | None") -> dict[str, Any]:
    return {
        "schema": "treadlight.study-verified/1",
        "study": held.manifest["study"],
        "library": held.manifest["library"],
        "same": found.same,
        "damaged": list(found.damaged),
        "differences": list(found.differences),
        "elsewhere": list(found.elsewhere),
        "here": None
        if moved is None
        else [
            {"system": m.system, "category": m.category, "unit": m.unit, "then": m.then, "now": m.now} for m in moved
        ],
    }


def _tell(held: "Archive", found: "Verified", moved: "list[Moved] | None") -> None:
    told = held.manifest
    for path in found.damaged:
        click.echo(f"damaged: {path}")
    for text in found.differences:
        click.echo(f"differs: {text}")
    if found.same:
        draws = f"{told['draws']} draws from seed {told['seed']}"
        click.echo(f"the same to the bit: study {told['study']['id']}, {draws}, library {told['library']['version']}")
    for text in found.elsewhere:
        click.echo(f"other here: {text}")
    for m in moved or ():
        click.echo(f"with this machine's data: {m.system}, {m.name}, median: {_change(m)}")


def _change(moved: "Moved") -> str:
    if moved.then is None or moved.now is None:
        words = {True: "unknown", False: "known"}
        return f"{words[moved.then is None]} then, {words[moved.now is None]} now"
    if moved.then == moved.now:
        return f"{moved.now:.6g} {moved.unit}, as it was"
    ratio = f" ({moved.now / moved.then - 1:+.2%})" if moved.then else ""
    return f"{moved.then:.6g} {moved.unit} then, {moved.now:.6g} {moved.unit} now{ratio}"
