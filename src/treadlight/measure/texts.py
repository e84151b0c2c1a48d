"""Texts from outside, made fit for a record: names of programs may hold bytes that are no Unicode."""

__all__ = ["clean"]


def clean(text: object) -> str:
    """`text` in one line of valid Unicode; what is not becomes a question mark."""
    return " ".join(str(text).encode("utf-8", "replace").decode().split())
