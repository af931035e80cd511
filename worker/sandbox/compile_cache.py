"""A cache of recent compilations. All submissions to a problem share its validators, and most
users run their code on the samples before they submit it: neither is compiled twice."""

import hashlib
import threading
from collections import OrderedDict

from judge.limits import MIB, Limits
from runner.protocol import Job, encode_job
from worker.sandbox.base import CompileResult, Runtime

_MAX_BYTES = 64 * MIB


def cache_key(runtime: Runtime, job: Job, limits: Limits) -> bytes:
    """Return a hash of everything that a compiler's run depends on, including its limits."""
    return hashlib.sha256(repr((runtime, limits)).encode() + encode_job(job)).digest()


class CompileCache:
    """An LRU cache of successful compilations by key. Thread-safe."""

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._bytes = 0
        self._results: OrderedDict[bytes, CompileResult] = OrderedDict()

    def get(self, key: bytes) -> CompileResult | None:
        """Return the result kept under `key`; None if there is none."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def put(self, key: bytes, result: CompileResult) -> None:
        """Keep `result` if it is a success: a failure may come from a lack of memory or time."""
        if result.run.exit_code or not result.artefact:
            return
        with self._lock:
            # Two may compile the same at once, and compilers don't always make the same files.
            before = self._results.pop(key, None)
            self._bytes += _size(result) - (0 if before is None else _size(before))
            self._results[key] = result
            while self._bytes > self._max_bytes:
                self._bytes -= _size(self._results.popitem(last=False)[1])


def _size(result: CompileResult) -> int:
    said = len(result.run.stdout) + len(result.run.stderr)
    return said + sum(len(content) for content in result.artefact.values())
