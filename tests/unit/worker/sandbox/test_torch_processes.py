"""Processes of a run that uses torch send each other tensors, and end in order."""

from judge.limits import MIB, Limits
from judge.result import Ending
from tests.support.jails import TORCH_PATIENCE_S, started_landlock_sandbox
from tests.support.missing import missing
from worker.sandbox.base import Program, Runtime, SandboxError
from worker.sandbox.namespaces import NamespaceSandbox

# Without control groups a run has one process.
_LOADER = b"""
import torch
from torch.utils.data import DataLoader, TensorDataset

rows = TensorDataset(torch.arange(12.0).reshape(6, 2), torch.arange(6))
for batch, labels in DataLoader(rows, batch_size=3, num_workers=2):
    print(batch.tolist(), labels.dtype, labels.sum().item())
"""
_QUEUE = b"""
import torch
from torch import multiprocessing, nn

def train(queue):
    queue.put({"weight": nn.Parameter(torch.full((2, 2), 3.0)), "view": torch.arange(9)[2:4]})

queue = multiprocessing.Queue()
worker = multiprocessing.Process(target=train, args=(queue,))
worker.start()
got = queue.get()
worker.join()
print(type(got["weight"]).__name__, got["weight"].requires_grad, got["view"].tolist())
"""
# torch has loaded all these modules before the submission's first line.
_LEFT_AT_THE_END = b"""
import logging.handlers
import multiprocessing
import sys
import time
import weakref

def work():
    time.sleep(0.1)
    print("a process", flush=True)

class Kept:
    pass

kept = Kept()
handler = logging.handlers.MemoryHandler(100, target=logging.StreamHandler(sys.stdout))
logging.getLogger("own").addHandler(handler)
logging.getLogger("own").warning("a line of the log")
multiprocessing.Process(target=work).start()
weakref.finalize(kept, print, "a finalizer")
print("the program", flush=True)
"""


def _output(sandbox: NamespaceSandbox, source: bytes) -> str:
    try:
        sandbox.await_ready(Runtime.TORCH, TORCH_PATIENCE_S)
    except SandboxError as error:
        missing(str(error))
    program = Program(Runtime.TORCH, {"submission.py": source}, ("submission.py",))
    limits = Limits(cpu_s=30.0, wall_s=60.0, memory_bytes=512 * MIB)
    result = sandbox.run(program, b"", limits)
    assert (result.ending, result.exit_code) == (Ending.EXITED, 0), result
    return result.stdout.decode()


def test_a_loaders_workers_send_batches(groups: NamespaceSandbox) -> None:
    assert _output(groups, _LOADER).splitlines() == [
        "[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]] torch.int64 3",
        "[[6.0, 7.0], [8.0, 9.0], [10.0, 11.0]] torch.int64 12",
    ]


def test_a_queue_carries_parameters_and_views(groups: NamespaceSandbox) -> None:
    assert _output(groups, _QUEUE) == "Parameter True [2, 3]\n"


def test_what_a_program_leaves_at_its_end_is_ended_in_order(groups: NamespaceSandbox) -> None:
    lines = _output(groups, _LEFT_AT_THE_END).splitlines()
    assert lines[0] == "the program"
    assert sorted(lines[1:]) == ["a finalizer", "a line of the log", "a process"]


def test_temporary_files_are_in_the_runs_own_folder() -> None:
    """Loading torch needs such a folder too, but in a server with another path for it."""
    source = b"import os, tempfile; print(tempfile.NamedTemporaryFile().name, os.getcwd())"
    with started_landlock_sandbox() as sandbox:
        name, folder = _output(sandbox, source).split()
    assert name.startswith(f"{folder}/")
