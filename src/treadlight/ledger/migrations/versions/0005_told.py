"""Runs that go on, as their senders tell of them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "told",
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "body", "project")),
        sa.Column("duration_s", sa.Float, nullable=False),
        sa.Column("heard_at", sa.Text, nullable=False),
    )
