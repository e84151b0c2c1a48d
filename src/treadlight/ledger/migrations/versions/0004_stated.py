"""Facts that people state of sites and projects, what is published, and members that were removed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _text(*names: str, null: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=null) for name in names]


def upgrade() -> None:
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "stated",
        sa.Column("number", kind, primary_key=True, autoincrement=True),
        *_text("subject", "key"),
        *_text("value", null=True),
        *_text("source", "at", "actor"),
    )
    op.create_index("ix_stated_subject", "stated", ["subject", "key"])
    op.add_column("member", _text("removed_at", null=True)[0])
