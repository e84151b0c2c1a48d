"""Tables of access. They stand beside the ledger's in the same database, and are no part of its chain."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table, Text

from treadlight.ledger.schema import metadata

__all__ = ["audit", "member", "session", "stated", "token", "told"]


def _text(*names: str, null: bool = False) -> list[Column[str]]:
    return [Column(name, Text, nullable=null) for name in names]


token = Table(
    "token",
    metadata,
    Column("id", Text, primary_key=True),
    *_text("name", "hash", "scopes"),
    *_text("projects", null=True),
    *_text("created_at", "created_by"),
    *_text("expires_at", "revoked_at", "used_at", null=True),
)

member = Table(
    "member",
    metadata,
    Column("id", Text, primary_key=True),
    *_text("issuer", "subject", "email", "name", "role"),
    *_text("projects", null=True),
    *_text("created_at", "seen_at"),
    *_text("removed_at", null=True),
    Index("ix_member_subject", "issuer", "subject", unique=True),
)

session = Table(
    "session",
    metadata,
    Column("hash", Text, primary_key=True),
    *_text("subject", "data", "expires_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    *_text("at", "actor", "action", "target", "detail", "address"),
)

stated = Table(
    "stated",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    *_text("subject", "key"),
    *_text("value", null=True),
    *_text("source", "at", "actor"),
    Index("ix_stated_subject", "subject", "key"),
)

told = Table(
    "told",
    metadata,
    Column("run", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    *_text("kind", "body", "project"),
    Column("duration_s", Float, nullable=False),
    *_text("heard_at"),
)
"""Parts of runs that go on, as they were told of last."""
