"""`%%submit` and `%%run` in a real IPython, against a real API."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import RichOutput, capture_output
from traitlets.config import Config

from judge.accounts import users
from judge.differences import Difference, Reason
from judge.limits import Usage
from judge.result import TestResult
from judge.verdict import Verdict
from tests.integration.api.service import Account, Service
from tests.integration.api.terminal import judging_next
from worker.checkers.tensors import Tensors

USAGE = Usage(cpu_s=0.25, wall_s=0.5, memory_bytes=1 << 20)


@dataclass
class Shown:
    """The output of a cell."""

    printed: str
    outputs: list[RichOutput]
    failed: bool

    @property
    def html(self) -> str:
        return str(self.outputs[-1].data["text/html"])

    @property
    def text(self) -> str:
        return str(self.outputs[-1].data["text/plain"])


class Notebook:
    """An IPython with the extension."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        assert not self.run("%load_ext shousi").failed

    def run(self, cell: str) -> Shown:
        with capture_output() as seen:
            done = self._shell.run_cell(cell)
        return Shown(seen.stdout + seen.stderr, seen.outputs, not done.success)


@pytest.fixture
def notebook(
    service: Service, ada: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Notebook]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("SHOUSI_URL", service.url)
    monkeypatch.setenv("SHOUSI_TOKEN", users.issue_token(service.db, ada.id)[0])
    monkeypatch.setenv("LC_ALL", "C")
    # Its history is a database with a thread, which would outlive the test.
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    yield Notebook(shell)
    shell.restore_sys_module_state()
    InteractiveShell.clear_instance()


def tensor(values: np.ndarray) -> str:
    return f"tensor out float32 2x2\n{' '.join(map(str, values.ravel()))}\n"


def wrong_tensor() -> TestResult:
    """A sample whose worst value is the last."""
    want = np.array([[1.0, 2.0], [3.0, 40.0]])
    expected, output = tensor(want), tensor(want - [[0.0, 0.5], [0.0, 2.0]])
    difference = Tensors().check(b"", output.encode(), expected.encode()).difference
    return TestResult(
        "sample/1",
        True,
        Verdict.WA,
        USAGE,
        difference,
        input='{"x": [[1, 2]]}',
        expected=expected,
        output=output,
    )


def test_a_cell_is_submitted_and_its_wrong_tensor_drawn(
    service: Service, ada: Account, notebook: Notebook
) -> None:
    hidden = TestResult("2", False, Verdict.WA, USAGE, Difference(Reason.WRONG_ANSWER))
    with judging_next(
        service,
        ada,
        Verdict.WA,
        [wrong_tensor(), hidden],
        diagnosis={"en": "Forgets the scale."},
    ) as sent:
        shown = notebook.run("%%submit lorainit\nimport torch\n")
    # A line of the source has the number that it has in the cell.
    assert sent == ["pytorch", "\nimport torch\n"]
    assert not shown.failed
    assert ">WA</b> wrong answer · 0 of 2 tests · 250 ms" in shown.html
    assert "known mistake.</b> Forgets the scale." in shown.html
    assert "<caption>expected </caption>" in shown.html
    assert '<td class="e3 worst">2.000</td>' in shown.html
    assert '<td class="e2">0.500</td>' in shown.html
    assert "<summary>input {x: 1x2}</summary>" in shown.html
    assert f'href="{service.url}/submissions/' in shown.html
    assert shown.html.count("<li>") == 2
    assert shown.text.startswith("WA  wrong answer  0 of 2 tests  250 ms")
    assert "known mistake: Forgets the scale." in shown.text
    assert "\x1b" not in shown.text


def test_progress_and_result_share_one_output(
    service: Service, ada: Account, notebook: Notebook
) -> None:
    with judging_next(service, ada, Verdict.AC) as sent:
        shown = notebook.run("%%submit\n# problem: MaxSubarray\nx = 1\n")
    assert sent[0] == "python3"
    assert [one.update for one in shown.outputs] == [False] + [True] * (len(shown.outputs) - 1)
    assert len({one.transient["display_id"] for one in shown.outputs}) == 1
    assert shown.outputs[0].data["text/plain"] == "queued"
    assert ">AC</b> accepted · 250 ms" in shown.html
    assert "<details" not in shown.html


def test_a_run_shows_its_samples_and_whatever_was_printed_is_no_html(
    service: Service, ada: Account, notebook: Notebook
) -> None:
    hostile = "<script>alert(1)</script>"
    printed = TestResult(
        "1", True, Verdict.AC, USAGE, input="in", expected="OK", output="OK", stderr=hostile
    )
    said = {"text": hostile}
    raised = TestResult(
        hostile, True, Verdict.RTE, USAGE, Difference(Reason.TRACEBACK, said), input=hostile
    )
    wrong = TestResult(
        "3", True, Verdict.WA, USAGE, Difference(Reason.WRONG_ANSWER), expected="4", output=hostile
    )
    with judging_next(
        service, ada, Verdict.RTE, [printed, raised, wrong], diagnosis={"en": hostile}
    ) as sent:
        shown = notebook.run("%%run maxsubarray --language cpp\nint x;\n")
    assert sent[0] == "cpp"
    assert "<script" not in shown.html
    # In the diagnosis, as input, as output, on standard error, and of one test as name and message.
    assert shown.html.count("&lt;script&gt;") >= 6
    assert shown.html.count("<details open>") == 3
    assert '<span class="minus">- 4</span>' in shown.html
    with judging_next(service, ada, Verdict.CE, [], compile_output=f"1:2: {hostile}"):
        shown = notebook.run("%%submit maxsubarray\nx\n")
    assert "<pre>1:2: &lt;script" in shown.html


def test_only_some_failures_are_listed_unless_all_are_asked_for(
    service: Service, ada: Account, notebook: Notebook
) -> None:
    tests = [
        TestResult(f"t{n}", False, Verdict.RTE, USAGE, Difference(Reason.EXIT_CODE, {"code": n}))
        for n in range(1, 8)
    ]
    for option, listed in (("", 5), ("-v", 7)):
        with judging_next(service, ada, Verdict.RTE, tests):
            shown = notebook.run(f"%%submit maxsubarray {option}\nx\n")
        assert shown.html.count("<li>") == listed
        assert ("and 2 more" in shown.html) == (listed == 5)


@pytest.mark.parametrize(
    ("cell", "variables", "told"),
    [
        ("%%submit nosuchproblem\nx\n", {}, "error 404: "),
        ("%%submit lorainit/../x\nx\n", {}, "error 404: "),
        ("%%submit maxsubarray\nx\n", {"SHOUSI_TOKEN": "wrong"}, "error 401: "),
        ("%%submit maxsubarray --language cobol\nx\n", {}, "error 422: "),
        ("%%run maxsubarray\nx\n", {"SHOUSI_URL": "http://127.0.0.1:9"}, "error no answer from"),
        ("%%run maxsubarray\nx\n", {"SHOUSI_URL": "http://a:b"}, "error http://a:b is no address"),
        ("%%submit\nx\n", {}, "error which problem?"),
        ("%%run --frob\nx\n", {}, "error unrecognized arguments: --frob; usage: %%run"),
    ],
)
def test_an_error_is_one_line(
    notebook: Notebook,
    monkeypatch: pytest.MonkeyPatch,
    cell: str,
    variables: dict[str, str],
    told: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    shown = notebook.run(cell)
    assert shown.failed  # "run all cells" stops here
    assert shown.outputs == []
    (line,) = shown.printed.strip().splitlines()
    assert line.startswith(told)
