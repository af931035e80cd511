"""`shousi serve`: run the whole service on this machine, as `make run` does.

The launcher starts the embedded Valkey (unless the settings name a broker), migrates the database,
listens on the port, starts the processes of the API and the worker, installs the problems while the
worker loads torch, and keeps all of them running (see `cli.launcher.services`). It prints
`ready: URL` once submissions can be judged; the first start also prints the admin's token and a
link that signs a browser in once.
"""

import fcntl
import http.client
import os
import socket
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.console import Console

from cli.client import LOCAL_TOKEN, LOCAL_URL
from cli.files import write_whole
from cli.launcher.api_processes import api_services, own_options
from cli.launcher.broker import EmbeddedValkey
from cli.launcher.parent_death import die_with_parent
from cli.launcher.services import ProcessService, Service, Supervisor, tell
from cli.output import say_error
from judge import listening, workers
from judge.accounts import management as accounts
from judge.accounts import users
from judge.accounts.management import sign_in_link
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.errors import ShousiError
from judge.interviews.catalogue import install_interviews
from judge.private_home import keep_private
from judge.problem_package.complaints import PackageError
from judge.problem_package.load import load
from judge.problem_package.package import ProblemPackage
from judge.problems.publish import install
from judge.settings import Settings, get_settings
from judge.startup import check_broker

READY_TIMEOUT_S = 60.0
READY_POLL_S = 0.05
ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class FirstKeys:
    """The first admin's keys: a token for scripts, the secret of a one-time link for a browser."""

    token: str
    link: str


def serve(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the web server (SHOUSI_PORT).")
    ] = None,
    exit_with_parent: Annotated[
        bool, typer.Option(help="Stop when the process that started this one ends.")
    ] = False,
) -> None:
    """Serve API, worker, broker and database on this machine until Ctrl-C or SIGTERM."""
    if exit_with_parent:
        die_with_parent(os.getppid())
    settings = with_port(get_settings(), port)
    try:
        keep_private(settings.home)
        say_sandbox(settings)
        if "broker_url" in settings.model_fields_set:
            check_broker(settings, must_answer=False)
        with only_launcher(settings.home), embedded_broker(settings) as broker:
            with closing(Database(settings.database_url)) as db:
                migrate(db)
                is_first = awaits_keys(db, settings)
            keep_running(settings, broker, is_first=is_first)
    except (ShousiError, OSError) as error:
        say_error(error, Console(stderr=True))
        raise typer.Exit(1) from error


def say_sandbox(settings: Settings) -> None:
    """Raise ShousiError, with the remedy, if no sandbox works; warn if it is a weak one."""
    # Imported here: other commands needn't wait for the sandbox's modules.
    from worker.sandbox.base import SandboxError
    from worker.sandbox.choice import choose
    from worker.sandbox.private_folders import private_folders

    python = str(settings.runner_python.absolute())
    try:
        choice = choose(
            settings.sandbox,
            settings.docker_runtime,
            settings.sandbox_dir,
            python,
            private_folders(settings),
        )
    except SandboxError as error:
        raise ShousiError(str(error)) from error
    if choice.warning:
        tell(f"sandbox {choice.backend} ({choice.why}): {choice.warning}", sys.stdout)


def with_port(settings: Settings, port: int | None) -> Settings:
    return settings if port is None else settings.model_copy(update={"port": port})


@contextmanager
def only_launcher(home: Path) -> Iterator[IO[str]]:
    """Hold the home's lock. Raises ShousiError if another launcher holds it."""
    path = home / "launcher.lock"
    try:
        opened = path.open("a+")
    except OSError as error:
        raise ShousiError(
            f"{path} can't be written: {error.strerror}; set SHOUSI_HOME to a folder of your own"
        ) from error
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ShousiError(
                f"{home} is served already; stop that one, or set SHOUSI_HOME to another folder"
            ) from error
        yield lock


@contextmanager
def embedded_broker(settings: Settings) -> Iterator[Sequence[Service]]:
    """Run the embedded Valkey during the block, unless SHOUSI_BROKER_URL names a broker."""
    if "broker_url" in settings.model_fields_set:
        yield ()
        return
    with EmbeddedValkey(settings.home) as valkey:
        yield (valkey,)


def prepare(settings: Settings) -> FirstKeys | None:
    """Migrate the database; at the first start make the admin and return its keys."""
    with closing(Database(settings.database_url)) as db:
        migrate(db)
        return first_keys(db, settings) if awaits_keys(db, settings) else None


def migrate(db: Database) -> None:
    """Bring the database to this release's schema, without the workers of earlier starts."""
    upgrade(db)
    workers.forget_host(db, socket.gethostname())  # rows of workers that SIGKILL ended


def install_problems(settings: Settings, stopping: Callable[[], bool] = lambda: False) -> None:
    """Publish the packages in `settings.problems`, then store the interviews in
    `settings.interviews`; a broken one is skipped and named on standard error. Ends early when
    `stopping` returns True."""
    db = Database(settings.database_url)
    try:
        folders = sorted(path.parent for path in settings.problems.glob("*/problem.yaml"))
        names = {folder.name for folder in folders}
        done: set[str] = set()
        later: list[tuple[Path, ProblemPackage]] = []
        for folder in folders:
            if stopping():
                return
            try:
                package = load(folder)
            except PackageError as error:
                refuse(folder, error)
                continue
            later.append((folder, package))
            # A problem is installed only after its prerequisites.
            later = install_ready(db, later, names, done)
        # The rest has a refused prerequisite, or a cycle: installing prints why it fails.
        install_ready(db, later, set(), done)
        for name, refusal in install_interviews(db, settings.interviews).items():
            tell(f"shousi: the interview {name} is not installed: {refusal}", sys.stderr)
    finally:
        db.close()


def install_ready(
    db: Database,
    waiting: Sequence[tuple[Path, ProblemPackage]],
    awaited: Collection[str],
    done: set[str],
) -> list[tuple[Path, ProblemPackage]]:
    """Install the packages whose prerequisites among the folders `awaited` are `done`, and add them
    to `done`; return the rest."""
    left = list(waiting)
    while ready := [
        one for one in left if done.issuperset(set(one[1].prerequisites).intersection(awaited))
    ]:
        for folder, package in ready:
            try:
                install(db, package)
            except PackageError as error:
                refuse(folder, error)
            done.add(folder.name)
        left = [one for one in left if one not in ready]
    return left


def refuse(folder: Path, error: PackageError) -> None:
    tell(f"shousi: {folder.name} is not installed: {error}", sys.stderr)


def awaits_keys(db: Database, settings: Settings) -> bool:
    """Whether nobody has got the first admin's keys yet; asked before an API makes the admin."""
    if (settings.home / LOCAL_TOKEN).exists():
        return False
    # Another host of this service made the admin: don't issue one more unlimited token per host.
    return not db.is_postgres or users.find_user(db, ADMIN) is None


def first_keys(db: Database, settings: Settings) -> FirstKeys:
    """Make the user `admin` if there is none, a link, and a token, stored in home for the CLI."""
    if settings.admin_password:
        users.ensure_admin(db, settings.admin_password)
    admin = users.find_user(db, ADMIN) or users.create_admin(db, ADMIN)
    token, _ = users.issue_token(db, admin.id, name="first start", ttl_s=None)
    write_whole(settings.home / LOCAL_TOKEN, token + "\n", mode=0o600)
    return FirstKeys(token, accounts.issue_link(db, admin.id))


def keep_running(settings: Settings, broker: Sequence[Service], *, is_first: bool) -> None:
    """Start API and worker, install the problems, announce when all are ready, and keep them
    running until a signal.

    API and worker stop before the broker, which they may need until then.
    """
    sockets = listening.listen(settings.host, settings.port)
    with api_services(settings, sockets) as api:
        argv = [sys.executable, "-m", "worker"]
        worker = ProcessService("worker", argv, own_options(settings))
        # API first: it also stops first, so that no new work arrives while the worker finishes.
        supervisor = Supervisor([*api, worker, *broker])
        supervisor.catch_signals()
        try:
            supervisor.start()
            install_problems(settings, lambda: supervisor.stopping)
            if wait_ready(supervisor, settings):
                announce(settings, is_first=is_first)
            supervisor.run()
        finally:
            # The CLI must not look for the service there any more.
            (settings.home / LOCAL_URL).unlink(missing_ok=True)
            listening.close(sockets)
            supervisor.stop()


def wait_ready(supervisor: Supervisor, settings: Settings) -> bool:
    """Wait until `/readyz` answers 200; False if a signal came first. Raises ShousiError if it
    never does."""
    deadline = time.monotonic() + READY_TIMEOUT_S
    said = "no answer"
    while not supervisor.stopping:
        status, said = ask_ready(settings)
        if status == 200:
            return True
        ended = [s.name for s in supervisor.services if s.process and s.process.poll() is not None]
        if ended or time.monotonic() > deadline:
            why = f"{ended[0]} ended at its start" if ended else f"not ready: {said}"
            raise ShousiError(f"{why}; see the lines above, and `shousi doctor`")
        supervisor.wait(READY_POLL_S)
    return False


def ask_ready(settings: Settings) -> tuple[int, str]:
    """Return the status and text of `/readyz`; status 0 while nothing listens."""
    connection = http.client.HTTPConnection(host_here(settings), settings.port, timeout=5.0)
    try:
        connection.request("GET", "/api/v1/readyz")
        answer = connection.getresponse()
        return answer.status, answer.read(4096).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return 0, str(error)
    finally:
        connection.close()


def announce(settings: Settings, *, is_first: bool) -> None:
    """Print that the service is ready, at the first start after the first admin's keys.

    They are made only now: a start that fails before, at a port that is taken for instance, would
    leave them unseen.
    """
    keys = None
    if is_first:
        with closing(Database(settings.database_url)) as db:
            keys = first_keys(db, settings)
    url = service_url(settings)
    # For this machine's CLI, which may not know the port.
    write_whole(settings.home / LOCAL_URL, url + "\n")
    if keys:
        lines = (
            f"admin token: {keys.token}",
            f"(kept in {settings.home / LOCAL_TOKEN}; `shousi` on this machine uses it)",
            f"sign-in link: {sign_in_link(url, keys.link)}",
            "(signs a browser in once, within a day; `shousi admin link` makes another)",
        )
        tell("\n".join(lines), sys.stdout)
    tell(f"ready: {url}", sys.stdout)


def service_url(settings: Settings) -> str:
    """Return the API's URL for clients on this machine."""
    host = host_here(settings)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def host_here(settings: Settings) -> str:
    """Return the API's address for clients on this machine, even if the API binds all addresses."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - to compare with, not to bind
    return everywhere.get(settings.host, settings.host)
