"""The alerts for Prometheus: promtool accepts the rules, and each is tested in both states."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute
from ruamel.yaml import YAML

from api.main import _PAGES, _PARTS
from tests.support.missing import missing

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "prometheus"


def read(name: str) -> Any:
    return YAML(typ="safe").load((FOLDER / name).read_text())


def test_promtool_takes_the_rules_and_their_tests_hold() -> None:
    if shutil.which("promtool") is None:
        missing("promtool (Debian's package prometheus)")
    for words in (("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")):
        done = subprocess.run(["promtool", *words], cwd=FOLDER, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_tried_firing_and_silent_and_says_what_to_do() -> None:
    (group,) = read("alerts.yml")["groups"]
    tried: set[tuple[str, bool]] = set()
    for case in read("alerts_test.yml")["tests"]:
        for one in case["alert_rule_test"]:
            tried.add((one["alertname"], bool(one["exp_alerts"])))
    names = [rule["alert"] for rule in group["rules"]]
    assert tried == {(name, fires) for name in names for fires in (True, False)}
    for rule in group["rules"]:
        assert set(rule["annotations"]) == {"summary", "remedy"}, rule["alert"]


def test_no_alert_of_what_waits_asks_the_worker_that_may_have_stalled() -> None:
    """The API computes from the rows how long messages and judgings have waited: see
    `api.service_metrics`.
    """
    (group,) = read("alerts.yml")["groups"]
    (rule,) = (one for one in group["rules"] if one["alert"] == "ShousiSubmissionsWait")
    # Held back by nothing but a pause: not by whether workers say that they are alive.
    assert "shousi_workers" not in rule["expr"]
    source = (FOLDER.parents[1] / "api" / "service_metrics.py").read_text()
    assert '"shousi_queue_age_seconds"' in source


def test_no_alert_is_of_answers_that_wait_on_purpose() -> None:
    """Sign-ins by a password or a provider take long on purpose, which doesn't mean that the API is
    slow.
    """
    (group,) = read("alerts.yml")["groups"]
    (rule,) = (one for one in group["rules"] if one["alert"] == "ShousiApiSlow")
    (left_out,) = re.findall(r'route!~"([^"]+)"', rule["expr"])
    pattern = re.compile(left_out.replace(r"\\", "\\"))
    routes = {
        route.path: {one.name for one in route.dependant.query_params}
        for part in (*_PARTS, *_PAGES)
        for route in part.router.routes
        if isinstance(route, APIRoute)
    }
    waiting = {path for path, parameters in routes.items() if "wait" in parameters}
    assert len(waiting) == 2
    hashing = {"/sign-in", "/sign-up", "/account/password", "/api/v1/users/me/password"}
    hashing |= {"/api/v1/session", "/api/v1/users", "/api/v1/users/me/claim", "/api/v1/tokens"}
    asking = {"/sign-in/by/{provider}", "/sign-in/by/{provider}/back"}
    assert hashing | asking <= set(routes)
    assert {path for path in waiting | hashing | asking if not pattern.fullmatch(path)} == set()
    assert not pattern.fullmatch("/problems/{slug}")
