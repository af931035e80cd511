"""Single sign-on: table `linked_identity`, column `address` of `user`."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Create the table, and add the column with a unique index."""
    op.add_column("user", sa.Column("address", sa.Text(), nullable=True))
    op.create_index("ix_user_address", "user", ["address"], unique=True)
    op.create_table(
        "linked_identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_linked_identity_user_id"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_linked_identity"),
        sa.UniqueConstraint("user_id", "issuer", name="uq_linked_identity_user_id_issuer"),
    )
