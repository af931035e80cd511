"""Webhooks and teams' events: tables `webhook`, `webhook_delivery` and `team_event`."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Create the three tables."""
    op.create_table(
        "webhook",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=True),
        sa.Column("problem_id", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_webhook_user_id"),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_webhook_team_id"),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name="fk_webhook_problem_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
    )
    for column in ("user_id", "team_id", "problem_id"):
        op.create_index(f"ix_webhook_{column}", "webhook", [column])
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("webhook_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("about_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("enqueued_at", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name="fk_webhook_delivery_webhook_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_webhook_delivery_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_delivery"),
    )
    for columns in (["state", "due_at"], ["webhook_id", "id"], ["user_id", "state"]):
        op.create_index(f"ix_webhook_delivery_{'_'.join(columns)}", "webhook_delivery", columns)
    op.create_table(
        "team_event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_team_event_team_id"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_team_event_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_team_event"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_team_event_team_id_id", "team_event", ["team_id", "id"])
    op.create_index("ix_team_event_user_id", "team_event", ["user_id"])
