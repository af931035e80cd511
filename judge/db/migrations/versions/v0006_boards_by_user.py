"""One user's lines on the boards are found without reading everybody's."""

from alembic import op

revision = "0006"
down_revision = "0005"

_TABLES = ("board_cell", "fastest_solve")


def upgrade() -> None:
    """Apply."""
    for table in _TABLES:
        op.create_index(f"ix_{table}_user_id", table, ["user_id"])
