"""The `shousi` command: its subcommands, and the module of each.

Modules that take long to load are imported inside of `main`, which handles Ctrl-C meanwhile.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

from judge.descriptors import raise_descriptor_limit
from judge.errors import ShousiError

if TYPE_CHECKING:
    import typer

# name -> (module, its function or its typer app)
COMMANDS = {
    "submit": ("cli.submitting", "submit"),
    "run": ("cli.submitting", "run"),
    "batch": ("cli.batches", "batch"),
    "open": ("cli.practice", "open_problem"),
    "watch": ("cli.practice", "watch"),
    "submissions": ("cli.submissions", "submissions"),
    "show": ("cli.submissions", "show"),
    "repro": ("cli.repro", "repro"),
    "login": ("cli.login", "login"),
    "logout": ("cli.login", "logout"),
    "password": ("cli.tokens", "password"),
    "token": ("cli.tokens", "token"),
    "preferences": ("cli.tokens", "preferences"),
    "account": ("cli.account", "app"),
    "profile": ("cli.submissions", "profile"),
    "mistakes": ("cli.submissions", "mistakes"),
    "draft": ("cli.drafts", "app"),
    "board": ("cli.boards", "board"),
    "problems": ("cli.people", "problems"),
    "paths": ("cli.learning", "paths"),
    "solution": ("cli.learning", "solution"),
    "languages": ("cli.people", "languages"),
    "interview": ("cli.interviews", "app"),
    "team": ("cli.people", "team"),
    "webhook": ("cli.webhooks", "app"),
    "problem": ("cli.problem", "app"),
    "admin": ("cli.admin", "app"),
    "doctor": ("cli.doctor", "doctor"),
    "serve": ("cli.launcher.serve", "serve"),
    "api": ("cli.launcher.api_processes", "serve_api"),
}


# A full disk, a closed terminal, a limit of a file's size. Where we write files, they are named.
_OUTPUT_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG})


def make_app(named: str | None) -> typer.Typer:
    """Build the CLI with only the command `named`, or with all if `named` isn't a command.

    So `shousi submit` doesn't wait for the database's modules, nor `shousi serve` for the HTTP
    client's.
    """
    import typer

    app = typer.Typer(
        name="shousi",
        help="Shousi (手撕): an online judge for the code that ML interviews ask for.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
    )
    app.callback()(_one_of_many)
    for name in [named] if named in COMMANDS else COMMANDS:
        module, attribute = COMMANDS[name]
        command = getattr(import_module(module), attribute)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name)(command)
    return app


def make_names() -> typer.Typer:
    """Build the CLI with only the commands' names: enough to complete the first word and to install
    completion, without loading all modules at each press of TAB."""
    import typer

    app = typer.Typer(name="shousi")
    app.callback()(_one_of_many)
    for name in COMMANDS:
        app.command(name, help="")(_one_of_many)
    return app


def _one_of_many() -> None:
    """An empty callback: with it, typer keeps the command's name even if the app has only one."""


def first_word_before_cursor() -> str | None:
    """Return the command of the line that is being completed; None while it is being typed.

    typer's scripts set variables: in bash the line's words and the index of the one being typed,
    in zsh and fish the line up to the cursor.
    """
    if "COMP_WORDS" in os.environ:
        words = os.environ["COMP_WORDS"].split()
        typed = words[1 : int(os.environ["COMP_CWORD"])]
    else:
        line = os.environ.get("_TYPER_COMPLETE_ARGS", "")
        words = line.split()
        typed = words[1:] if line.endswith(" ") else words[1:-1]
    return typed[0] if typed else None


def main() -> None:
    """Entry point of the console script. Ends with status 2 after an error that has a message."""
    _open_standard_streams()
    try:
        raise_descriptor_limit()
        try:
            _run()
        finally:
            # At the interpreter's end a failure would be a traceback.
            sys.stdout.flush()
    except KeyboardInterrupt:  # while the modules are loaded; later typer handles it
        sys.exit(128 + signal.SIGINT)
    except BrokenPipeError:  # the reader of a pipe wants no more, as `head`; typer takes 1, too
        _drop_output()
        sys.exit(1)
    except ShousiError as error:
        # An invalid setting, for instance: any command may be the first to read it.
        _end(str(error))
    except OSError as error:
        _drop_output()
        is_output = error.filename is None and error.errno in _OUTPUT_ERRORS
        _end(f"the output can't be written: {error.strerror}" if is_output else str(error))


def _run() -> None:
    word = sys.argv[1] if len(sys.argv) > 1 else None
    if "_SHOUSI_COMPLETE" in os.environ:
        # During completion the user's line is in variables, not in sys.argv.
        word = first_word_before_cursor()
        app = make_app(word) if word in COMMANDS else make_names()
    elif word in {"--install-completion", "--show-completion"}:
        app = make_names()
    else:
        app = make_app(word)
    app()


def _open_standard_streams() -> None:
    """Make standard streams that the parent has closed lead nowhere, and any text writable."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # Else the next socket or file would get this number, and what is printed.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)
    # A name may be no UTF-8, and a terminal's character set may lack a character.
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """Let output that can't be written lead nowhere, so that Python doesn't try it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _end(why: str) -> NoReturn:
    sys.stderr.write(f"shousi: {why}\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
