"""The verdicts of tests and submissions, with the facts about each."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class VerdictFacts:
    """The facts about one verdict.

    `label` is the verdict in English words. Of several verdicts the worst is the one with the
    greatest `severity`. `colour` is a style of `rich`, for terminals. `is_attempt` is False if
    boards don't count the verdict: nothing was run, or the judge is at fault.
    """

    label: str
    severity: int
    colour: str
    is_attempt: bool = True


class Verdict(StrEnum):
    """A verdict on a test or a submission. The names are common among online judges."""

    AC = "AC"
    """Accepted."""
    WA = "WA"
    """Wrong answer."""
    TLE = "TLE"
    """Time limit exceeded: CPU or wall-clock time, of one test or of all together."""
    MLE = "MLE"
    """Memory limit exceeded."""
    OLE = "OLE"
    """Output limit exceeded: standard output, standard error or the result."""
    RTE = "RTE"
    """Run-time error: exception, signal, non-zero exit, no answer."""
    CE = "CE"
    """Compile error; for Python a syntax error."""
    SV = "SV"
    """Security violation: a forbidden system call, for which the jail kills the process."""
    JE = "JE"
    """Judge error: a fault of the judge or of the package, never of the submission."""

    @property
    def facts(self) -> VerdictFacts:
        """The facts about this verdict."""
        return _FACTS[self]


_FACTS = {
    Verdict.AC: VerdictFacts("accepted", 0, "green"),
    Verdict.WA: VerdictFacts("wrong answer", 1, "red"),
    Verdict.OLE: VerdictFacts("output limit exceeded", 2, "yellow"),
    Verdict.TLE: VerdictFacts("time limit exceeded", 3, "yellow"),
    Verdict.MLE: VerdictFacts("memory limit exceeded", 4, "yellow"),
    Verdict.RTE: VerdictFacts("run-time error", 5, "magenta"),
    Verdict.SV: VerdictFacts("security violation", 6, "bold red"),
    Verdict.CE: VerdictFacts("compile error", 7, "cyan", is_attempt=False),
    Verdict.JE: VerdictFacts("judge error (ours, not yours)", 8, "bold white on red", False),
}
