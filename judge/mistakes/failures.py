"""How a wrong submission fails, as data; `judge.mistakes.mutants` keeps it in the database.

The two are apart, since judging and verifying a package need no database.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from judge.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Failure:
    """How one submission fails, over all tests that it ran.

    `verdicts` has the tests that did not accept it; `outputs` what it answered on those of them
    whose verdict is WA, where that was short enough to keep. `drawn` are the tests, not among
    those, in which chance decides what it does, with the verdicts that were seen there.
    """

    verdicts: Mapping[str, Verdict]
    outputs: Mapping[str, bytes]
    drawn: Mapping[str, frozenset[Verdict]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A known mistake: `path` is below `submissions/`, `line` what to say, by language tag
    (empty where the package has no line for it)."""

    path: str
    line: Mapping[str, str]
    failure: Failure


def is_mutant(expected: Iterable[str]) -> bool:
    """Whether a submission of which these verdicts are expected is wrong by its answers."""
    return set(expected) == {Verdict.WA}


def encode_verdicts(failure: Failure) -> dict[str, str | list[str]]:
    """A failure's verdicts by test, a list of those seen where chance decides, for JSON."""
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
    """What `judge.yaml` says of the submission at `path`: its own line, else that of a file of
    the same name in another language."""
    name = path.rpartition("/")[2]
    if name in mistakes:
        return mistakes[name]
    stem = name.rpartition(".")[0]
    same = sorted(other for other in mistakes if other.rpartition(".")[0] == stem)
    return mistakes[same[0]] if same else {}
