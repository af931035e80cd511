"""The `shousi` command: what it can do, and which module does it."""

import sys
from importlib import import_module

import typer

from judge.descriptors import raise_descriptor_limit

# name -> (module, its function or its typer app)
COMMANDS = {
    "submit": ("cli.submitting", "submit"),
    "run": ("cli.submitting", "run"),
    "open": ("cli.practice", "open_problem"),
    "watch": ("cli.practice", "watch"),
    "repro": ("cli.repro", "repro"),
    "login": ("cli.login", "login"),
    "board": ("cli.people", "board"),
    "problems": ("cli.people", "problems"),
    "team": ("cli.people", "team"),
    "problem": ("cli.problem", "app"),
    "admin": ("cli.admin", "app"),
    "doctor": ("cli.doctor", "doctor"),
    "serve": ("cli.launcher.serve", "serve"),
}


def make_app(named: str | None) -> typer.Typer:
    """The command line with only the command `named` loaded, or with all where that is none.

    `shousi submit` needn't wait for the database's modules, nor `shousi serve` for the HTTP
    client's.
    """
    app = typer.Typer(
        name="shousi",
        help="Shousi (手撕): an online judge for the code that ML interviews ask for.",
        no_args_is_help=True,
        add_completion=False,
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


def _one_of_many() -> None:
    """Keeps the commands named where only one of them is loaded."""


def main() -> None:
    """Entry point of the console script."""
    raise_descriptor_limit()
    make_app(sys.argv[1] if len(sys.argv) > 1 else None)()
