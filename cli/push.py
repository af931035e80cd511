"""`shousi problem push` and `publish`: send a package to the server, follow its check, print the
result; `shousi admin upload` prints the result of an earlier upload."""

import stat
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.markup import escape

from cli.client import Client
from cli.output import (
    console,
    errors,
    fail,
    print_json,
    print_table,
    progress,
    table,
    verdict_markup,
)
from cli.paths import path_of
from cli.submitting import connect
from judge.errors import ShousiError
from judge.verdict import Verdict

EXIT_REFUSED = 1
EXIT_USAGE = 2
_AGAIN_S = 1.0
_UNIX = 3
"""Which system's modes an entry of a zip has (APPNOTE.TXT 4.4.2)."""
_LEFT_OUT = frozenset({"__pycache__", "__MACOSX"})

Report = dict[str, Any]


def push(
    path: Annotated[Path, typer.Argument(metavar="DIR|ZIP", help="The package")],
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only check the package on the server; don't publish it"),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON")] = False,
) -> None:
    """Upload a package; exit 0 when it is published (or would be), 1 when it is refused."""
    if not (path.is_dir() or path.is_file()):
        fail(f"{path}: no such folder or archive")
        raise typer.Exit(EXIT_USAGE)
    try:
        with closing(connect()) as client:
            with archive_of(path) as archive:
                # Resolved, because the path `.` has no name.
                name = path.name if path.is_file() else f"{path.resolve().name}.zip"
                upload = client.call(
                    "POST",
                    "/problems",
                    files={"package": (name, archive, "application/zip")},
                    params={"dry_run": int(dry_run)},
                )
            report = _follow(client, path_of("uploads", upload["id"]), show_progress=not as_json)
    except (ShousiError, OSError, ValueError) as error:
        fail(str(error))
        raise typer.Exit(EXIT_USAGE) from error
    _end(report, as_json=as_json)


def publish(
    upload: Annotated[str, typer.Argument(help="The id of a dry run that was `checked`")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON")] = False,
) -> None:
    """Publish a package that passed a dry run; exit 0 when it is published, 1 when refused."""
    try:
        with closing(connect()) as client:
            again = client.call("POST", path_of("uploads", upload, "publish"))
            report = _follow(client, path_of("uploads", again["id"]), show_progress=not as_json)
    except (ShousiError, ValueError) as error:
        fail(str(error))
        raise typer.Exit(EXIT_USAGE) from error
    _end(report, as_json=as_json)


def follow_upload(
    upload: Annotated[str, typer.Argument(metavar="UPLOAD", help="Its id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Wait for an upload's check and show its report; exit 1 if the package was refused."""
    try:
        with closing(connect()) as client:
            report = _follow(client, path_of("uploads", upload), show_progress=not as_json)
    except (ShousiError, ValueError) as error:
        fail(str(error))
        raise typer.Exit(EXIT_USAGE) from error
    _end(report, as_json=as_json)


def _end(report: Report, *, as_json: bool) -> None:
    if as_json:
        print_json(report)
    else:
        for warning in report["warnings"]:
            errors.print(f"[yellow]warning:[/] {escape(_text(warning))}", soft_wrap=True)
        if report["submissions"]:
            submissions = report["submissions"]
            rows = table(
                "submission", "expected", "got", "seen by", "diagnosis", numbers=("seen by",)
            )
            for one in submissions:
                got = verdict_markup(Verdict(one["verdict"]) if one["verdict"] else None)
                mark = " [bold red]✗[/]" if one["ok"] is False else ""
                seen = str(len(one["killed_by"])) if "AC" not in one["expected"] else ""
                expected = "/".join(one["expected"])
                rows.add_row(
                    escape(one["path"]), expected, got + mark, seen, escape(one["diagnosis"] or "")
                )
            print_table(rows)
        for error in report["errors"]:
            fail(_text(error))
        name = report["problem"] or report["file_name"]
        match report["state"]:
            case "published":
                said = f"[green]published[/] as version {report['version']}"
            case "checked":
                later = f"shousi problem publish {report['id']}"
                number = report["becomes_version"]
                said = f"[green]checked[/]; `{later}` publishes it as version {number}"
            case _:
                said = "[bold red]refused[/]; nothing is published"
        console.print(f"{escape(name)}: {said}", soft_wrap=True)
    if report["state"] == "refused":
        raise typer.Exit(EXIT_REFUSED)


@contextmanager
def archive_of(path: Path) -> Iterator[IO[bytes]]:
    """Open the package as an archive: the file itself, or a temporary zip of the folder."""
    if path.is_file():
        with path.open("rb") as archive:
            yield archive
        return
    folder = path.resolve()
    with tempfile.TemporaryFile() as archive:
        # Not strict: a zip has no times before 1980, which some tools set files to.
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed:
            for found in sorted(folder.rglob("*")):
                # Hidden files and Python's caches don't belong to the package.
                inside = found.relative_to(folder)
                if any(part.startswith(".") or part in _LEFT_OUT for part in inside.parts):
                    continue
                name = Path(folder.name, inside).as_posix()
                if not _is_utf8(name):
                    raise ShousiError(f"{name!r}: this name is not UTF-8; rename the file")
                if found.is_symlink():
                    # As a link, to a folder too: the server says of it what `verify` says here, and
                    # nothing from outside of the package is sent.
                    link = zipfile.ZipInfo(name)
                    link.create_system = _UNIX
                    link.external_attr = (stat.S_IFLNK | 0o777) << 16
                    packed.writestr(link, str(found.readlink()))
                elif found.is_file():
                    packed.write(found, name)
        archive.seek(0)
        yield archive


def _is_utf8(name: str) -> bool:
    """Whether a file's name is UTF-8: Python has surrogates in place of bytes that aren't."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _follow(client: Client, path: str, *, show_progress: bool) -> Report:
    """Wait for an upload's report and return it; a progress bar counts its submissions."""
    with progress(shown=show_progress) as bar:
        task = bar.add_task("waiting for a worker", total=None)
        while True:
            for name, data in client.stream(f"{path}/events"):
                match name:
                    case "checking" | "requeued":
                        # The check starts again, so the count does too.
                        bar.reset(task, description=escape(name), total=None)
                    case "package":
                        slug, total = escape(data["problem"]), data["submissions"]
                        bar.update(task, description=slug, total=total)
                    case "progress":
                        done = f"{data['path']} {data['index']}/{data['total']}"
                        bar.update(task, description=escape(done))
                    case "submission":
                        bar.advance(task)
                    case _:  # the report, which is read below, has the rest
                        pass
            report = client.call("GET", path)
            if report["state"] != "checking":
                return report
            time.sleep(_AGAIN_S)  # the stream broke: a server restart, or a proxy's timeout


def _text(complaint: Report) -> str:
    place = ":".join(str(part) for part in (complaint["file"], complaint["line"]) if part)
    return f"{place}: {complaint['message']}" if place else str(complaint["message"])
