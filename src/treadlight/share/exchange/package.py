"""Files by path, written as a folder or as a zip whose bytes are the same for the same content."""

import io
import zipfile
from collections.abc import Mapping

__all__ = ["zipped"]

_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a zip can hold: what is packed has no time of its own."""


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip of files by path, in the order of their paths; neither clock nor machine shows in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(members):
            entry = zipfile.ZipInfo(path, _BEGINNING)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # as on Unix, wherever it is made
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, members[path], compresslevel=6)
    return out.getvalue()
