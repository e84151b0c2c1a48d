"""The OpenAPI text, made from the same types that check requests and answers."""

from collections.abc import Sequence
from typing import Any

import msgspec

from treadlight import __version__
from treadlight.app.server.operation import Operation, Stream
from treadlight.app.server.problems import MEDIA_TYPE, Problem

__all__ = ["openapi"]

_REF = "#/components/schemas/{name}"
_PROBLEMS = {
    "400": "Something in the request cannot be used",
    "401": "No token, or one that does not hold",
    "403": "The token does not allow it",
    "404": "Nothing has this name or id",
    "413": "The request is too large",
    "415": "The body is no JSON",
    "421": "The request is for another server",
    "429": "Too many requests",
    "503": "The database cannot be reached; try again",
}


def openapi(operations: Sequence[Operation], prefix: str) -> dict[str, Any]:
    """An OpenAPI 3.1 document of these operations."""
    kinds = [kind for o in operations for kind in (o.answer, o.body, o.query) if kind not in (None, Stream)]
    schemas, components = msgspec.json.schema_components([*kinds, Problem], ref_template=_REF)
    by_kind = {id(kind): schema for kind, schema in zip([*kinds, Problem], schemas, strict=True)}
    paths: dict[str, Any] = {}
    for o in operations:
        parameters = [*_path_parameters(o), *_query_parameters(o, by_kind[id(o.query)], components)]
        answer = {"application/x-ndjson": {}} if o.answer is Stream else _json(by_kind[id(o.answer)])
        entry: dict[str, Any] = {
            "operationId": f"{o.method.lower()}{o.path.replace('/', '_').replace('{', '').replace('}', '')}",
            "summary": o.summary,
            "tags": list(o.tags),
            "description": f"Needs the scope `{o.scope}`.",
            "parameters": parameters,
            "responses": {"200": {"description": "Done", "content": answer}, **_problems()},
            "security": [{"token": []}, {}],
        }
        if o.body is not None:
            entry["requestBody"] = {"required": True, "content": _json(by_kind[id(o.body)])}
        paths.setdefault(prefix + o.path, {})[o.method.lower()] = entry
    return {
        "openapi": "3.1.0",
        "info": {"title": "treadlight", "version": __version__, "description": "Activities in, footprints out."},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _problems() -> dict[str, Any]:
    content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(name="Problem")}}}
    return {status: {"description": text, "content": content} for status, text in _PROBLEMS.items()}


def _path_parameters(o: Operation) -> list[dict[str, Any]]:
    names = [part[1:-1] for part in o.path.split("/") if part.startswith("{")]
    text = {"type": "string", "minLength": 1}
    return [{"name": name, "in": "path", "required": True, "schema": text} for name in names]


def _query_parameters(o: Operation, schema: dict[str, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    name = schema["$ref"].rpartition("/")[2]
    found = components.get(name, {})
    required = found.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": {k: v for k, v in shape.items() if k != "description"},
            **({"description": shape["description"]} if "description" in shape else {}),
        }
        for name, shape in found.get("properties", {}).items()
    ]
