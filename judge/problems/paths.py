"""Learning paths: the problems of a topic in an order in which each comes after what it needs.

The topics are the tags, and what a problem needs is in its package (`prerequisites` in
`judge.yaml`). A tag makes a path where one of its problems needs another one of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from judge.problems.progress import ProblemState
from judge.problems.views import ProblemSummary

_ORDER = {"easy": 0, "medium": 1, "hard": 2}


@dataclass(frozen=True, slots=True)
class Step:
    """A problem of a path. `after` are those problems of the path that come before it; `is_next`
    says that it is the one to solve now."""

    problem: ProblemSummary
    after: tuple[str, ...]
    state: ProblemState
    is_next: bool


@dataclass(frozen=True, slots=True)
class LearningPath:
    """A topic's problems in their order."""

    tag: str
    steps: tuple[Step, ...]

    @property
    def num_solved(self) -> int:
        """How many are solved."""
        return sum(step.state is ProblemState.SOLVED for step in self.steps)


def learning_paths(
    problems: Iterable[ProblemSummary], states: Mapping[str, ProblemState]
) -> list[LearningPath]:
    """The paths through these problems, the longest first; `states` are the reader's, by slug, and
    what isn't in it is new."""
    by_tag: dict[str, list[ProblemSummary]] = {}
    for one in problems:
        for tag in one.tags:
            by_tag.setdefault(tag, []).append(one)
    found = [_path(tag, listed, states) for tag, listed in by_tag.items() if _is_path(listed)]
    return sorted(found, key=lambda path: (-len(path.steps), path.tag))


def _is_path(listed: Sequence[ProblemSummary]) -> bool:
    slugs = {one.slug for one in listed}
    return any(slugs.intersection(one.prerequisites) for one in listed)


def _path(
    tag: str, listed: Sequence[ProblemSummary], states: Mapping[str, ProblemState]
) -> LearningPath:
    by_slug = {one.slug: one for one in listed}
    after = {
        one.slug: tuple(slug for slug in one.prerequisites if slug in by_slug) for one in listed
    }
    steps: list[Step] = []
    has_next = False
    for slug in _ordered(by_slug, after):
        state = states.get(slug, ProblemState.NEW)
        is_next = not has_next and state is not ProblemState.SOLVED
        has_next = has_next or is_next
        steps.append(Step(by_slug[slug], after[slug], state, is_next))
    return LearningPath(tag, tuple(steps))


def _ordered(
    by_slug: Mapping[str, ProblemSummary], after: Mapping[str, Sequence[str]]
) -> list[str]:
    """Each after its prerequisites; of those that may come now, the easiest first."""
    sorter = TopologicalSorter(after)
    try:
        sorter.prepare()
    except CycleError:
        # None is published, but versions may be older than the check.
        return sorted(by_slug)
    ready: list[str] = []
    ordered: list[str] = []
    while sorter.is_active():
        ready += sorter.get_ready()
        ready.sort(key=lambda slug: (_ORDER.get(by_slug[slug].difficulty, 3), slug))
        ordered.append(ready.pop(0))
        sorter.done(ordered[-1])
    return ordered
