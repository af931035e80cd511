"""The submissions of a run, to real problems, which several clients send all the time.

Each client sends a submission, waits for its verdict as a script does, and sends the next one. It
measures the time from its first attempt to send until it sees the verdict, with all outages.
"""

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

import httpx

from tests.support.launched import PROJECT
from tests.support.stack import wait_until

PEOPLE = 8
# A restarted launcher takes minutes on a busy machine.
_TAKEN_WITHIN_S = 900.0
_ASK_AGAIN_S = 0.1


@dataclass(frozen=True, slots=True)
class Work:
    """A submission to send, and the verdict that it must get."""

    slug: str
    language: str
    source: str
    wanted: str


def _of(slug: str, language: str, file: str, wanted: str) -> Work:
    path = PROJECT / "problems" / slug / "submissions" / file
    return Work(slug, language, path.read_text(), wanted)


RIGHT = _of("maxsubarray", "python3", "accepted/kadane.py", "AC")
WRONG = _of("maxsubarray", "python3", "wrong_answer/resets_to_zero.py", "WA")
_KILLS_ITSELF = Work("maxsubarray", "python3", "import os\nos.kill(os.getpid(), 9)\n", "RTE")
_TORCH = _of("multiheadattention", "pytorch", "accepted/softmax_by_hand.py", "AC")
_ANSWERS = _of("attentioncost", "answers", "accepted/right.yaml", "AC")
_MISCONCEPTIONS = _of("attentioncost", "answers", "wrong_answer/misconceptions_1.yaml", "WA")
SLUGS = ("maxsubarray", "multiheadattention", "attentioncost")
# Most take little CPU time, which the service needs to restart after a fault.
MIX = (
    *(RIGHT, WRONG, _ANSWERS, WRONG, _MISCONCEPTIONS, _ANSWERS, RIGHT, _TORCH, WRONG),
    *(_ANSWERS, _KILLS_ITSELF, _ANSWERS, RIGHT, _MISCONCEPTIONS, WRONG, _ANSWERS, RIGHT),
    *(_MISCONCEPTIONS, WRONG, _ANSWERS),
)
WITHOUT_TORCH = tuple(work for work in MIX if work is not _TORCH)
# Judged for a second, so that a process that is frozen at any moment is judging.
SLOWLY = (Work("maxsubarray", "python3", f"import time\ntime.sleep(0.05)\n{RIGHT.source}", "AC"),)
SPIN = "def max_subarray(nums):\n    while True: pass\n"


@dataclass(slots=True)
class Sent:
    """One submission. Times are monotonic seconds; `verdict` is empty until it is judged."""

    number: int
    work: Work
    token: str = field(repr=False)
    """The token of its user: no other user may read it."""
    began: float = field(default_factory=time.monotonic)
    id: str = ""
    verdict: str = ""
    seen: float = 0.0

    @property
    def took_s(self) -> float:
        return self.seen - self.began


class Load:
    """Sends `total` submissions, those of `mix` in turn, but only as many as `release` allows.

    After `give_up_s` seconds a client stops waiting for a verdict and sends the next submission;
    `settle` asks for that verdict again.
    """

    def __init__(
        self, url: str, mix: Sequence[Work], tokens: Sequence[str], total: int, give_up_s: float
    ) -> None:
        self._url = url
        self._mix = mix
        self.tokens = tokens
        self._total = total
        self._give_up_s = give_up_s
        self._released = 0
        self._taken = 0
        self._ended = 0
        self._changed = threading.Condition()
        self._people = ThreadPoolExecutor(len(tokens))
        self._futures: list[Future[None]] = []
        self.sent: list[Sent] = []

    def start(self) -> None:
        self._futures = [self._people.submit(self._send_all, token) for token in self.tokens]

    def release(self, number: int) -> None:
        """Allow `number` more submissions to be sent."""
        with self._changed:
            self._released = min(self._total, self._released + number)
            self._changed.notify_all()

    def send_no_more(self) -> None:
        """Send no further submissions."""
        with self._changed:
            self._total = self._released = self._taken
            self._changed.notify_all()

    def await_ended(self, left: int) -> None:
        """Wait until at most `left` of the allowed submissions have no verdict; those given up
        count as ended."""
        with self._changed:
            while self._released - self._ended > left:
                self._changed.wait(1)
                self._raise_failure()

    def settle(self, patience_s: float) -> None:
        """Send the rest and wait until all are judged, or for `patience_s` none more was judged."""
        self.release(self._total)
        for future in self._futures:
            future.result()
        moved = time.monotonic()
        with ExitStack() as stack:
            http_of = {each: stack.enter_context(self.http(each)) for each in self.tokens}
            while waiting := [one for one in self.sent if not one.verdict]:
                for one in waiting:
                    if self._look(http_of[one.token], one, 0):
                        moved = time.monotonic()
                if time.monotonic() - moved > patience_s:
                    return
                time.sleep(_ASK_AGAIN_S)

    def close(self) -> None:
        """Send no further submissions and wait until all clients have ended. Also called if a fault
        raises an error and ends the run."""
        self.send_no_more()
        self._people.shutdown()

    def http(self, token: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=self._url, headers=headers, timeout=10)

    def _raise_failure(self) -> None:
        for future in self._futures:
            if future.done():
                future.result()

    def _send_all(self, token: str) -> None:
        with self.http(token) as http:
            while (one := self._next(token)) is not None:
                one.id = send(http, one.work, f"chaos-{one.number}")
                deadline = time.monotonic() + self._give_up_s
                while not self._look(http, one, 5) and time.monotonic() < deadline:
                    time.sleep(_ASK_AGAIN_S)
                with self._changed:
                    self._ended += 1
                    self._changed.notify_all()

    def _next(self, token: str) -> Sent | None:
        with self._changed:
            self._changed.wait_for(lambda: self._taken < self._released or self._is_all())
            if self._is_all():
                return None
            one = Sent(self._taken, self._mix[self._taken % len(self._mix)], token)
            self._taken += 1
            self.sent.append(one)
            return one

    def _is_all(self) -> bool:
        return self._taken >= self._total

    def _look(self, http: httpx.Client, one: Sent, wait_s: float) -> bool:
        """Ask for the verdict; whether there is one. The service may be down."""
        with suppress(httpx.TransportError):
            answer = http.get(f"/submissions/{one.id}", params={"wait": wait_s})
            # Any other status would make a submission count as lost that just can't be read.
            assert answer.status_code in {200, 429} or answer.status_code >= 500, answer.text
            if answer.status_code == 200 and answer.json()["state"] == "done":
                one.verdict, one.seen = answer.json()["verdict"], time.monotonic()
        return bool(one.verdict)


def send(http: httpx.Client, work: Work, key: str) -> str:
    """Send a submission and return its id. While the service is down or answers with an error 429
    or 5xx, send it again with the same idempotency key."""
    body = {"language": work.language, "source": work.source}
    path = f"/problems/{work.slug}/submissions"
    said, id = "", ""

    def is_taken() -> bool:
        nonlocal said, id
        try:
            answer = http.post(path, json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError as error:
            said = repr(error)
            return False
        said = answer.text
        # No fault excuses any other status.
        assert answer.status_code in {202, 429} or answer.status_code >= 500, said
        id = str(answer.json()["id"]) if answer.status_code == 202 else ""
        return bool(id)

    try:
        wait_until(is_taken, "a submission to be accepted", _TAKEN_WITHIN_S)
    except AssertionError as error:
        error.add_note(said)
        raise
    return id


def new_people(url: str) -> list[str]:
    """Sign up the clients' users and return their tokens; call it before the first fault."""
    tokens = []
    with httpx.Client(base_url=url, timeout=60) as http:
        for number in range(PEOPLE):
            who = {"name": f"person{number}", "password": os.urandom(12).hex()}
            http.post("/users", json=who).raise_for_status()
            answer = http.post("/tokens", json=who).raise_for_status()
            tokens.append(str(answer.json()["token"]))
    return tokens
