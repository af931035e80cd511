"""The verdicts that a test and a submission can get."""

from enum import StrEnum


class Verdict(StrEnum):
    """What the judge says of a test or a submission; the names are the field's own."""

    AC = "AC"
    """Accepted."""
    WA = "WA"
    """Wrong answer."""
    TLE = "TLE"
    """Time limit exceeded: CPU or wall-clock time."""
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
    """Judge error: ours or the package's, never the submission's."""
