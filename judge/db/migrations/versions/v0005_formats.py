"""More of the package format: validators, groups with scores, a package's own files."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_COLUMNS = {
    "problem_version": ("validator", "grading", "extras"),
    "test_case": ("settings",),
}


def upgrade() -> None:
    """Add the columns for validators, grading, extra files and test settings, and for scores."""
    for table, names in _COLUMNS.items():
        for name in names:
            op.add_column(table, sa.Column(name, sa.JSON(), nullable=True))
    op.add_column("test_result", sa.Column("score", sa.Double(), nullable=True))
    op.add_column("test_result", sa.Column("detail", sa.Text(), nullable=True))
