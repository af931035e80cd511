"""Alembic's folder; `judge.db.migrate.upgrade` runs it."""
