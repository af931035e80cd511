"""What a run may spend, and what it spent. Units are in the names."""

from dataclasses import dataclass

KIB = 1 << 10
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one run in the sandbox.

    `memory_bytes` is for the submission alone: what it uses beyond the jail that it starts in (an
    interpreter with torch loaded is not counted). `output_bytes` limits standard output, standard
    error and the result, each separately.
    """

    cpu_s: float = 2.0
    wall_s: float = 6.0
    memory_bytes: int = 256 * MIB
    output_bytes: int = 8 * MIB
    scratch_bytes: int = 16 * MIB
    processes: int = 64


COMPILE_LIMITS = Limits(
    cpu_s=15.0,
    wall_s=45.0,
    memory_bytes=1024 * MIB,
    output_bytes=1 * MIB,
    scratch_bytes=256 * MIB,
)
"""The limits of compiling if the package sets none."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run spent, measured from outside the jail."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    memory_bytes: int = 0
