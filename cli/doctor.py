"""`shousi doctor`: list what this machine has and what it lacks, with a one-line fix for each
missing part."""

import contextlib
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from cli.output import print_table, table
from judge.errors import ShousiError, UnavailableError
from judge.settings import (
    Settings,
    get_settings,
    names_given,
    unknown_variables,
    without_password,
)

LEAST_DISK_BYTES = 2 << 30


@dataclass(frozen=True)
class Finding:
    """The result of one check. If a `required` one isn't `ok`, the exit status is 1."""

    name: str
    ok: bool
    detail: str
    fix: str = ""
    required: bool = True


def doctor(
    settings: Annotated[bool, typer.Option("--settings", help="List every setting.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Say what this machine lacks and how to fix it; exit 0 if it can judge submissions."""
    current = get_settings()
    if settings:
        show_settings(current, as_json=as_json)
        return
    findings = list(examine(current))
    if as_json:
        sys.stdout.write(json.dumps([asdict(each) for each in findings], indent=2) + "\n")
    else:
        show_findings(findings)
    raise typer.Exit(0 if all(each.ok for each in findings if each.required) else 1)


def examine(settings: Settings) -> Iterator[Finding]:
    """Run all checks, in the order in which a new machine is set up."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _variables,
        _runner,
        _sandbox,
        _docker,
        _toolchains,
        _database,
        _broker,
        _providers,
        _home,
    )
    for check in checks:
        yield from check(settings)


def _python(_settings: Settings) -> Iterator[Finding]:
    version = platform.python_version()
    yield Finding("Python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")
    linux = sys.platform == "linux"
    fix = "use Docker (docker compose up), or WSL2 on Windows"
    yield Finding("Linux", linux, platform.platform(), fix)


def _variables(_settings: Settings) -> Iterator[Finding]:
    """Name the variables that look like settings and are none."""
    for name, meant in unknown_variables(names_given()).items():
        fix = f"write {meant}" if meant else "`shousi doctor --settings` lists the settings"
        yield Finding("setting", False, f"none is called {name}", fix, required=False)


def _runner(settings: Settings) -> Iterator[Finding]:
    """Look for torch, numpy and einops in the environment that submissions run in."""
    for module in ("torch", "numpy", "einops"):
        code = f"from importlib.metadata import version; print(version({module!r}))"
        try:
            done = subprocess.run(
                [settings.runner_python, "-c", code], capture_output=True, text=True, timeout=60
            )
            version = done.stdout.strip() or None
        except (OSError, subprocess.TimeoutExpired):
            version = None
        detail = version or f"not in {settings.runner_python}"
        fix = "run `make setup`"
        if module == "torch":
            fix += "; where PyTorch's index can't be reached, with SHOUSI_TORCH_INDEX=URL"
        yield Finding(module, version is not None, detail, fix, required=False)


def _sandbox(settings: Settings) -> Iterator[Finding]:
    # Imported here: the other commands needn't wait for the sandbox's modules.
    from worker.sandbox.private_folders import private_folders
    from worker.sandbox.probe import probe

    python = str(settings.runner_python.absolute())
    for wall in probe(python, settings.sandbox, private_folders(settings)):
        yield Finding(wall.name, wall.holds, wall.detail, wall.fix, required=wall.needed)
    yield Finding("fork servers", True, fork_servers(), "", required=False)


def fork_servers() -> str:
    """Say how many fork servers of each runtime run in parallel on this machine."""
    from worker.sandbox.base import Runtime
    from worker.sandbox.forkserver.mounts import num_servers

    return ", ".join(f"{runtime} {num_servers(runtime)}" for runtime in Runtime)


def _docker(settings: Settings) -> Iterator[Finding]:
    """Check whether the docker sandbox works, and which sandbox a worker would choose."""
    from worker.sandbox.base import SandboxError
    from worker.sandbox.choice import Backend, choose
    from worker.sandbox.docker.engine import describe, look_for_engine
    from worker.sandbox.private_folders import private_folders

    try:
        detail, holds = describe(look_for_engine(settings.docker_runtime)), True
    except SandboxError as error:
        detail, holds = str(error)[:150], False
    needed = settings.sandbox == "docker"
    fix = "" if needed else "optional: the namespaces sandbox needs none; else "
    fix += "start Docker, run `make images`"
    yield Finding("Docker", holds, detail, fix, required=needed)
    if holds or not needed:
        python = str(settings.runner_python.absolute())
        try:
            choice = choose(
                settings.sandbox,
                settings.docker_runtime,
                settings.sandbox_dir,
                python,
                private_folders(settings),
            )
        except SandboxError:
            return  # the findings above say why, and what to do
        chosen = f"{choice.backend}: {choice.why}"[:150]
        yield Finding("sandbox taken", True, chosen, required=False)
        if choice.backend is Backend.DOCKER:
            yield container_jails(settings.docker_runtime, required=needed)


def container_jails(runtime: str, *, required: bool, nested: bool = True) -> Finding:
    """Start a container, as a worker does, and say whether jails can be made inside it.

    With `nested` False the engine is made to refuse them.
    """
    from worker.sandbox.base import SandboxError
    from worker.sandbox.docker.container import DockerHost

    name = "jails in a container"
    try:
        with contextlib.closing(DockerHost(runtime, nested=nested)) as host:
            refusal = host.refusal
    except SandboxError as error:
        fix = "run `make images`, or set SHOUSI_SANDBOX=namespaces"
        return Finding(name, False, str(error)[:150], fix, required=required)
    if refusal:
        detail = f"refused ({refusal[:100]}): each run gets a container of its own, and is slower"
        return Finding(name, True, detail, required=required)
    return Finding(name, True, "a fresh one for each test", required=required)


def _toolchains(_settings: Settings) -> Iterator[Finding]:
    # Imported here: other commands needn't wait for the worker's modules.
    from worker.judging.languages import languages

    for spoken in languages().values():
        if spoken.package is None:
            continue
        command = spoken.compile[0]
        # Only /usr and /bin: the jail doesn't contain home folders.
        path = shutil.which(command, path="/usr/local/bin:/usr/bin:/bin")
        fix = f"apt install {spoken.package}"
        yield Finding(command, path is not None, path or "not installed", fix, required=False)


def _database(settings: Settings) -> Iterator[Finding]:
    """Check the database as the API and the worker do before they serve."""
    # Imported here: other commands needn't wait for the database's modules.
    from judge.db.session import parsed_url
    from judge.startup import check_database

    where = without_password(settings.database_url)
    try:
        url = parsed_url(settings.database_url)
        # Connecting would create the file.
        is_new = url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()
        if not is_new:
            check_database(settings, is_current=False)
    except (ShousiError, OSError) as error:
        yield Finding("database", False, where, str(error))
        return
    yield Finding("database", True, f"{where}, made at the first start" if is_new else where)


def _broker(settings: Settings) -> Iterator[Finding]:
    if "broker_url" not in settings.model_fields_set:
        return  # `shousi serve` starts its own broker
    from judge.startup import check_broker

    where = without_password(settings.broker_url)
    try:
        check_broker(settings, must_answer=True)
    except ShousiError as error:
        yield Finding("broker", False, where, str(error))
        return
    yield Finding("broker", True, where)


def _providers(settings: Settings) -> Iterator[Finding]:
    """Check that each single sign-on provider publishes its metadata and keys."""
    if not settings.oidc:
        return
    # Imported here: few services have a provider.
    import asyncio

    from judge.sso.documents import read_published
    from judge.sso.reading import asking

    async def ask(name: str) -> str:
        async with asking() as client:
            published = await read_published(client, name, settings.oidc[name])
        return f"{len(published.keys)} keys at {published.metadata.jwks_uri}"

    for name, provider in settings.oidc.items():
        try:
            detail, answers = asyncio.run(ask(name)), True
        except UnavailableError as error:
            detail, answers = str(error), False
        fix = f"look at SHOUSI_OIDC__{name.upper()}__ISSUER ({provider.issuer}) and the network"
        yield Finding(f"provider {name}", answers, detail, fix, required=False)


def _home(settings: Settings) -> Iterator[Finding]:
    """Check that the service can make its home or write into it, and has room there."""
    fix = "set SHOUSI_HOME to a folder of your own"
    home = folder = settings.home.absolute()
    try:
        # Before the first start the folder may not be there, nor those above it.
        while not os.path.lexists(folder) and folder != folder.parent:
            folder = folder.parent
        status = folder.stat()
    except OSError as error:
        yield Finding("home", False, f"{folder}: {error.strerror}", fix)
        return
    others = folder == home and status.st_uid != os.geteuid() != 0
    if not stat.S_ISDIR(status.st_mode):
        yield Finding("home", False, f"{folder} is no folder", fix)
    elif others and stat.S_IMODE(status.st_mode) & 0o077:
        yield Finding("home", False, f"{home} belongs to another user", fix)
    else:
        holds = os.access(folder, os.W_OK | os.X_OK)
        what = home if folder == home else f"{home}, made at the first start"
        yield Finding("home", holds, str(what) if holds else f"{folder} can't be written", fix)
        free = shutil.disk_usage(folder).free
        detail = f"{free / (1 << 30):.1f} GiB free at {folder}"
        yield Finding("disk", free >= LEAST_DISK_BYTES, detail, "make room, or move SHOUSI_HOME")


def show_findings(findings: list[Finding]) -> None:
    made = table("", "what", "found", "fix")
    for each in findings:
        mark = (
            "[green]ok[/]"
            if each.ok
            else "[red]missing[/]"
            if each.required
            else "[yellow]optional[/]"
        )
        # Text instead of str: rich would read markup in a path or an address.
        texts = (each.name, each.detail, "" if each.ok else each.fix)
        made.add_row(mark, *map(Text, texts))
    print_table(made)


def show_settings(settings: Settings, *, as_json: bool) -> None:
    """Print name, value and meaning of every SHOUSI_* variable; secrets are hidden."""
    rows = []
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if name == "oidc":
            shown = ", ".join(f"{key}: {one.issuer}" for key, one in value.items())
        elif field.repr is False:
            shown = "set" if value else "not set"
        else:
            shown = without_password(str(value))
        rows.append((f"SHOUSI_{name.upper()}", shown, field.description or ""))
    if as_json:
        listed = [{"name": n, "value": v, "description": d} for n, v, d in rows]
        sys.stdout.write(json.dumps(listed, indent=2) + "\n")
        return
    made = table("setting", "value", "meaning")
    for row in rows:
        made.add_row(*map(Text, row))
    print_table(made)
