"""A stdio program gives exactly the same output in the jail as in a plain CPython."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from judge.limits import Limits
from judge.result import Ending
from tests.support.jails import runner_python
from worker.sandbox.base import Program, Runtime
from worker.sandbox.namespaces import NamespaceSandbox

_PROGRAMS = {
    "hello": "print('hello')",
    "stdin": "import sys\nprint(input(), sys.stdin.readline(), list(sys.stdin), sys.stdin.read())",
    "buffer": "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])",
    "end_of_file": "while True:\n    print(input())",
    "open_stdin": "print(open(0).read(), end='')",
    "dev_stdin": "print(open('/dev/stdin').read(), end='')",
    "dev_stdout": "print('x', file=open('/dev/stdout', 'w'))",
    "names": (
        "import sys, __main__\n"
        "print(__name__, __main__.__file__.rpartition('/')[2], sys.argv, __doc__, __spec__)\n"
        "print(sorted(name for name in globals() if name != '__cached__'))"
    ),
    "docstring": "'''text'''\nprint(__doc__)",
    "annotations": "x: int = 1\nprint(__annotations__)",
    "limits": "import sys\nprint(sys.getrecursionlimit(), sys.maxsize)",
    "encoding": "import sys\nprint(sys.stdout.encoding, sys.getdefaultencoding(), 'ß字')",
    "raise": "def f(x):\n    return 1 / x\n\n\nf(0)\n",
    "chained": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise KeyError('x') from e",
    "own_hook": "import sys\nsys.excepthook = lambda *a: print('hook', a[0])\n1 / 0",
    "no_stderr": "import sys\nsys.stderr = None\n1 / 0",
    "exit_number": "import sys\nsys.exit(3)",
    "exit_large": "import sys\nsys.exit(259)",
    "exit_none": "import sys\nsys.exit()",
    "exit_true": "import sys\nsys.exit(True)",
    "exit_text": "import sys\nsys.exit('why')",
    "exit_quit": "quit(4)",
    "exit_at_once": "import os, sys\nprint('lost', end='')\nos._exit(5)",
    "unflushed": "import sys\nsys.stdout.write('no newline')",
    "closed_stdout": "import sys\nprint('x')\nsys.stdout.close()",
    "at_exit": "import atexit\natexit.register(print, 'last')\nprint('first')",
    "at_exit_fails": "import atexit\natexit.register(lambda: 1 / 0)\nprint('first')",
    "thread": (
        "import threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(0.05), print('late'))).start()\n"
        "print('first')"
    ),
    "daemon_thread": (
        "import threading\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\nprint('end')"
    ),
    "thread_raises": (
        "import threading\n"
        "t = threading.Thread(target=lambda: 1 / 0, name='t')\nt.start()\nt.join()"
    ),
    "pickle": (
        "import pickle\nclass A:\n    x = 1\n"
        "print(type(pickle.loads(pickle.dumps(A()))).__module__)"
    ),
    "dataclass": (
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: 'int' = 1\nprint(P())"
    ),
    "typing": "import typing\ndef f(x: 'int'): ...\nprint(typing.get_type_hints(f))",
    "import_main": "import __main__\nx = 5\nprint(__main__.x)",
    "inspect": "import inspect\ndef f(): return 1\nprint(inspect.getsource(f))",
    "gc": "import gc\nprint(gc.isenabled(), gc.get_threshold())",
    "signals": "import signal\nprint(signal.getsignal(signal.SIGINT), signal.getsignal(13))",
    "alarm": (
        "import signal\nsignal.signal(signal.SIGALRM, lambda *_: print('rang'))\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.02)\nsignal.pause()"
    ),
    "kill_self": "import os, signal\nprint('x', flush=True)\nos.kill(os.getpid(), signal.SIGTERM)",
    "abort": "import os\nos.abort()",
    "warning": "import warnings\nwarnings.warn('careful')",
    "deep": "def f(n): return n and 1 + f(n - 1)\nprint(f(950))",
    "future": "from __future__ import annotations\nprint(annotations)",
    "coding": "# -*- coding: latin-1 -*-\nprint('x')",
    "unraisable": "class A:\n    def __del__(self): 1 / 0\na = A()\ndel a\nprint('on')",
    "locale": "import locale\nprint(locale.setlocale(locale.LC_ALL, ''), locale.localeconv())",
    "named_pipe": (
        "import os, threading\nos.mkfifo('pipe')\n"
        "threading.Thread(target=lambda: open('pipe', 'w').write('through')).start()\n"
        "print(open('pipe').read())"
    ),
    "modules": "import sys\nprint('torch' in sys.modules, 'numpy' in sys.modules)",
}  # fmt: skip
_STDIN = b"first\nsecond\nthird\n"


def _bare(folder: Path, source: str) -> tuple[int, bytes, str]:
    (folder / "submission.py").write_text(source)
    done = subprocess.run(
        [runner_python(), "-B", "submission.py"],
        input=_STDIN, capture_output=True, cwd=folder, check=False,
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        # A shell's background job ignores this signal, and its children would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    told = done.stderr.replace(str(folder).encode(), b"/box")
    # Both environments have one interpreter, whose own folders have other names in a jail.
    told = told.replace(sys.base_prefix.encode(), b"/runtime")
    return done.returncode, done.stdout, _without_addresses(told)


def _without_addresses(text: bytes) -> str:
    return re.sub(r"0x[0-9a-f]+", "0x", text.decode())


@pytest.mark.parametrize("name", _PROGRAMS)
def test_program(name: str, jail: NamespaceSandbox, tmp_path: Path) -> None:
    source = _PROGRAMS[name]
    program = Program(Runtime.PYTHON, {"submission.py": source.encode()}, ("submission.py",))
    result = jail.run(program, _STDIN, Limits())
    assert result.ending in (Ending.EXITED, Ending.SIGNALED)
    got = (result.exit_code - result.signal, result.stdout, _without_addresses(result.stderr))
    assert got == _bare(tmp_path, source)
