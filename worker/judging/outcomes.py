"""Makes verdicts from a process's result and a checker's result. No other module makes them."""

from judge.result import CheckResult, Ending, ReplyKind, RunResult
from judge.verdict import Verdict
from worker.sandbox.base import Program


def verdict_of(run: RunResult, check: CheckResult | None) -> Verdict:
    """Return the verdict on a run and its check. `check` is None if there was nothing to check."""
    match run.ending:
        case Ending.CPU_LIMIT | Ending.WALL_LIMIT:
            return Verdict.TLE
        case Ending.MEMORY_LIMIT:
            return Verdict.MLE
        case Ending.OUTPUT_LIMIT:
            return Verdict.OLE
        case Ending.FORBIDDEN:
            return Verdict.SV
        case Ending.SIGNALED:
            return Verdict.RTE
        case Ending.EXITED:
            return Verdict.RTE if check is None else check.verdict


def output_of(program: Program, run: RunResult) -> bytes | None:
    """Return the output to check, or None if the run failed.

    A driver's output is its reply's payload, or standard output if it only prints. Any other
    program's output is its standard output.
    """
    if run.ending is not Ending.EXITED or run.exit_code != 0:
        return None
    if run.reply is not None and run.reply.kind is not ReplyKind.ANSWER:
        return None
    if not program.driver:
        return run.stdout
    return None if run.reply is None else run.reply.payload or run.stdout
