"""What was compiled lately. A validator serves all submissions to its problem, and most people run
their code on the samples before they submit it: neither needs a compiler twice."""

import hashlib
import threading
from collections import OrderedDict

from judge.limits import MIB, Limits
from runner.protocol import Job, encode_job
from worker.sandbox.base import CompileResult, Runtime

_MAX_BYTES = 64 * MIB


def cache_key(runtime: Runtime, job: Job, limits: Limits) -> bytes:
    """The hash of all that a compiler's run depends on, its limits included."""
    return hashlib.sha256(repr((runtime, limits)).encode() + encode_job(job)).digest()


class CompileCache:
    """Successful compilations by their key; what was not used for longest goes. Thread-safe."""

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._bytes = 0
        self._results: OrderedDict[bytes, CompileResult] = OrderedDict()

    def get(self, key: bytes) -> CompileResult | None:
        """What was kept under `key`, if it is there still."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
            return self._results.get(key)

    def put(self, key: bytes, result: CompileResult) -> None:
        """Keep `result`, if it is a success: what failed may have lacked memory or time."""
        if result.run.exit_code or not result.artefact:
            return
        with self._lock:
            if key not in self._results:
                self._bytes += _size(result)
            self._results[key] = result
            while self._bytes > self._max_bytes:
                self._bytes -= _size(self._results.popitem(last=False)[1])


def _size(result: CompileResult) -> int:
    said = len(result.run.stdout) + len(result.run.stderr)
    return said + sum(len(content) for content in result.artefact.values())
