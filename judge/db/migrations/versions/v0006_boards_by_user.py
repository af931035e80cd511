"""Indexes that find one user's rows on the boards without reading everybody's."""

from alembic import op

revision = "0006"
down_revision = "0005"

_TABLES = ("board_cell", "fastest_solve")


def upgrade() -> None:
    """Add an index on `user_id` to two tables of the boards."""
    for table in _TABLES:
        op.create_index(f"ix_{table}_user_id", table, ["user_id"])
