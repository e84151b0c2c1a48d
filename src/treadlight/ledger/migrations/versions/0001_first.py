"""The first schema. Written out, not taken from `schema.py`: a migration must not change when the schema does."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _seq() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    return sa.Column("seq", kind, primary_key=True, autoincrement=False)


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def upgrade() -> None:
    hashes = [sa.Column(name, sa.String(64), nullable=False) for name in ("prev", "hash")]
    op.create_table("entry", _seq(), *_text("at", "id", "kind", "body"), *hashes)
    op.create_index("ix_entry_id", "entry", ["id", "seq"])
    texts = ("zone", "region", "site", "cause", "uncertainty", "method", "component", "stage", "project", "team")
    op.create_table(
        "profile",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        *_text("flow"),
        sa.Column("year", sa.Integer, nullable=False),
        *_text(*texts),
        sa.UniqueConstraint("flow", "year", *texts, name="uq_profile"),
    )
    op.create_table(
        "activity",
        _seq(),
        *_text("id"),
        sa.Column("profile", sa.Integer, nullable=False),
        *_text("start"),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("amount", sa.Double, nullable=False),
        *_text("run"),
        sa.Column("superseded", sa.SmallInteger, nullable=False),
    )
    op.create_index("ix_activity_id", "activity", ["id"], unique=True)
    op.create_index("ix_activity_sum", "activity", ["superseded", "profile", "hour", "amount"])
    op.create_index("ix_activity_run", "activity", ["run"])
    op.create_table("correction", _seq(), *_text("id", "supersedes"))
    op.create_index("ix_correction_id", "correction", ["id"], unique=True)
    op.create_index("ix_correction_supersedes", "correction", ["supersedes"])
    op.create_table(
        "run",
        _seq(),
        *_text("id", "name", "status", "start"),
        sa.Column("duration_s", sa.Double, nullable=False),
        *_text("stage", "project", "team"),
    )
    op.create_index("ix_run_id", "run", ["id"], unique=True)
    op.create_index("ix_run_start", "run", ["start"])
    op.create_table("part", _seq(), *_text("id", "kind", "run"))
    op.create_index("ix_part_id", "part", ["id"], unique=True)
    op.create_index("ix_part_run", "part", ["run"])
