"""The hash chain: each entry's hash covers its content and the hash before it.

``hash_i = SHA-256(hash_{i-1} ‖ canonical_json({"at", "body", "id", "kind", "seq"}))``, with hashes as hexadecimal text
and 64 zeros before the first. Changing, removing, inserting or reordering entries breaks the chain from there on.
"""

from hashlib import sha256

from treadlight.core.canonical import canonical_json

__all__ = ["GENESIS", "link"]

GENESIS = "0" * 64


def link(prev: str, seq: int, at: str, ident: str, kind: str, body: str) -> str:
    """Hash of an entry, hexadecimal; `body` is canonical JSON, which is embedded as it is."""
    plain = ident.isascii() and ident.isprintable() and '"' not in ident and "\\" not in ident
    name = f'"{ident}"' if plain else canonical_json(ident).decode()
    text = f'{prev}{{"at":"{at}","body":{body},"id":{name},"kind":"{kind}","seq":{seq}}}'
    return sha256(text.encode()).hexdigest()
