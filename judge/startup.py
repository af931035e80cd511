"""Checks before a process serves: whether its settings lead to a database and a broker that it can
work with. Each failure is one line for a person, and comes before anything is started."""

import sys

import structlog
from redis.exceptions import AuthenticationError, RedisError, ResponseError

from judge import broker
from judge.db.migrate import check_schema
from judge.db.session import ENCODED, Database
from judge.errors import InvalidError, ShousiError, UnavailableError
from judge.monitoring import ping
from judge.settings import (
    Settings,
    get_settings,
    names_given,
    unknown_variables,
    without_password,
)

log = structlog.get_logger(__name__)

_TIMEOUT_S = 3.0


def checked_settings(*, strictly: bool) -> Settings:
    """The environment's settings. Ends the process with a line if they are wrong or lead to no
    usable database and broker; with `strictly` also if the broker doesn't answer or the database
    needs migrations first."""
    try:
        settings = get_settings()
        _check_admin_password(settings)
        check_broker(settings, must_answer=strictly)
        check_database(settings, is_current=strictly)
    except (ShousiError, OSError) as error:
        sys.exit(f"shousi: {error}")
    return settings


def _check_admin_password(settings: Settings) -> None:
    if settings.admin_password:
        # Imported here: hashing takes a while to load, and most services have no such setting.
        from judge.accounts.passwords import checked_password

        try:
            checked_password(settings.admin_password)
        except InvalidError as error:
            raise ShousiError(f"SHOUSI_ADMIN_PASSWORD: {error}") from error


def check_database(settings: Settings, *, is_current: bool) -> None:
    """Raise ShousiError if the database can't be reached, refuses us, or is of a newer release;
    with `is_current` also if it needs migrations first."""
    db = Database(settings.database_url, keep_connections=False)
    try:
        ping(db)
        check_schema(db, is_current=is_current)
    except UnavailableError as error:
        where = without_password(settings.database_url)
        raise ShousiError(f"SHOUSI_DATABASE_URL {where}: {error}") from error
    finally:
        db.close()


def check_broker(settings: Settings, *, must_answer: bool) -> None:
    """Raise ShousiError if the broker's URL is invalid or the broker refuses us; with `must_answer`
    also if it doesn't answer. The API takes submissions without a broker."""
    shown = without_password(settings.broker_url)
    where = f"SHOUSI_BROKER_URL {shown}"
    try:
        client = broker.connect(settings.broker_url, _TIMEOUT_S)
    except ValueError as error:
        # The error may name a part of the password, taken for the port.
        why = str(error) if shown == settings.broker_url else f"it can't be read; {ENCODED}"
        raise ShousiError(f"{where}: {why}") from error
    try:
        with client:
            client.ping()
    except (AuthenticationError, ResponseError) as error:
        raise ShousiError(f"{where}: the broker refuses us: {error}") from error
    except (RedisError, OSError) as error:
        if must_answer:
            raise ShousiError(f"{where}: {error}") from error


def warn_of_unknown_variables() -> None:
    """Log the variables that look like settings and are none."""
    for name, meant in unknown_variables(names_given()).items():
        log.warning("no setting has this name", variable=name, perhaps_meant=meant)
