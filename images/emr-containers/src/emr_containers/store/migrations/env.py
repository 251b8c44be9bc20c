"""Alembic's environment: it runs the migrations on the connection, and in the transaction, that `store.upgrade` gives.

Alembic executes this file; nothing imports it.
"""

from alembic import context

from emr_containers.store.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
