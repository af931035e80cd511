"""Uploads and their chores, known mistakes, and rejudges that are applied later."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the tables of chores, uploads, mutants and rejudges, and the column `diagnosis`."""
    op.add_column("judging", sa.Column("diagnosis", sa.JSON(), nullable=True))
    _chores()
    _uploads()
    _mutants()
    _rejudges()


def _chores() -> None:
    op.create_table(
        "chore",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("enqueued_at", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chore")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_chore_kind_subject")),
    )
    op.create_index("ix_chore_state_lease_until", "chore", ["state", "lease_until"])


def _uploads() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("version_id", sa.Text(), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_upload_user_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["problem_version.id"], name=op.f("fk_upload_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index("ix_upload_version_id", "upload", ["version_id"])
    op.create_table(
        "upload_part",
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name=op.f("fk_upload_part_upload_id")
        ),
        sa.PrimaryKeyConstraint("upload_id", "position", name=op.f("pk_upload_part")),
    )
    op.create_table(
        "upload_event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("upload_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name=op.f("fk_upload_event_upload_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_upload_event_upload_id_id", "upload_event", ["upload_id", "id"])


def _mutants() -> None:
    op.create_table(
        "mutant",
        sa.Column("package_sha256", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.Column("outputs", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("package_sha256", "path", name=op.f("pk_mutant")),
    )


def _rejudges() -> None:
    op.create_table(
        "rejudge",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("problem_id", sa.Text(), nullable=False),
        sa.Column("version_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("applied_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["problem_id"], ["problem.id"], name=op.f("fk_rejudge_problem_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_rejudge_user_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["problem_version.id"], name=op.f("fk_rejudge_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejudge")),
    )
    op.create_index("ix_rejudge_problem_id", "rejudge", ["problem_id"])
    op.create_table(
        "rejudge_item",
        sa.Column("rejudge_id", sa.Text(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("before_id", sa.Text(), nullable=False),
        sa.Column("after_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["after_id"], ["judging.id"], name=op.f("fk_rejudge_item_after_id")
        ),
        sa.ForeignKeyConstraint(
            ["before_id"], ["judging.id"], name=op.f("fk_rejudge_item_before_id")
        ),
        sa.ForeignKeyConstraint(
            ["rejudge_id"], ["rejudge.id"], name=op.f("fk_rejudge_item_rejudge_id")
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_rejudge_item_submission_id")
        ),
        sa.PrimaryKeyConstraint("rejudge_id", "submission_id", name=op.f("pk_rejudge_item")),
    )
