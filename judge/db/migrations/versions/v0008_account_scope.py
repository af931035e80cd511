"""Tokens that could do all that a user may can still change the account: scope `account`."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ALL_BEFORE = {"read", "submit", "teams"}


def upgrade() -> None:
    """Apply."""
    token = sa.table("token", sa.column("id", sa.Text()), sa.column("scopes", sa.JSON()))
    connection = op.get_bind()
    for id_, scopes in connection.execute(sa.select(token.c.id, token.c.scopes)).all():
        held = json.loads(scopes) if isinstance(scopes, str) else scopes
        if set(held) >= _ALL_BEFORE and "account" not in held:
            wanted = [*(one for one in held if one != "admin"), "account"]
            wanted += ["admin"] if "admin" in held else []
            change = sa.update(token).where(token.c.id == id_).values(scopes=wanted)
            connection.execute(change)
