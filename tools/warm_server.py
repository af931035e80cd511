"""A CPython that has torch imported already, and forks for each program that it is asked to run.

`verifyproblem` starts every submission and every validator as a new process, thousands of times.
Importing torch takes more than a second; a fork takes hundredths of one. `warm_client.py` is
what it starts instead of Python: that sends its arguments, limits and standard streams here, and
ends as the fork ended. No wall is meant: this runs the repository's own packages.

Runs in `.venv-runner`, with the project's root in PYTHONPATH. Argument: the socket's path.
"""

import atexit
import contextlib
import gc
import marshal
import os
import random
import resource
import runpy
import selectors
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, NoReturn

import numpy
import torch

import judge.wording  # noqa: F401 what the torch packages' validators import
import worker.checkers.tensors  # noqa: F401
from runner import preload


def serve(path: str) -> None:
    """Answer until terminated; one line on standard output says that it has begun."""
    preload.load("torch")
    gc.freeze()
    preload.collapse_memory()
    woken, wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    waiting: dict[int, socket.socket] = {}
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        listener.listen(64)
        selector = selectors.DefaultSelector()
        selector.register(listener, selectors.EVENT_READ)
        selector.register(woken, selectors.EVENT_READ)
        print("ready", flush=True)
        while True:
            for key, _ in selector.select():
                if key.fileobj is listener:
                    client, _ = listener.accept()
                    waiting[begin(client)] = client
                else:
                    os.read(woken, 4096)
            answer_ended(waiting)


def begin(client: socket.socket) -> int:
    """Fork for what the client asks; the child's process id."""
    message, streams, _, _ = socket.recv_fds(client, 1 << 16, 3)
    child = os.fork()
    if child == 0:
        become(marshal.loads(message), streams)
    for stream in streams:
        os.close(stream)
    return child


def answer_ended(waiting: dict[int, socket.socket]) -> None:
    """Tell clients how their forks ended, and how much CPU time these had (s)."""
    while waiting:
        child, status, usage = os.wait4(-1, os.WNOHANG)
        if child == 0:
            return
        ended = {"status": status, "cpu_s": usage.ru_utime + usage.ru_stime}
        # A client that was killed wants no answer.
        with waiting.pop(child) as client, contextlib.suppress(BrokenPipeError):
            client.send(marshal.dumps(ended))


def become(asked: dict[str, Any], streams: list[int]) -> NoReturn:
    """In the fork: run the program as CPython would, and end."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        os.chdir(asked["folder"])
        limit(asked["limits"])
        code = run(asked["argv"])
    except BaseException:  # noqa: BLE001 whatever it raises is its traceback and exit code 1
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def limit(limits: dict[str, list[int]]) -> None:
    """Take the client's limits; memory counts from what is mapped already."""
    for name, (soft, hard) in limits.items():
        if name == "RLIMIT_AS" and soft != resource.RLIM_INFINITY:
            soft += int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(getattr(resource, name), (soft, hard))


def run(argv: list[str]) -> int:
    """Run `argv` as `__main__`, with its own random numbers; its exit code."""
    random.seed()
    numpy.random.seed()
    torch.seed()
    sys.argv = argv
    sys.path[0] = os.path.dirname(os.path.abspath(argv[0]))  # noqa: PTH100, PTH120 as CPython does
    code = 0
    try:
        runpy.run_path(argv[0], run_name="__main__")
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            print(ended.code, file=sys.stderr)
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    threading._shutdown()  # type: ignore[attr-defined] # what the interpreter calls at its end
    atexit._run_exitfuncs()
    return code & 0xFF


if __name__ == "__main__":
    serve(sys.argv[1])
