"""What the kernel counts for each user, and not for each jail, must not be one jail's to use up.

While one run holds as much as it can of one such thing, another is asked for, given its job and
judged, at the first attempt; and so it goes for the jail's user outside.

Standard library only, so that it also runs as an ordinary user:
`python -m tests.hostile.two_jails RUNNER_PYTHON` prints a line for each thing that came out wrong.
"""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from judge.limits import MIB, Limits
from judge.result import Ending
from worker.sandbox.base import Program, Runtime
from worker.sandbox.namespaces import NamespaceSandbox, start_sandbox

HOLDERS = sorted((Path(__file__).parent / "holders").glob("*.py"))
_ROUNDS = 6
"""How often its neighbours run: the first time a holder may still be taking what it can."""
_LIMITS = Limits(cpu_s=20.0, wall_s=30.0, memory_bytes=256 * MIB)
# It holds on while its neighbours run, and then says how much it had.
_HOLD = b"""
import sys, time
sys.stdout.write(f'held {held}\\n')
sys.stdout.flush()
time.sleep(3)
"""
NEIGHBOUR = b"""
import ctypes, os, select, signal, socket, threading
ends = [os.pipe() for _ in range(20)]
poll = select.epoll()
for reader, _ in ends:
    poll.register(reader)
left, right = socket.socketpair()
libc, timer = ctypes.CDLL(None), ctypes.c_void_p()
assert libc.timer_create(0, None, ctypes.byref(timer)) == 0
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
assert libc.sigqueue(os.getpid(), int(signal.SIGRTMIN), 0) == 0
threads = [threading.Thread(target=os.write, args=(writer, b"x" * 4096)) for _, writer in ends]
for one in threads:
    one.start()
for one in threads:
    one.join()
print(42)
"""
# What a person's own programs need, and jails must leave alone.
_OUTSIDE = (
    NEIGHBOUR
    + b"""
for _ in range(20):
    assert libc.inotify_init1(0) >= 0
for _ in range(50):
    socket.send_fds(left, [b"x"], [0] * 5)
"""
)


def complaints(sandbox: NamespaceSandbox, holder: Path, python: str) -> Iterator[str]:
    """What went wrong beside `holder`, each in a sentence."""
    source = holder.read_bytes() + _HOLD
    hold = Program(Runtime.PYTHON, {"hold.py": source}, ("hold.py",))
    beside = Program(Runtime.PYTHON, {"beside.py": NEIGHBOUR}, ("beside.py",))
    runs = 0
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(sandbox.run, hold, b"", _LIMITS)
        while runs < _ROUNDS and not held.done():
            runs += 1
            result = sandbox.run(beside, b"", _LIMITS)
            if (result.ending, result.stdout) != (Ending.EXITED, b"42\n"):
                yield f"{holder.stem}: the neighbour got {result}"
            outside = subprocess.run([python, "-c", _OUTSIDE], capture_output=True, check=False)
            if outside.stdout != b"42\n" or outside.stderr:
                yield f"{holder.stem}: outside it says {outside.stderr.decode()}"
    first = held.result()
    if first.ending is not Ending.EXITED or b"held " not in first.stdout:
        yield f"{holder.stem}: it did not hold on: {first}"
    if runs < 2:
        yield f"{holder.stem}: the neighbours were not beside it"


def main() -> int:
    """Try all, as whoever we are; how many went wrong."""
    python = sys.argv[1]
    sandbox = start_sandbox(python)
    try:
        found = [said for holder in HOLDERS for said in complaints(sandbox, holder, python)]
    finally:
        sandbox.close()
    sys.stdout.write("".join(f"{said}\n" for said in found) + f"{len(found)} wrong\n")
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
