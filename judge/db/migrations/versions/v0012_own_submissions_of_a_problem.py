"""An index that finds one user's submissions to one problem."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "ix_submission_user_id_problem_id_id", "submission", ["user_id", "problem_id", "id"]
    )
