"""INSERT that gives way to a row that is there already, on both databases."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from judge.db.models import Base


def insert_new(session: Session, model: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert one row; False, and nothing changed, when a unique key is taken."""
    postgres = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if postgres else sqlite.insert
    table = Base.metadata.tables[model.__tablename__]
    statement = insert(table).values(**values).on_conflict_do_nothing()
    return changed(session, statement) == 1


def changed(session: Session, statement: Any) -> int:
    """Execute INSERT, UPDATE or DELETE and count the rows that it met."""
    options = {"synchronize_session": False, "preserve_rowcount": True}
    result = session.execute(statement, execution_options=options)
    assert isinstance(result, CursorResult)
    return result.rowcount


def put(session: Session, model: type[Base], values: Mapping[str, Any]) -> None:
    """Insert one row, or overwrite the one that has its primary key."""
    postgres = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if postgres else sqlite.insert
    table = Base.metadata.tables[model.__tablename__]
    keys = {column.name for column in table.primary_key}
    rest = {name: value for name, value in values.items() if name not in keys}
    statement = (
        insert(table).values(**values).on_conflict_do_update(index_elements=sorted(keys), set_=rest)
    )
    session.execute(statement)
