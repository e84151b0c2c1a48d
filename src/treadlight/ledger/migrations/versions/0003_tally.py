"""Sums kept ready for pages, and how far they and the checks have come."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _group() -> list[sa.Column[int] | sa.Column[str]]:
    return [
        sa.Column("profile", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("month", sa.String(7), primary_key=True),
    ]


def upgrade() -> None:
    op.create_table(
        "tally",
        *_group(),
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("amount", sa.Double, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    hours = [sa.Column(name, sa.Integer, nullable=False) for name in ("since_hour", "until_hour")]
    op.create_table("stale", *_group(), *hours, sqlite_with_rowid=False)
    op.create_table(
        "progress",
        sa.Column("name", sa.String(16), primary_key=True),
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("root", sa.String(64), nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
