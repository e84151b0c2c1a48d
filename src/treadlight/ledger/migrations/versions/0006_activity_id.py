"""An activity's id stands once, in its entry: a second index of it cost each writer more than it told any reader."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.drop_index("ix_activity_id", "activity")
    op.drop_column("activity", "id")
