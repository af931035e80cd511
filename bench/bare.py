"""`python -m bench.bare RUNTIME ROUNDS FOLDER < INPUT`: the floor for a jail's cost.

Runs in the runner's Python: it preloads the modules that the fork server of RUNTIME preloads,
collapses its memory in the same way, and then runs FOLDER's `main.py` in a plain fork for each
round, without a jail. Prints one JSON object: wall milliseconds of each round and CPU milliseconds
per round (median), both from the fork to the end of the child.
"""

import gc
import json
import os
import runpy
import statistics
import sys
import tempfile
import time

from runner import preload


def once(folder: str, stdin: bytes) -> tuple[float, float]:
    """Run once in a fork; return wall and CPU milliseconds."""
    with tempfile.TemporaryFile() as file:
        file.write(stdin)
        file.seek(0)
        begun = time.perf_counter()
        pid = os.fork()
        if pid == 0:
            try:
                os.dup2(file.fileno(), 0)
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                os.chdir(folder)
                sys.path.insert(0, folder)
                runpy.run_path("main.py", run_name="__main__")
                os._exit(0)
            finally:
                os._exit(1)
        _, status, usage = os.wait4(pid, 0)
        wall_ms = (time.perf_counter() - begun) * 1e3
        assert status == 0, "the bare run failed"
        return wall_ms, (usage.ru_utime + usage.ru_stime) * 1e3


def main(runtime: str, rounds: int, folder: str) -> None:
    stdin = sys.stdin.buffer.read()
    preload.load(runtime)
    gc.collect()
    preload.collapse_memory()
    gc.freeze()
    seen = [once(folder, stdin) for _ in range(rounds + 3)][3:]
    cpu_ms = statistics.median(cpu for _, cpu in seen)
    print(json.dumps({"wall_ms": [wall for wall, _ in seen], "cpu_ms": cpu_ms}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
