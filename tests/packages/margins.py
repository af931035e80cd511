"""How far numbers are from the expected ones, in tolerances: up to 1 passes."""

import math
from collections.abc import Callable

from judge import tensor_text
from judge.limits import Limits
from judge.result import RunResult
from judge.tensor_text import Tensor
from worker.checkers.tensors import RELATIVE
from worker.judging.outcomes import output_of
from worker.sandbox.base import (
    CompileRequest,
    CompileResult,
    HearIf,
    Interaction,
    Party,
    Program,
    Sandbox,
)
from worker.sandbox.stop import Stop

_ABSOLUTE = 1e-6


class Recording(Sandbox):
    """Another sandbox, and what each input's run in it gave to be checked."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.outputs: dict[bytes, bytes | None] = {}

    def run(
        self, program: Program, stdin: bytes, limits: Limits, stop: Stop | None = None
    ) -> RunResult:
        result = self._sandbox.run(program, stdin, limits, stop)
        self.outputs[stdin] = output_of(program, result)
        return result

    def interact(
        self,
        party: Party,
        partner: Party,
        goes_on: Callable[[RunResult], bool],
        stop: Stop | None = None,
        *,
        hear_if: HearIf | None = None,
    ) -> Interaction:
        return self._sandbox.interact(party, partner, goes_on, stop, hear_if=hear_if)

    def compile(self, request: CompileRequest, limits: Limits) -> CompileResult:
        return self._sandbox.compile(request, limits)

    def trouble(self) -> str:
        return self._sandbox.trouble()

    def close(self) -> None:
        self._sandbox.close()


def greatest_error(answer: bytes, output: bytes) -> float | None:
    """The greatest error over the tolerance; None where more than numbers differs."""
    given = {entry.name: entry for entry in tensor_text.parse(output)}
    worst = 0.0
    for want in tensor_text.parse(answer):
        got = given.get(want.name)
        if not isinstance(want, Tensor) or want.dtype not in RELATIVE or want.rules:
            continue
        if not isinstance(got, Tensor) or (got.dtype, got.shape) != (want.dtype, want.shape):
            return None
        worst = max(worst, _error(want, got))
    return worst


def _error(want: Tensor, got: Tensor) -> float:
    tolerance = RELATIVE[want.dtype] * float(abs(want.floats).max(initial=0.0)) + _ABSOLUTE
    pairs = zip(want.floats.tolist(), got.floats.tolist(), strict=True)
    errors = [abs(a - b) for a, b in pairs if not (math.isnan(a) and math.isnan(b))]
    return max((math.inf if math.isnan(e) else e for e in errors), default=0.0) / tolerance
