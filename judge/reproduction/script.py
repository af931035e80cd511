"""Builds a reproduction from the submission, the judge's code that reads cases, and one test.

It includes the package's driver, which is no secret: the driver lies beside every submission that
is judged, and never holds an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from judge import blobs
from judge.db.models import Submission
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.submissions.jobs import NamedJudging, load_job
from judge.submissions.views import SubmissionView
from judge.verdict import Verdict

_DRIVER = "main.py"
_MODULES = ("harness", "cases", "calls")
_SCRIPT = """\
# {title}
# Run it with Python and torch; nothing else is needed. First comes the submission as it was judged:
# change it and run the script again. Below it is how the judge builds the inputs and weights, calls
# the submission and compares.

{source}

# ---- the judge's part ---------------------------------------------------------------------------
_STANDALONE = {standalone}

_MODULES = {modules}

_FILES = {support}

_CASE = {case}

_EXPECTED = {expected}

if __name__ == "__main__":
    import sys as _sys

    _part = {{"__name__": "standalone"}}
    exec(compile(_STANDALONE, "standalone.py", "exec"), _part)
    _sys.exit(1 if _part["reproduce"](_MODULES, _FILES, _CASE, _EXPECTED) else 0)
"""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A script, and the name of its file."""

    file_name: str
    text: str


def reproduction(db: Database, view: SubmissionView, test_name: str | None = None) -> Reproduction:
    """The script for one test of a submission: by default the first shown test that failed.

    Raises NotFoundError if nothing can be reproduced: for hidden tests, which are shown to nobody,
    and if no driver in Python calls the submission.
    """
    shown = [test for test in view.tests if test.input is not None]
    if test_name is None:
        shown = [test for test in shown if test.verdict is not Verdict.AC]
    else:
        shown = [test for test in shown if test.name == test_name]
    if not shown:
        raise NotFoundError("There is no such sample or run that failed; hidden tests stay hidden.")
    with db.read() as session:
        row = session.get(Submission, view.id)
        assert row is not None
        judging_id = row.judging_id
    job = load_job(db, NamedJudging(judging_id))
    # Without a driver in Python the submission is a program that reads standard input.
    if _DRIVER not in job.support or view.language not in ("python3", "pytorch"):
        raise NotFoundError("Only what a driver in Python calls can be reproduced as a script.")
    # The whole input and answer: the shown texts may have been cut.
    stored = next(one for one in job.tests if one.name == shown[0].name)
    expected = shown[0].expected
    with db.read() as session:
        case = blobs.get(session, stored.input.sha256).decode()
        if stored.answer is not None:  # else a user's own input, whose answer the judging made
            expected = blobs.get(session, stored.answer.sha256).decode()
    title = f"{view.problem}, version {view.version}, {shown[0].name}: {shown[0].verdict}"
    plain = shown[0].name.rpartition("/")[2]
    text = assembled(title, view.source, job.support, case, expected)
    return Reproduction(f"{view.problem}-{plain}.py", text)


def assembled(
    title: str, source: str, support: Mapping[str, bytes], case: str, expected: str | None
) -> str:
    """The script's text. `support` are the package's files for Python, with the driver; `expected`
    is the answer, None if it is unknown."""
    # The judge's own modules as they are installed, so that cases are read in the same way.
    runner = files("runner")
    return _SCRIPT.format(
        title=title,
        source=source.strip("\n"),
        standalone=_literal((files("judge.reproduction") / "standalone.py").read_text()),
        modules=_literals({name: (runner / f"{name}.py").read_text() for name in _MODULES}),
        support=_literals(
            {name: content.decode() for name, content in support.items() if name.endswith(".py")}
        ),
        case=_literal(case),
        expected=repr(None) if expected is None else _literal(expected),
    )


def _literals(texts: dict[str, str]) -> str:
    lines = (f"    {name!r}: {_literal(text)},\n" for name, text in texts.items())
    return "{\n" + "".join(lines) + "}"


def _literal(text: str) -> str:
    """A string as a literal, over several lines if that is readable."""
    if "'''" in text or text.endswith(("\\", "'")) or "\r" in text or "\0" in text:
        return repr(text)
    return f"r'''{text}'''"
