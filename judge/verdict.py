"""The verdicts of tests and submissions, with the facts about each."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class VerdictFacts:
    """What is true of one verdict wherever it is given.

    `label` is the verdict in English words. `severity` orders them: the worst of several is the
    one with the greatest severity. `colour` is how a terminal shows it, as `rich` names styles.
    `is_attempt` is False for what boards don't count: nothing was run, or the fault is ours.
    """

    label: str
    severity: int
    colour: str
    is_attempt: bool = True


class Verdict(StrEnum):
    """A verdict on a test or a submission. The names are those that online judges use."""

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
    """Security violation: a system call that the jail kills for."""
    JE = "JE"
    """Judge error: an error of ours or of the package, never of the submission."""

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
