"""The scope `account`, for tokens that could already do all that a user may."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ALL_BEFORE = {"read", "submit", "teams"}


def upgrade() -> None:
    """Add the scope `account` to each token that has all other scopes of a user."""
    token = sa.table("token", sa.column("id", sa.Text()), sa.column("scopes", sa.JSON()))
    connection = op.get_bind()
    for id_, scopes in connection.execute(sa.select(token.c.id, token.c.scopes)).all():
        held = json.loads(scopes) if isinstance(scopes, str) else scopes
        if set(held) >= _ALL_BEFORE and "account" not in held:
            wanted = [*(one for one in held if one != "admin"), "account"]
            wanted += ["admin"] if "admin" in held else []
            change = sa.update(token).where(token.c.id == id_).values(scopes=wanted)
            connection.execute(change)
