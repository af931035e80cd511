"""Keeps stored values out of the texts of PostgreSQL's errors, which end in logs.

SQLAlchemy hides a statement's parameters, but the server's own message repeats values in its
details: `Failing row contains (...)` shows a whole row, with its secrets and its source.
"""

from typing import Any

from sqlalchemy.engine import ExceptionContext

_WITH_VALUES = "22"
"""The class of SQLSTATEs of wrong values: there even the first line may repeat the value."""
_CONFLICTS = "40"
"""The class of conflicts between transactions: their details name processes and tables, which a
reader of a deadlock needs."""


def drop_values(context: ExceptionContext) -> None:
    """Shorten an error of PostgreSQL to what has no values; a listener of `handle_error`.

    It changes the driver's exception and SQLAlchemy's, because a traceback shows both.
    """
    error: Any = context.original_exception
    state = getattr(error, "sqlstate", None)
    # Without one the text is the driver's own, for instance about a lost connection.
    if state is None or state.startswith(_CONFLICTS):
        return
    whole = str(error)
    said = error.diag.message_primary
    if said is None or state.startswith(_WITH_VALUES):
        said = f"{type(error).__name__} ({state})"
    error.args = (said,)
    outer = context.sqlalchemy_exception
    if outer is not None:
        outer.args = tuple(str(part).replace(whole, said) for part in outer.args)
