"""The report of a study: the parts that ISO 14044 asks for, in its order."""

from treadlight.share.studies.closing import method_section, public_section, sources_section
from treadlight.share.studies.document import Document
from treadlight.share.studies.impacts import impact_section
from treadlight.share.studies.interpretation import interpretation_section
from treadlight.share.studies.inventory import inventory_section
from treadlight.share.studies.material import Material
from treadlight.share.studies.scope import goal_section, scope_section

__all__ = ["study_report"]


def study_report(given: Material) -> Document:
    """The document that every format writes down.

    References
    ----------
    ISO 14040:2006, ISO 14044:2006, clauses 4 and 5: goal and scope, inventory analysis, impact assessment,
    interpretation; contents of the report.
    """
    result = given.result
    scope, unit = result.study.scope, result.study.scope.functional_unit
    where = f" in {scope.geography}" if scope.geography else ""
    lead = f"{scope.function}{where}, per {unit.name}, {scope.electricity}-based, aligned with ISO 14040 and ISO 14044"
    stamp = (
        f"library {result.library_version} ({result.library_digest[:8]})",
        f"study {result.digest[:12]}",
        f"{scope.electricity}-based",
        given.made.strftime("%Y-%m-%d"),
    )
    sections = (
        goal_section(given),
        scope_section(given),
        inventory_section(given),
        impact_section(given),
        interpretation_section(given),
        public_section(given),
        method_section(given),
        sources_section(given),
    )
    title = (result.study.title or result.study.id) + (f", scenario {result.scenario}" if result.scenario else "")
    return Document(title, lead, stamp, given.version, sections, given.warnings)
