"""`shousi serve` as `make run` starts it, used by `shousi submit` as a person would."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.databases import database_url_of
from tests.support.launched import PROJECT, SHOUSI, Launched, Shared, free_port, wait_gone
from tests.support.stack import PATIENCE_S


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """With all problems, as for somebody who has just fetched the sources."""
    home = tmp_path_factory.mktemp("e2e") / "home"
    services = Shared(home, SHOUSI_DATABASE_URL=database_url_of(home))
    yield services
    services.close()


@pytest.fixture
def launched(shared: Shared) -> Launched:
    return shared.running()


def submitted(launched: Launched, path: Path, *more: str) -> tuple[int, dict[str, Any]]:
    done = launched.shousi("submit", str(path), "--json", *more)
    assert done.returncode in {0, 1}, done.stderr
    return done.returncode, json.loads(done.stdout)


def signed_in_by(link: str) -> str:
    """Return the user whom the one-time link in a line signs in."""
    url = httpx.URL(link.split()[-1])
    with httpx.Client(base_url=url.copy_with(path="/", query=None), timeout=30) as browser:
        page = browser.get(url)
        assert page.status_code == 200
        token = re.search(r'name="form_token" value="(\w+)"', page.text)
        assert token is not None
        form = {"link": url.params["link"], "form_token": token[1]}
        signed_in = browser.post("/sign-in", data=form)
        assert signed_in.status_code == 303, signed_in.text
        return str(browser.get("/api/v1/users/me").json()["name"])


def lines_until(process: subprocess.Popen[str], text: str) -> None:
    """Read its output until a line contains `text`."""
    assert process.stdout is not None
    assert any(text in line for line in process.stdout), f"no line with {text}"


def test_a_problem_is_opened_in_a_folder_and_tried_at_each_save(
    launched: Launched, tmp_path: Path
) -> None:
    folder = tmp_path / "here"
    opened = launched.shousi("open", "maxsubarray", str(folder))
    assert opened.returncode == 0, opened.stderr
    source = folder / "maxsubarray.py"
    assert "<h1>" in (folder / "statement.html").read_text()
    assert (folder / "samples" / "1.ans").read_text() == "6\n"
    template = source.read_text()
    assert template.startswith("# problem: maxsubarray\n")
    assert "def max_subarray(" in template
    source.write_text("def max_subarray(nums):\n    return 6\n")
    assert launched.shousi("open", "maxsubarray", str(folder)).returncode == 0
    assert source.read_text().endswith("return 6\n")
    refused = launched.shousi("open", "maxsubarray", str(folder), "--language", "cobol")
    assert (refused.returncode, "cobol" in refused.stderr) == (2, True)
    watching = subprocess.Popen(
        [*SHOUSI, "watch", str(source)], env=launched.env, stdout=subprocess.PIPE, text=True,
        # A shell's background job ignores this signal, and its children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        lines_until(watching, "WA")
        source.write_text("def max_subarray(nums):\n    return nosuchname\n")
        lines_until(watching, "NameError: name 'nosuchname' is not defined")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(PATIENCE_S) == 0
    finally:
        watching.kill()
        watching.communicate()


def test_first_start_and_first_verdicts(launched: Launched, tmp_path: Path) -> None:
    assert any(line.startswith("admin token: shousi_") for line in launched.said)
    assert signed_in_by(next(line for line in launched.said if "sign-in link" in line)) == "admin"
    another = json.loads(launched.shousi("admin", "link", "--json").stdout)
    assert signed_in_by(another["link"]) == another["name"] == "admin"
    right = tmp_path / "right.py"
    right.write_text(
        "# problem: maxsubarray\n"
        "def max_subarray(nums):\n"
        "    best = cur = nums[0]\n"
        "    for x in nums[1:]:\n"
        "        cur = max(x, cur + x)\n"
        "        best = max(best, cur)\n"
        "    return best\n"
    )
    status, seen = submitted(launched, right)
    assert (status, seen["verdict"], seen["score"]) == (0, "AC", 100.0)
    wrong = tmp_path / "wrong.py"
    from_zero = right.read_text().replace("best = cur = nums[0]", "best = cur = 0")
    wrong.write_text(from_zero.replace("nums[1:]", "nums"))
    status, seen = submitted(launched, wrong)
    assert (status, seen["verdict"]) == (1, "WA")
    assert "empty subarray" in seen["diagnosis"]  # known from the first submission on
    notes = PROJECT / "problems/multiheadattention/submissions/run_time_error/notes_as_written.py"
    status, seen = submitted(launched, notes, "--problem", "multiheadattention")
    assert (status, seen["verdict"]) == (1, "RTE")
    assert "NameError: name 'self' is not defined" in seen["tests"][0]["message"]
    told = launched.shousi("submit", str(right), "--problem", "nosuchproblem")
    assert told.returncode == 2
    assert "nosuchproblem" in told.stderr
    ran = launched.shousi("run", str(right), "--json")
    assert [test["output"] for test in json.loads(ran.stdout)["tests"]] == ["6\n", "-1\n"]


def test_one_home_has_one_launcher(launched: Launched) -> None:
    second = launched.shousi("serve", "--port", str(free_port()))
    assert second.returncode == 1
    assert "served already" in second.stderr


def test_what_was_accepted_is_there_after_kill_9(shared: Shared, launched: Launched) -> None:
    source = "def max_subarray(nums):\n    import time; time.sleep(2); return max(nums)\n"
    body = {"language": "python3", "source": source}
    with launched.admin() as http:
        answer = http.post("/problems/maxsubarray/runs", json=body)
    assert answer.status_code == 202
    family = launched.family()
    launched.kill()
    wait_gone(family)
    again = shared.running()
    assert again is not launched
    assert not any(line.startswith(("admin token", "sign-in link")) for line in again.said)
    seen: dict[str, Any] = {"state": "queued"}
    with again.admin() as http:
        for _ in range(6):
            if seen["state"] != "done":
                seen = http.get(f"/submissions/{answer.json()['id']}", params={"wait": 30}).json()
    # WA: the largest element is no maximum subarray; what counts is that it was judged.
    assert (seen["state"], seen["verdict"]) == ("done", "WA")


def test_a_clean_end(launched: Launched) -> None:
    family = launched.family()
    assert len(family) > 5
    assert launched.stop() == 0
    wait_gone(family)
