"""Write the report of a study."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from treadlight.app.cli.options import check_draws
from treadlight.core.errors import InputError

if TYPE_CHECKING:
    from treadlight.share.studies.document import Document

_TEXTS = ("html", "md", "json")


@click.command(short_help="Write a study's report: page, PDF, Markdown or JSON, and its tables.")
@click.argument("study", metavar="STUDY")
@click.argument("file", metavar="[FILE]", required=False)
@click.option("--html", "form", flag_value="html", help="One page that needs no network; the default.")
@click.option("--pdf", "form", flag_value="pdf", help="The page on paper, printed by a Chromium of this machine.")
@click.option("--md", "form", flag_value="md", help="Markdown, for repositories and model cards.")
@click.option("--json", "form", flag_value="json", help="Every section and table as JSON.")
@click.option("--tables", metavar="FOLDER", help="Write every table as CSV into this folder, too.")
@click.option("--scenario", help="Report on one of its scenarios.")
@click.option("--draws", type=int, help="Number of draws; else as configured.")
@click.option("--seed", type=int, help="Seed of the draws; else as configured.")
def command(
    study: str,
    file: str | None,
    form: str | None,
    tables: str | None,
    scenario: str | None,
    draws: int | None,
    seed: int | None,
) -> None:
    """Write the report of STUDY with what ISO 14044 asks for, to FILE or to standard output.

    \b
    treadlight lca report chatbot.toml report.html
    treadlight lca report chatbot.toml --pdf report.pdf --tables tables
    treadlight lca report chatbot.toml --md >> MODEL_CARD.md
    """
    from treadlight.app.lifecycle import inputs_of
    from treadlight.app.lifecycle_report import check_folder, prepare_tables, report, write_tables
    from treadlight.app.output import talk
    from treadlight.app.workspace import Workspace
    from treadlight.core.whole import check_target

    check_draws(draws)
    chosen = form or _form_of(file)
    if chosen == "pdf" and file is None:
        raise InputError("needs a FILE", field="--pdf", remedy="name one, such as report.pdf")
    read = inputs_of(study)
    if file:
        check_target(file, "FILE", read, chosen)
    if tables:
        check_folder(tables)
    workspace = Workspace()
    document = report(workspace, study, draws=draws, seed=seed, scenario=scenario)
    if tables:
        prepare_tables(document, tables, read)
    _write(chosen, document, file, workspace.config.get("report.chromium"), read)
    if file:
        talk(f"wrote {file}")
    if tables:
        talk(f"wrote {len(write_tables(document, tables, read))} tables to {tables}")


def _form_of(file: str | None) -> str:
    """The form that a file's name asks for; a page where there is no file, or its name has no ending."""
    ending = Path(file or "").suffix.removeprefix(".").lower()
    form = {"markdown": "md", "htm": "html", "": "html"}.get(ending, ending)
    if form not in (*_TEXTS, "pdf"):
        remedy = "end it in .html, .pdf, .md or .json, or say which with --html, --pdf, --md or --json"
        raise InputError("is no form of a report", field="FILE", value=file, remedy=remedy)
    return form


def _write(form: str, document: "Document", file: str | None, browser: str, read: Sequence[str]) -> None:
    from treadlight.app.output import write_bytes, write_file

    if form == "pdf" and file:
        from treadlight.share.reports.pdf import page_pdf

        write_bytes(file, page_pdf(_text("html", document), browser), "FILE", read, form)
    elif file:
        write_file(file, _text(form, document), "FILE", read, form)
    else:
        sys.stdout.write(_text(form, document))


def _text(form: str, document: "Document") -> str:
    if form == "json":
        from treadlight.share.reports.study_json import study_report_form

        return json.dumps(study_report_form(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if form == "md":
        from treadlight.share.reports.study_markdown import study_markdown

        return study_markdown(document)
    from treadlight.share.reports.study_html import study_page

    return study_page(document)
