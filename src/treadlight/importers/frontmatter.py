"""The small part of YAML that model cards use: one key at the top with a scalar, or a block of keys and scalars."""

import json
import re
from collections.abc import Sequence

__all__ = ["front_matter", "value_of"]

_KEY = re.compile(r"(?P<indent>\s*)(?P<quote>['\"]?)(?P<key>[\w .-]+)(?P=quote)\s*:(?:\s+(?P<value>.*))?$")


def front_matter(text: str) -> tuple[list[str], str]:
    """Lines between the first two ``---``, and the text after them; no lines where the text does not begin so."""
    lines = text.lstrip("\ufeff \n").split("\n")
    if not lines or lines[0].rstrip() != "---":
        return [], text
    for i, line in enumerate(lines[1:], 1):
        if line.rstrip() in ("---", "..."):
            return lines[1:i], "\n".join(lines[i + 1 :])
    return [], text


def value_of(lines: Sequence[str], key: str) -> str | dict[str, str] | None:
    """The value of a key at the top: a scalar as text, a block as texts by key; None where it is not there."""
    for i, line in enumerate(lines):
        found = _KEY.match(line)
        if found and not found["indent"] and found["key"].strip() == key:
            rest = _bare(found["value"] or "")
            following = _deeper(lines[i + 1 :], 0)
            if rest.startswith("{"):
                return _flow(" ".join([rest, *map(_bare, following)]))
            return _scalar(rest, following) if rest else _block(following)
    return None


def _deeper(lines: Sequence[str], indent: int) -> list[str]:
    """Lines until the first that is indented no further than `indent`; comments and empty lines are left out."""
    found = []
    for line in lines:
        plain = line.strip()
        if not plain or plain.startswith("#"):
            continue
        if _indent(line) <= indent and not (indent == 0 and line.startswith("- ")):
            break
        found.append(line)
    return found


def _block(lines: Sequence[str]) -> dict[str, str]:
    """Keys of the first level; those of a list's items are taken for one block, and the first of equal keys stands."""
    values: dict[str, str] = {}
    lines = [re.sub(r"^(\s*)- ", r"\1  ", line) for line in lines]
    level = _indent(lines[0]) if lines else 0
    for i, line in enumerate(lines):
        found = _KEY.match(line)
        if found and _indent(line) == level and found["key"].strip() not in values:
            values[found["key"].strip()] = _scalar(_bare(found["value"] or ""), _deeper(lines[i + 1 :], level))
    return values


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _scalar(text: str, following: Sequence[str]) -> str:
    """A scalar that may go on in the lines that follow: folded, literal, or plain over several lines."""
    more = [line.strip() for line in following]
    if text in (">", ">-", ">+", "|", "|-", "|+"):
        return " ".join(more)
    return _unquoted(" ".join([text, *more]).strip())


def _bare(text: str) -> str:
    """`text` without a comment behind it."""
    text = text.strip()
    if text[:1] in ("'", '"'):
        end = text.find(text[0], 1)
        return text[: end + 1] if end > 0 and text[end + 1 :].lstrip().startswith("#") else text
    return re.split(r"\s#", f" {text}")[0].strip()


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text[1:-1]
    return text[1:-1].replace("''", "'") if len(text) > 1 and text[0] == text[-1] == "'" else text


def _flow(text: str) -> dict[str, str]:
    """A mapping in braces."""
    inner = text[1:].partition("}")[0]
    pairs = (part.partition(":") for part in re.split(r",(?=[^,]*:)", inner))
    return {_unquoted(key.strip()): _unquoted(value.strip()) for key, _, value in pairs if key.strip()}
