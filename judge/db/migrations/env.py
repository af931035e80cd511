"""Alembic's entry: runs the migrations on the connection that `upgrade` hands over."""

from alembic import context

from judge.db import (  # noqa: F401 - they add their tables to Base
    background_models,
    batch_models,
    board_models,
    interview_models,
    team_models,
    webhook_models,
)
from judge.db.models import Base

# The caller holds the transaction, so that all migrations are committed or none.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
