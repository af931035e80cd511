"""Alembic's entry: runs the migrations on the connection that `upgrade` hands over."""

from alembic import context

from judge.db import background_models
from judge.db.models import Base

# To import them makes their tables part of the metadata.
assert background_models.Chore.metadata is Base.metadata
# The caller holds the transaction, so that all migrations are kept or none.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
