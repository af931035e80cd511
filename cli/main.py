"""The `shousi` command: its subcommands, and the module of each."""

import os
import sys
from importlib import import_module

import typer

from judge.descriptors import raise_descriptor_limit
from judge.errors import ShousiError

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


def make_app(named: str | None) -> typer.Typer:
    """Build the CLI with only the command `named`, or with all if `named` isn't a command.

    So `shousi submit` doesn't wait for the database's modules, nor `shousi serve` for the HTTP
    client's.
    """
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
    """Entry point of the console script."""
    raise_descriptor_limit()
    word = sys.argv[1] if len(sys.argv) > 1 else None
    if "_SHOUSI_COMPLETE" in os.environ:
        # During completion the user's line is in variables, not in sys.argv.
        word = first_word_before_cursor()
        app = make_app(word) if word in COMMANDS else make_names()
    elif word in {"--install-completion", "--show-completion"}:
        app = make_names()
    else:
        app = make_app(word)
    try:
        app()
    except ShousiError as error:
        # An invalid setting, for instance: any command may be the first to read it.
        sys.exit(f"shousi: {error}")


if __name__ == "__main__":
    main()
