"""Tokens, members, sign-ins and the audit log of a server."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _text(*names: str, null: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=null) for name in names]


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def upgrade() -> None:
    op.create_table(
        "token",
        _key("id"),
        *_text("name", "hash", "scopes"),
        *_text("projects", null=True),
        *_text("created_at", "created_by"),
        *_text("expires_at", "revoked_at", "used_at", null=True),
    )
    op.create_table(
        "member",
        _key("id"),
        *_text("issuer", "subject", "email", "name", "role"),
        *_text("projects", null=True),
        *_text("created_at", "seen_at"),
    )
    op.create_index("ix_member_subject", "member", ["issuer", "subject"], unique=True)
    op.create_table("session", _key("hash"), *_text("subject", "data", "expires_at"))
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "audit",
        sa.Column("number", kind, primary_key=True, autoincrement=True),
        *_text("at", "actor", "action", "target", "detail", "address"),
    )
