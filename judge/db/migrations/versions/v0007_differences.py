"""Messages as data, beside the sentence in English."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_TABLES = ("judging", "test_result")


def upgrade() -> None:
    """Add the column `difference` to judgings and test results."""
    for table in _TABLES:
        op.add_column(table, sa.Column("difference", sa.JSON(), nullable=True))
