"""Webhooks, sent by a real API to a real receiver on loopback."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from api import outgoing
from api.outgoing import send
from judge.db.session import Database
from judge.db.webhook_models import Delivery
from judge.settings import Settings
from judge.webhooks import deliveries, hooks
from judge.webhooks.addresses import Rules
from judge.webhooks.deliveries import Attempted, Claimed, claim_due
from judge.webhooks.hooks import EventKind, HookPlan
from judge.webhooks.signing import new_secret
from tests.integration.api.service import Account, Service, serving
from tests.integration.api.terminal import Terminal
from tests.support.certificates import make_certificate
from tests.support.content import add_user, set_aside
from tests.support.databases import settings_of
from tests.support.receivers import Receiver, receiving
from tests.support.stack import ROOT, wait_until

HERE = Rules(loopback=True)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose webhooks may be sent to this machine."""
    home = tmp_path_factory.mktemp("hooks")
    with serving(settings_of(home, log_level="warning", webhook_loopback=True)) as service:
        yield service


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def made(account: Account, url: str, *events: str, **more: Any) -> dict[str, Any]:
    body = {"url": url, "events": events, **more}
    answer = account.http.post("/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    hook: dict[str, Any] = answer.json()
    return hook


def sent(account: Account, hook_id: str) -> list[dict[str, Any]]:
    answer = account.http.get(f"/webhooks/{hook_id}/deliveries")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def wait_for(account: Account, hook_id: str, state: str) -> None:
    wait_until(lambda: sent(account, hook_id)[0]["state"] == state, f"the delivery is {state}")


def documented() -> Any:
    """The verifier that docs/webhooks.md shows."""
    text = (ROOT / "docs" / "webhooks.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return names["is_from_shousi"]


def test_an_accepted_submission_arrives_signed(
    service: Service, ada: Account, receiver: Receiver
) -> None:
    hook = made(ada, receiver.url, "accepted")
    submission = ada.submitted()
    service.judge(submission)
    request = receiver.next()
    assert request.message["type"] == "accepted"
    assert request.message["data"]["submission"] == submission
    assert request.headers["content-type"] == "application/json"
    is_from_shousi = documented()
    assert is_from_shousi(hook["secret"], request.headers, request.body)
    assert not is_from_shousi(new_secret(), request.headers, request.body)
    assert not is_from_shousi(hook["secret"], request.headers, request.body + b" ")
    old = {**request.headers, "webhook-timestamp": str(int(time.time()) - 1000)}
    assert not is_from_shousi(hook["secret"], old, request.body)
    wait_for(ada, hook["id"], "delivered")
    (delivery,) = sent(ada, hook["id"])
    assert delivery["id"] == request.headers["webhook-id"]
    assert (delivery["status"], delivery["attempts"], delivery["due_at"]) == (204, 1, None)


def test_a_secret_is_shown_once(service: Service, ada: Account) -> None:
    hook = made(ada, "https://example.org/", "accepted")
    assert hook["secret"].startswith("whsec_")
    for path in ("/webhooks", f"/webhooks/{hook['id']}"):
        assert "secret" not in ada.http.get(path).text
    assert service.http.get("/webhooks").status_code == 401


def test_what_is_not_taken_is_tried_again_with_the_same_id(
    service: Service, ada: Account, receiver: Receiver
) -> None:
    receiver.status = 500
    hook = made(ada, receiver.url, "accepted")
    service.judge(ada.submitted())
    first = receiver.next()
    wait_for(ada, hook["id"], "waiting")
    (waiting,) = sent(ada, hook["id"])
    assert (waiting["status"], waiting["error"]) == (500, "answered 500")
    assert waiting["due_at"] > waiting["created_at"]
    receiver.status = 200
    with service.db.write() as session:
        session.execute(update(Delivery).where(Delivery.id == waiting["id"]).values(due_at=0.0))
    second = receiver.next()
    assert second.headers["webhook-id"] == first.headers["webhook-id"]
    assert second.body == first.body
    assert documented()(hook["secret"], second.headers, second.body)
    wait_for(ada, hook["id"], "delivered")


def test_a_test_is_sent(service: Service, ada: Account, receiver: Receiver) -> None:
    hook = made(ada, receiver.url, "accepted")
    answer = ada.http.post(f"/webhooks/{hook['id']}/test")
    assert (answer.status_code, answer.json()["event"]) == (202, "test")
    message = receiver.next_message()
    assert (message["type"], message["data"]) == ("test", {"webhook": hook["id"]})


def test_without_the_setting_nothing_goes_to_this_machine(
    service: Service, ada: Account, receiver: Receiver
) -> None:
    """Only resolving the name shows that it leads to this machine."""
    url = f"https://localhost:{receiver.port}/"
    _, hook = hooks.create_hook(service.db, ada.id, HookPlan(url, [EventKind.ACCEPTED]))
    claimed = Claimed("id", "token", 1, url, new_secret(), b"{}")
    assert sending(claimed, Rules()) == Attempted(error="its address is not a public one")
    hooks.delete_hook(service.db, ada.id, hook.id)
    assert receiver.received.empty()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "https://10.0.0.1/", "events": ["accepted"]}, "url"),
        ({"url": "http://example.org/", "events": ["accepted"]}, "url"),
        ({"url": "https://example.org/", "events": ["board"]}, "events"),
        ({"url": "https://example.org/", "events": []}, "events"),
        ({"url": "https://example.org/", "events": ["solved"]}, "events.0"),
    ],
)
def test_what_is_wrong_is_named(ada: Account, body: dict[str, Any], field: str) -> None:
    answer = ada.http.post("/webhooks", json=body)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]


def test_a_team_s_needs_its_owner_and_a_token_for_teams(
    service: Service, ada: Account, eve: Account
) -> None:
    team = ada.http.post("/teams", json={"name": f"Hooked {ada.name}"}).json()["slug"]
    body = {"url": "https://example.org/", "events": ["board"], "team": team}
    assert eve.http.post("/webhooks", json=body).status_code == 404
    assert ada.http.post("/webhooks", json=body).status_code == 201
    narrow = service.account(scopes=["read", "account"])
    assert narrow.http.post("/webhooks", json=body).status_code == 403
    body = {"url": "https://example.org/", "events": ["upload"]}
    assert ada.http.post("/webhooks", json=body).status_code == 403


def sending(claimed: Claimed, rules: Rules = HERE) -> Attempted:
    return asyncio.run(send(claimed, rules))


def message_to(url: str) -> Claimed:
    return Claimed("an-id", "token", 1, url, new_secret(), b'{"type":"test"}')


def test_no_redirect_is_followed(receiver: Receiver) -> None:
    with receiving() as inner:
        receiver.status, receiver.headers = 307, {"Location": inner.url}
        attempted = sending(message_to(receiver.url))
        assert attempted == Attempted(307, "answered 307: redirects are not followed")
        assert inner.received.empty()


def test_a_certificate_must_hold_for_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate(tmp_path, "127.0.0.1")
    with receiving(certificate) as receiver:
        unknown = sending(message_to(receiver.url))
        assert unknown.error.startswith("its certificate is not valid: ")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
        outgoing._tls.cache_clear()
        try:
            assert sending(message_to(receiver.url)) == Attempted(204)
            other = sending(message_to(receiver.url.replace("127.0.0.1", "localhost")))
            assert "localhost" in other.error
        finally:
            outgoing._tls.cache_clear()
        assert receiver.next().body == b'{"type":"test"}'
        assert receiver.received.empty()


def test_http_is_spoken_with_this_machine_alone(receiver: Receiver) -> None:
    rules = Rules(Settings(webhook_networks="0.0.0.0/0").webhook_rules.networks)
    assert sending(message_to(receiver.url), rules).error == "its address is not a public one"
    assert receiver.received.empty()


def test_who_never_answers_is_left(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "LONGEST_S", 0.5)
    left = threading.Event()
    receiver.before_answering = lambda: assert_left(left)
    try:
        assert sending(message_to(receiver.url)).error.startswith("no answer within")
    finally:
        left.set()


def assert_left(left: threading.Event) -> None:
    assert left.wait(30)


def test_where_nobody_listens_and_names_that_are_none_are_told(receiver: Receiver) -> None:
    assert sending(message_to("http://127.0.0.1:1/")).error == "no connection could be made"
    # The second has an empty label, the third one a label that is too long.
    for host in ("nobody.invalid", "a..invalid", f"{'a' * 64}.invalid"):
        unknown = sending(message_to(f"https://{host}/"))
        assert unknown.error == "the name of its host can't be resolved"


_SENDER = """
import asyncio, sys
from api.outgoing import send
from judge.db.session import Database
from judge.webhooks.addresses import Rules
from judge.webhooks.deliveries import claim_due, record
db = Database(sys.argv[1])
claimed = claim_due(db, "killed")
record(db, claimed, asyncio.run(send(claimed, Rules(loopback=True))))
"""


def test_a_sender_that_is_killed_before_it_has_written_it_down(
    db: Database, receiver: Receiver
) -> None:
    ann = add_user(db)
    plan = HookPlan(receiver.url, [EventKind.ACCEPTED])
    _, hook = hooks.create_hook(db, ann, plan)
    deliveries.send_test(db, ann, hook.id)
    is_dead = threading.Event()
    receiver.before_answering = lambda: assert_left(is_dead)
    url = db.url.render_as_string(hide_password=False)
    with subprocess.Popen([sys.executable, "-c", _SENDER, url], cwd=ROOT) as sender:
        first = receiver.next()
        os.kill(sender.pid, signal.SIGKILL)
    is_dead.set()
    with db.write() as session:
        row = session.scalars(select(Delivery)).one()
        assert (row.state, row.attempt) == ("running", 1)
        row.lease_until = 0.0
    assert claim_due(db, "test") is None  # it waits as after any failed attempt
    with db.write() as session:
        session.execute(update(Delivery).values(due_at=0.0))
    claimed = claim_due(db, "test")
    assert claimed is not None
    assert deliveries.record(db, claimed, sending(claimed))
    second = receiver.next()
    assert second.headers["webhook-id"] == first.headers["webhook-id"]
    assert second.body == first.body
    (told,), _ = deliveries.list_deliveries(db, ann, hook.id)
    assert (told.state, told.attempts) == ("delivered", 2)


def test_from_the_terminal(
    service: Service, ada: Account, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(service, ada, monkeypatch)
    hook = terminal.told("webhook", "create", receiver.url, "--event", "accepted")
    assert "whsec_" in hook["secret"]
    assert receiver.url in terminal.said("webhook", "list")
    assert hook["id"] in terminal.said("webhook", "test", hook["id"])
    assert receiver.next_message()["type"] == "test"
    wait_for(ada, hook["id"], "delivered")
    (delivery,) = terminal.told("webhook", "deliveries", hook["id"])
    assert (delivery["event"], delivery["state"]) == ("test", "delivered")
    assert "delivered" in terminal.said("webhook", "deliveries", hook["id"])
    given_up = [set_aside(service.db, ada.id, hook["id"])]
    given_up.append(set_aside(service.db, ada.id, hook["id"]))
    assert "1 sent again" in terminal.said("webhook", "resend", hook["id"], given_up[1])
    assert receiver.next().headers["webhook-id"] == given_up[1]
    assert "1 sent again" in terminal.said("webhook", "resend", hook["id"])
    assert receiver.next().headers["webhook-id"] == given_up[0]
    assert "0 sent again" in terminal.said("webhook", "resend", hook["id"])
    again = terminal.run("webhook", "resend", hook["id"], delivery["id"])
    assert again.exit_code == 2
    assert "Only a message that was set aside can be sent again." in again.stderr
    terminal.said("webhook", "delete", hook["id"])
    assert terminal.told("webhook", "list") == []
    refused = terminal.run("webhook", "create", "https://10.0.0.1/", "--event", "accepted")
    assert refused.exit_code == 2
    assert "not a public address" in refused.stderr
