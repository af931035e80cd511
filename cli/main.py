"""The `shousi` command: what it can do, and who does it."""

import typer

from cli import admin, doctor, login, problem, serve, submitting

app = typer.Typer(
    name="shousi",
    help="Shousi (手撕): an online judge for the code that ML interviews ask for.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(submitting.submit)
app.command()(submitting.run)
app.command()(login.login)
app.add_typer(problem.app, name="problem")
app.add_typer(admin.app, name="admin")
app.command()(doctor.doctor)
app.command()(serve.serve)


def main() -> None:
    """Entry point of the console script."""
    app()
