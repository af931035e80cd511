"""INSERT ... ON CONFLICT, for both databases."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import CursorResult, Insert, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from judge.db.models import Base


def insert_new(session: Session, model: type[Base], values: Mapping[str, Any]) -> bool:
    """Insert one row. False if a unique key is taken; then nothing is changed."""
    return changed(session, _inserting_new(model, _is_postgres(session)), values) == 1


def insert_all(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many rows, in their order, by one prepared statement."""
    session.connection().execute(_inserting(model), rows)


# Built once, not for each call: building a statement takes longer than running it.
@cache
def _inserting(model: type[Base]) -> Insert:
    return insert(Base.metadata.tables[model.__tablename__])


def insert_all_new(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert the rows whose unique keys are free; return how many those are."""
    return changed(session, _inserting_new(model, _is_postgres(session)), rows)


@cache
def _inserting_new(model: type[Base], postgres: bool) -> Insert:
    dialect = postgresql if postgres else sqlite
    statement = dialect.insert(Base.metadata.tables[model.__tablename__])
    inserting: Insert = statement.on_conflict_do_nothing()
    return inserting


def _is_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def changed(
    session: Session,
    statement: Any,
    values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
) -> int:
    """Execute INSERT, UPDATE or DELETE for each of `values`; the number of rows changed."""
    # Unless told otherwise, SQLAlchemy keeps the count for UPDATE and DELETE only.
    options = {"synchronize_session": False, "preserve_rowcount": True}
    result = session.execute(statement, values, execution_options=options)
    assert isinstance(result, CursorResult)
    return result.rowcount


def put(session: Session, model: type[Base], values: Mapping[str, Any]) -> None:
    """Insert one row, or overwrite the one that has its primary key."""
    session.execute(_putting(model, _is_postgres(session), tuple(values)), values)


@cache
def _putting(model: type[Base], postgres: bool, names: tuple[str, ...]) -> Insert:
    dialect = postgresql if postgres else sqlite
    table = Base.metadata.tables[model.__tablename__]
    keys = {column.name for column in table.primary_key}
    statement = dialect.insert(table)
    rest = {name: statement.excluded[name] for name in names if name not in keys}
    putting: Insert = statement.on_conflict_do_update(index_elements=sorted(keys), set_=rest)
    return putting
