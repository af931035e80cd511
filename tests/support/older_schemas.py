"""Rows of one database in another that has an older schema."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import MetaData, insert, select

from judge.db.models import Base
from judge.db.session import Database

Rows = dict[str, list[dict[str, Any]]]


def rows_of(db: Database) -> Rows:
    """All rows of a database by table, whatever schema it has."""
    schema = MetaData()
    with db.read() as session:
        schema.reflect(session.connection())
        return {
            table.name: [dict(row) for row in session.execute(select(table)).mappings()]
            for table in schema.sorted_tables
        }


def fill(db: Database, rows: Rows) -> Rows:
    """Put the rows into a database, as far as its schema has tables and columns for them. Returns
    what was stored."""
    old = MetaData()
    stored: Rows = {}
    with db.write() as session:
        old.reflect(session.connection())
        for name, columns in _known(old):
            held = [{key: row[key] for key in row.keys() & columns} for row in rows[name]]
            if held:
                session.execute(insert(old.tables[name]), held)
            stored[name] = held
    return stored


def _known(old: MetaData) -> Iterator[tuple[str, set[str]]]:
    """Names and columns of the tables that the older schema and today's have, referenced tables
    first."""
    for table in Base.metadata.sorted_tables:
        if table.name in old.tables:
            # Numbers that the database gives out itself go on from where it is.
            given = (
                {table.autoincrement_column.name}
                if table.autoincrement_column is not None
                else set()
            )
            yield table.name, {one.name for one in old.tables[table.name].columns} - given
