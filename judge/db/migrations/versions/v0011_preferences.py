"""The pages' theme and language, stored with the account: columns of `user`."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the columns `theme` and `language` to `user`."""
    for name in ("theme", "language"):
        op.add_column("user", sa.Column(name, sa.Text()))
