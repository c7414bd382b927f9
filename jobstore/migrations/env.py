"""What alembic runs: the versions, on the connection and in the transaction of whoever opened the ledger."""

from alembic import context

from jobstore.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
