"""`shousi serve` as `make run` starts it, used by `shousi submit` as a person would."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.launched import PROJECT, TIMEOUT_S, Launched, free_port, launch, wait_gone


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[Launched]:
    service = launch(tmp_path / "home")
    yield service
    service.stop()


def submitted(launched: Launched, path: Path, *more: str) -> tuple[int, dict[str, Any]]:
    done = launched.shousi("submit", str(path), "--json", *more)
    assert done.returncode in {0, 1}, done.stderr
    return done.returncode, json.loads(done.stdout)


def signed_in_by(link: str) -> str:
    """Whom a browser is signed in as by the one-time link that stands in a line."""
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


def test_first_start_first_verdicts_and_a_clean_end(launched: Launched, tmp_path: Path) -> None:
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
    family = launched.family()
    assert len(family) > 5
    assert launched.stop() == 0
    wait_gone(family)


def test_what_was_accepted_is_there_after_kill_9(launched: Launched, tmp_path: Path) -> None:
    source = tmp_path / "sleeps.py"
    source.write_text("def max_subarray(nums):\n    import time; time.sleep(2); return max(nums)\n")
    body = {"language": "python3", "source": source.read_text()}
    home = Path(launched.env["SHOUSI_HOME"])
    token = (home / "admin-token").read_text().strip()
    url = f"http://127.0.0.1:{launched.env['SHOUSI_PORT']}/api/v1"
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{url}/problems/maxsubarray/runs", json=body, headers=headers, timeout=30)
    assert answer.status_code == 202
    family = launched.family()
    launched.process.kill()
    launched.process.wait(TIMEOUT_S)
    wait_gone(family)
    again = launch(home)
    try:
        assert not any(line.startswith(("admin token", "sign-in link")) for line in again.said)
        url = f"http://127.0.0.1:{again.env['SHOUSI_PORT']}/api/v1"
        path = f"{url}/submissions/{answer.json()['id']}"
        seen: dict[str, Any] = {"state": "queued"}
        for _ in range(6):
            if seen["state"] != "done":
                seen = httpx.get(path, params={"wait": 30}, headers=headers, timeout=60).json()
        # WA: the largest element is no maximum subarray; what counts is that it was judged.
        assert (seen["state"], seen["verdict"]) == ("done", "WA")
    finally:
        again.stop()


def test_one_home_has_one_launcher(launched: Launched) -> None:
    second = launched.shousi("serve", "--port", str(free_port()))
    assert second.returncode == 1
    assert "served already" in second.stderr
