"""Learning paths: the problems of a topic, each after the problems that it requires.

The topics are the tags. What a problem requires is in its package (`prerequisites` in
`judge.yaml`). A tag makes a path if one of its problems requires another one of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from judge.problems.progress import ProblemState
from judge.problems.views import ProblemSummary

_ORDER = {"easy": 0, "medium": 1, "hard": 2}


@dataclass(frozen=True, slots=True)
class Step:
    """A problem of a path. `after` are the problems of the path that it requires; `is_next` marks
    the one to solve now."""

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
        """How many of the problems are solved."""
        return sum(step.state is ProblemState.SOLVED for step in self.steps)


@dataclass(frozen=True, slots=True)
class Topic:
    """A path without a reader's states: a tag's problems in their order, and `after`, by slug, the
    problems among them that each requires."""

    tag: str
    problems: tuple[ProblemSummary, ...]
    after: Mapping[str, tuple[str, ...]]

    def path(self, states: Mapping[str, ProblemState]) -> LearningPath:
        """The path of a reader with these `states`, by slug; a problem without one is new."""
        steps: list[Step] = []
        has_next = False
        for one in self.problems:
            state = states.get(one.slug, ProblemState.NEW)
            is_next = not has_next and state is not ProblemState.SOLVED
            has_next = has_next or is_next
            steps.append(Step(one, self.after[one.slug], state, is_next))
        return LearningPath(self.tag, tuple(steps))


def topics(problems: Iterable[ProblemSummary]) -> list[Topic]:
    """The tags that make paths through these problems, the longest path first."""
    by_tag: dict[str, dict[str, ProblemSummary]] = {}
    for one in problems:
        for tag in one.tags:
            by_tag.setdefault(tag, {})[one.slug] = one
    found = []
    for tag, by_slug in by_tag.items():
        after = {
            slug: tuple(need for need in one.prerequisites if need in by_slug)
            for slug, one in by_slug.items()
        }
        if any(after.values()):
            ordered = tuple(by_slug[slug] for slug in _ordered(by_slug, after))
            found.append(Topic(tag, ordered, after))
    return sorted(found, key=lambda topic: (-len(topic.problems), topic.tag))


def learning_paths(
    problems: Iterable[ProblemSummary], states: Mapping[str, ProblemState]
) -> list[LearningPath]:
    """The paths through these problems, the longest first; `states` as for `Topic.path`."""
    return [topic.path(states) for topic in topics(problems)]


def _ordered(
    by_slug: Mapping[str, ProblemSummary], after: Mapping[str, Sequence[str]]
) -> list[str]:
    """Each problem after its prerequisites; of several possible ones the easiest comes first."""
    sorter = TopologicalSorter(after)
    try:
        sorter.prepare()
    except CycleError:
        # Publishing refuses a cycle, but a version may be older than that check.
        return sorted(by_slug)
    ready: list[str] = []
    ordered: list[str] = []
    while sorter.is_active():
        ready += sorter.get_ready()
        ready.sort(key=lambda slug: (_ORDER.get(by_slug[slug].difficulty, 3), slug))
        ordered.append(ready.pop(0))
        sorter.done(ordered[-1])
    return ordered
