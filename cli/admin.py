"""`shousi admin`. The commands in this file run on the server's machine and use its database
directly; those in `cli.administering` and `cli.operating` go over HTTP."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from cli import administering, operating
from cli.asking import moment
from cli.backup import back_up, restore
from cli.client import server_url
from cli.launcher.serve import ADMIN, install_problems, prepare
from cli.submitting import fail
from judge.accounts import management as accounts
from judge.accounts import users
from judge.accounts.management import sign_in_link
from judge.boards.rebuild import rebuild
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.errors import NotFoundError, ShousiError
from judge.limits import MIB
from judge.private_home import keep_private
from judge.settings import get_settings

app = typer.Typer(help="Administer the service.", no_args_is_help=True)
# Their commands are listed beside those below.
app.add_typer(administering.app)
app.add_typer(operating.app)


@contextmanager
def _database() -> Iterator[Database]:
    """Open this machine's database and migrate it. An error becomes one line and exit status 2."""
    try:
        keep_private(get_settings().home)
        with closing(Database(get_settings().database_url)) as db:
            upgrade(db)
            yield db
    except (ShousiError, OSError) as error:
        raise fail(error) from error


@app.command("prepare")
def prepare_database() -> None:
    """Migrate the database and install the problems; the first start also makes user `admin`."""
    try:
        keep_private(get_settings().home)
        keys = prepare(get_settings())
        install_problems(get_settings())
    except (ShousiError, OSError) as error:
        raise fail(error) from error
    if keys:
        sys.stdout.write(f"admin token: {keys.token}\n")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="The new admin's name.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print name and token as JSON.")] = False,
) -> None:
    """Make an admin and print the token with which they sign in."""
    with _database() as db:
        admin = users.create_admin(db, name)
        # It has no password: the token is the only way in, and doesn't expire.
        token, _ = users.issue_token(db, admin.id, name="shousi admin create", ttl_s=None)
    said = (
        json.dumps({"name": admin.name, "token": token})
        if as_json
        else f"admin {admin.name}\ntoken: {token}"
    )
    sys.stdout.write(said + "\n")


@app.command()
def link(
    name: Annotated[str, typer.Argument(help="The user whom the link signs in.")] = ADMIN,
    as_json: Annotated[bool, typer.Option("--json", help="Print name and link as JSON.")] = False,
) -> None:
    """Print a link that signs a browser in once, within a day; older links stay valid."""
    with _database() as db:
        user = users.find_user(db, name)
        if user is None:
            raise NotFoundError(f"There is no user {name!r}; `shousi admin create` makes an admin")
        made = sign_in_link(server_url(get_settings().home), accounts.issue_link(db, user.id))
    sys.stdout.write((json.dumps({"name": user.name, "link": made}) if as_json else made) + "\n")


@app.command("rebuild-boards")
def rebuild_boards() -> None:
    """Recompute every board from the submissions; judging goes on meanwhile."""
    with _database() as db:
        counted = rebuild(db)
    sys.stdout.write(f"boards made again from {counted} submissions\n")


@app.command("backup")
def write_backup(
    file: Annotated[
        Path, typer.Argument(help="The file to write; replaced only by a complete backup.")
    ],
) -> None:
    """Write all that the service stores into one file, while the service runs."""
    # SystemExit removes the unfinished backup; `cli.backup` says what happens after SIGKILL.
    signal.signal(signal.SIGTERM, _leave)
    try:
        made = back_up(get_settings(), file)
        size_mib = file.stat().st_size / MIB
    except (ShousiError, OSError) as error:
        raise fail(error) from error
    sys.stdout.write(f"{file}: {size_mib:.1f} MiB, schema {made.schema}\n")
    if made.settings:
        sys.stdout.write(f"not in it, keep them yourself: {', '.join(made.settings)}\n")


@app.command("restore")
def restore_backup(
    file: Annotated[Path, typer.Argument(help="A file that `shousi admin backup` wrote.")],
) -> None:
    """Restore FILE into an empty home, or into an empty PostgreSQL database."""
    try:
        made = restore(get_settings(), file)
    except (ShousiError, OSError) as error:
        raise fail(error) from error
    at = moment(made.made_at)
    sys.stdout.write(f"restored as it was at {at}; `shousi serve` or `shousi admin prepare` next\n")
    if made.settings:
        sys.stdout.write(f"set again: {', '.join(made.settings)}\n")


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)
