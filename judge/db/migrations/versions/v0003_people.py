"""Boards, teams, fair order of judgings, sessions and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0001"

_STANDING = "state <> 'done'"


def upgrade() -> None:
    """Add the tables of boards, teams and admins, and the columns of turns and sessions."""
    _turns()
    _sessions()
    _boards()
    _board_sums()
    _teams()
    _practice()
    _admin()


def _turns() -> None:
    op.add_column("judging", sa.Column("user_id", sa.Text(), nullable=True))
    op.add_column("judging", sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE judging SET user_id = "
        "(SELECT user_id FROM submission WHERE submission.id = judging.submission_id)"
    )
    op.create_index(
        "ix_judging_standing_user_id",
        "judging",
        ["user_id"],
        sqlite_where=sa.text(_STANDING),
        postgresql_where=sa.text(_STANDING),
    )
    op.create_index(
        "ix_judging_turn",
        "judging",
        ["queue", "turn", "id"],
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )


def _sessions() -> None:
    op.add_column("token", sa.Column("kind", sa.Text(), nullable=False, server_default="bearer"))
    op.add_column("problem", sa.Column("withdrawn_at", sa.Double(), nullable=True))


def _boards() -> None:
    op.create_table(
        "judged",
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("judging_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("problem_id", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.Double(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("median_s", sa.Double(), nullable=True),
        sa.Column("low_s", sa.Double(), nullable=True),
        sa.Column("high_s", sa.Double(), nullable=True),
        sa.Column("num_timings", sa.Integer(), nullable=False),
        _of("judged", "submission_id", "submission.id"),
        _of("judged", "judging_id", "judging.id"),
        _of("judged", "user_id", "user.id"),
        _of("judged", "problem_id", "problem.id"),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_judged")),
    )
    by_time = ["user_id", "problem_id", "submitted_at", "verdict"]
    op.create_index("ix_judged_user_problem_time", "judged", by_time)
    op.create_index("ix_judged_user_id_day", "judged", ["user_id", "day", "verdict"])
    op.create_table(
        "timing",
        sa.Column("judging_id", sa.Text(), nullable=False),
        sa.Column("cpu_s", sa.JSON(), nullable=False),
        sa.Column("tried", sa.BigInteger(), nullable=False),
        _of("timing", "judging_id", "judging.id"),
        sa.PrimaryKeyConstraint("judging_id", name=op.f("pk_timing")),
    )


def _board_sums() -> None:
    op.create_table(
        "board_cell",
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("problem_id", sa.Text(), nullable=False),
        sa.Column("solved_at", sa.Double(), nullable=True),
        sa.Column("num_judged", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        _of("board_cell", "user_id", "user.id"),
        _of("board_cell", "problem_id", "problem.id"),
        sa.PrimaryKeyConstraint("board", "user_id", "problem_id", name=op.f("pk_board_cell")),
    )
    op.create_index("ix_board_cell_problem_id", "board_cell", ["problem_id"])
    op.create_table(
        "board_row",
        sa.Column("board", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("deficit", sa.Integer(), nullable=False),
        sa.Column("num_solved", sa.Integer(), nullable=False),
        sa.Column("last_gain_at", sa.Double(), nullable=False),
        _of("board_row", "user_id", "user.id"),
        sa.PrimaryKeyConstraint("board", "user_id", name=op.f("pk_board_row")),
    )
    order = ["board", "listed", "deficit", "last_gain_at", "user_id"]
    op.create_index("ix_board_row_order", "board_row", order)
    op.create_index("ix_board_row_user_id", "board_row", ["user_id"])
    op.create_table(
        "fastest_solve",
        sa.Column("problem_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("submission_id", sa.Text(), nullable=False),
        sa.Column("judging_id", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("submitted_at", sa.Double(), nullable=False),
        sa.Column("median_s", sa.Double(), nullable=False),
        sa.Column("low_s", sa.Double(), nullable=False),
        sa.Column("high_s", sa.Double(), nullable=False),
        sa.Column("num_timings", sa.Integer(), nullable=False),
        _of("fastest_solve", "problem_id", "problem.id"),
        _of("fastest_solve", "user_id", "user.id"),
        _of("fastest_solve", "submission_id", "submission.id"),
        _of("fastest_solve", "judging_id", "judging.id"),
        sa.PrimaryKeyConstraint("problem_id", "user_id", name=op.f("pk_fastest_solve")),
    )
    fastest = ["problem_id", "listed", "low_s", "user_id"]
    op.create_index("ix_fastest_solve_order", "fastest_solve", fastest)
    op.create_index("ix_fastest_solve_num_timings", "fastest_solve", ["num_timings"])


def _teams() -> None:
    op.create_table(
        "team",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        _of("team", "owner_id", "user.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("slug", name=op.f("uq_team_slug")),
    )
    op.create_table(
        "team_member",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("joined_at", sa.Double(), nullable=False),
        _of("team_member", "team_id", "team.id"),
        _of("team_member", "user_id", "user.id"),
        sa.PrimaryKeyConstraint("team_id", "user_id", name=op.f("pk_team_member")),
    )
    op.create_index("ix_team_member_user_id", "team_member", ["user_id"])
    op.create_table(
        "invitation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=True),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("revoked_at", sa.Double(), nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        _of("invitation", "team_id", "team.id"),
        _of("invitation", "created_by", "user.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_invitation_secret_hash")),
    )
    op.create_index("ix_invitation_team_id", "invitation", ["team_id"])


def _practice() -> None:
    op.create_table(
        "practice_set",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.Double(), nullable=True),
        sa.Column("ends_at", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        _of("practice_set", "team_id", "team.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_set")),
    )
    op.create_index("ix_practice_set_team_id", "practice_set", ["team_id"])
    op.create_table(
        "practice_problem",
        sa.Column("set_id", sa.Text(), nullable=False),
        sa.Column("problem_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        _of("practice_problem", "set_id", "practice_set.id"),
        _of("practice_problem", "problem_id", "problem.id"),
        sa.PrimaryKeyConstraint("set_id", "problem_id", name=op.f("pk_practice_problem")),
    )
    op.create_index("ix_practice_problem_problem_id", "practice_problem", ["problem_id"])


def _admin() -> None:
    op.create_table(
        "audit_entry",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        _of("audit_entry", "actor_id", "user.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_audit_entry_actor_id_id", "audit_entry", ["actor_id", "id"])
    op.create_table(
        "secret",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_secret")),
    )
    op.create_table(
        "repeated_request",
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("body_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_repeated_request")),
    )
    op.create_index("ix_repeated_request_created_at", "repeated_request", ["created_at"])


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [other], name=op.f(f"fk_{table}_{column}"))
