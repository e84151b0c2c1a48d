"""Alembic's entry: runs migrations on the connection that `treadlight.ledger.migrate` hands over."""

from alembic import context

from treadlight.ledger.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
