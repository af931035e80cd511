"""How a wrong submission fails, as data; `judge.mistakes.mutants` stores it in the database.

The two modules are separate because judging and verifying a package need no database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from judge.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Failure:
    """How one submission fails, over all tests that it ran.

    `verdicts` has the tests that rejected it; `outputs` its output on those of them with verdict
    WA, if short enough to keep. `drawn` are the other tests, on which its verdict depends on
    chance, with the verdicts that were seen.
    """

    verdicts: Mapping[str, Verdict]
    outputs: Mapping[str, bytes]
    drawn: Mapping[str, frozenset[Verdict]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A known mistake: `path` is below `submissions/`, `line` is the text to show, by language tag
    (empty if the package has no line for it)."""

    path: str
    line: Mapping[str, str]
    failure: Failure


def is_mutant(expected: Iterable[str]) -> bool:
    """Whether a submission with these expected verdicts is wrong only by its answers."""
    return set(expected) == {Verdict.WA}


def encode_verdicts(failure: Failure) -> dict[str, str | list[str]]:
    """A failure's verdicts by test, for JSON; a list of verdicts where they depend on chance."""
    return {
        **{test: str(verdict) for test, verdict in failure.verdicts.items()},
        **{test: sorted(map(str, seen)) for test, seen in failure.drawn.items()},
    }


def decode_failure(
    verdicts: Mapping[str, str | list[str]], outputs: Mapping[str, bytes]
) -> Failure:
    """The counterpart of `encode_verdicts`, with the outputs."""
    return Failure(
        {test: Verdict(one) for test, one in verdicts.items() if isinstance(one, str)},
        outputs,
        {
            test: frozenset(map(Verdict, seen))
            for test, seen in verdicts.items()
            if not isinstance(seen, str)
        },
    )


def line_of(mistakes: Mapping[str, Mapping[str, str]], path: str) -> Mapping[str, str]:
    """The line in `judge.yaml` for the submission at `path`: its own, else that of a file with the
    same name in another language."""
    name = path.rpartition("/")[2]
    if name in mistakes:
        return mistakes[name]
    stem = name.rpartition(".")[0]
    same = sorted(other for other in mistakes if other.rpartition(".")[0] == stem)
    return mistakes[same[0]] if same else {}
