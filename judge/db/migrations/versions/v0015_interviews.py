"""Mock interviews: tables `interview`, `sitting` with its rounds, tasks and submissions, and
`interview_assignment`."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create the tables of mock interviews."""
    op.create_table(
        "interview",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("rounds", sa.JSON(), nullable=False),
        sa.Column("withdrawn_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_interview"),
    )
    op.create_table(
        "sitting",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("interview", sa.Text(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("ends_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_sitting_user_id"),
        sa.ForeignKeyConstraint(["interview"], ["interview.name"], name="fk_sitting_interview"),
        sa.PrimaryKeyConstraint("id", name="pk_sitting"),
    )
    op.create_index("ix_sitting_user_id_ends_at", "sitting", ["user_id", "ends_at"])
    op.create_table(
        "sitting_round",
        sa.Column("sitting_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("starts_at", sa.Double(), nullable=False),
        sa.Column("ends_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name="fk_sitting_round_sitting_id"),
        sa.PrimaryKeyConstraint("sitting_id", "position", name="pk_sitting_round"),
    )
    op.create_table(
        "sitting_task",
        sa.Column("sitting_id", sa.Text(), nullable=False),
        sa.Column("problem_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name="fk_sitting_task_sitting_id"),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name="fk_sitting_task_problem_id"),
        sa.ForeignKeyConstraint(
            ["sitting_id", "round"],
            ["sitting_round.sitting_id", "sitting_round.position"],
            name="fk_sitting_task_sitting_id_round",
        ),
        sa.PrimaryKeyConstraint("sitting_id", "problem_id", name="pk_sitting_task"),
    )
    op.create_table(
        "sitting_submission",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("sitting_id", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name="fk_sitting_submission_submission_id"
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name="fk_sitting_submission_sitting_id"
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id", "round"],
            ["sitting_round.sitting_id", "sitting_round.position"],
            name="fk_sitting_submission_sitting_id_round",
        ),
        sa.PrimaryKeyConstraint("submission_id", name="pk_sitting_submission"),
    )
    op.create_index("ix_sitting_submission_sitting_id", "sitting_submission", ["sitting_id"])
    op.create_table(
        "interview_assignment",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("interview", sa.Text(), nullable=False),
        sa.Column("assigned_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name="fk_interview_assignment_team_id"),
        sa.ForeignKeyConstraint(
            ["interview"], ["interview.name"], name="fk_interview_assignment_interview"
        ),
        sa.PrimaryKeyConstraint("team_id", "interview", name="pk_interview_assignment"),
    )
