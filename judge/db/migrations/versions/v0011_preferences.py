"""Theme and language of the pages are kept with the account: columns of `user`."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply."""
    for name in ("theme", "language"):
        op.add_column("user", sa.Column(name, sa.Text()))
