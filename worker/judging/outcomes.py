"""Makes verdicts from what a process did and what the checker said. Nothing else makes them."""

from judge.result import CheckResult, Ending, ReplyKind, RunResult
from judge.verdict import Verdict
from worker.sandbox.base import Program


def verdict_of(run: RunResult, check: CheckResult | None) -> Verdict:
    """The verdict on a run and its check. `check` is None when there was nothing to check."""
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
    """What there is to check, or None when the run did not come to a good end.

    A driver's answer is its reply's payload; from one that only prints, standard output is
    taken. Any other program's output is its standard output.
    """
    if run.ending is not Ending.EXITED or run.exit_code != 0:
        return None
    if run.reply is not None and run.reply.kind is not ReplyKind.ANSWER:
        return None
    if not program.driver:
        return run.stdout
    return None if run.reply is None else run.reply.payload or run.stdout
