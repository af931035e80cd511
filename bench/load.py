"""`python -m bench.load PORT PROBLEM CONNECTIONS PER_USER < TOKENS`: a client process that sends
submissions as fast as the API answers.

It writes HTTP/1.1 itself over persistent connections, one request at a time on each, to use little
CPU, because it shares the machine with the server. It prints one JSON object: the seconds for all,
each answer's latency in ms, the number of each status, and the CPU seconds of this process.
"""

import asyncio
import itertools
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator

SOURCE = "def max_subarray(nums):\n    best = cur = nums[0]\n    for x in nums[1:]:\n"


class Client(asyncio.Protocol):
    """One connection, which sends the next request when the last one is answered."""

    def __init__(self, requests: Iterator[bytes], latencies_ms: list[float]) -> None:
        self._requests = requests
        self._latencies_ms = latencies_ms
        self._received = b""
        self._begun = 0.0
        self.statuses: Counter[int] = Counter()
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
        else:
            self._begun = time.perf_counter()
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < length_of(head):
            return
        self._latencies_ms.append((time.perf_counter() - self._begun) * 1e3)
        self.statuses[int(head[9:12])] += 1
        self._received = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio calls it so
        if not self.done.done():
            self.done.set_result(None)


def length_of(head: bytes) -> int:
    """Return the Content-Length in an answer's head."""
    return int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])


def requests(problem: str, tokens: list[str], per_user: int) -> Iterator[bytes]:
    """Yield requests that submit `per_user` different sources for each user, in turns."""
    for number, token in itertools.product(range(per_user), tokens):
        source = f"{SOURCE}        # {number}\n"
        body = json.dumps({"language": "python3", "source": source}).encode()
        yield (
            f"POST /api/v1/problems/{problem}/submissions HTTP/1.1\r\nHost: bench\r\n"
            f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"
            f"Idempotency-Key: {number}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body


async def run(port: int, connections: int, sent: list[bytes]) -> dict[str, object]:
    """Send all requests; return seconds, latencies and statuses (see the module's docstring)."""
    latencies_ms: list[float] = []
    loop, left = asyncio.get_running_loop(), iter(sent)
    begun = time.perf_counter()
    clients = [
        (await loop.create_connection(lambda: Client(left, latencies_ms), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    for client in clients:
        await client.done
    return {
        "seconds": time.perf_counter() - begun,
        "latencies_ms": latencies_ms,
        "statuses": sum((client.statuses for client in clients), Counter()),
    }


def main() -> None:
    port, problem, connections, per_user = sys.argv[1:]
    tokens = sys.stdin.read().split()
    sent = list(requests(problem, tokens, int(per_user)))
    before = resource.getrusage(resource.RUSAGE_SELF)
    seen = asyncio.run(run(int(port), int(connections), sent))
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    json.dump({**seen, "cpu_s": cpu_s}, sys.stdout)


if __name__ == "__main__":
    main()
