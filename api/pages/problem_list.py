"""The list of problems as a page shows it: titles in the reader's language, and how far one is."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from api.content_language import ContentLanguage
from api.services import Services
from judge.accounts.users import Principal
from judge.boards.views import Cell, read_cells
from judge.boards.windows import ALL
from judge.db.session import Database
from judge.problems.paths import LearningPath, Step, Topic, topics
from judge.problems.progress import ProblemState
from judge.problems.views import ProblemFilter, ProblemSummary, all_problems

_MOST_STEPS = 12
"""A path's line shows so many problems; the topic's link leads to all of them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One problem. `cell` is the reader's own on the board, None where there is none; `state` says
    what that means."""

    problem: ProblemSummary
    title: str
    cell: Cell | None = None
    state: ProblemState = ProblemState.NEW

    @property
    def num_pending(self) -> int:
        """How many of the reader's submissions are being judged."""
        return 0 if self.cell is None else self.cell.num_pending


@dataclass(frozen=True, slots=True)
class Listing:
    """All problems in one language: `titles` by slug, `lines` for somebody who has tried none, easy
    ones first, where each stands in them, by slug, and the topics that make learning paths."""

    titles: Mapping[str, str]
    lines: tuple[Line, ...]
    places: Mapping[str, int]
    topics: tuple[Topic, ...]


# What `listing_of` has made, with the list that it was made of.
_LISTINGS: WeakKeyDictionary[
    Database, tuple[Sequence[ProblemSummary], dict[ContentLanguage, Listing]]
] = WeakKeyDictionary()


def listing_of(ctx: Services, reader: ContentLanguage) -> Listing:
    """All problems in a language of the pages, made anew when the list has changed."""
    problems = all_problems(ctx.db)
    made = _LISTINGS.get(ctx.db)
    if made is None or made[0] is not problems:
        made = _LISTINGS[ctx.db] = (problems, {})
    if reader not in made[1]:
        titles = {one.slug: reader.pick(one.title) or one.slug for one in problems}
        order = {"easy": 0, "medium": 1, "hard": 2}
        ordered = sorted(problems, key=lambda one: order.get(one.difficulty, 3))
        made[1][reader] = Listing(
            titles,
            tuple(Line(one, titles[one.slug]) for one in ordered),
            {one.slug: place for place, one in enumerate(ordered)},
            tuple(topics(problems)),
        )
    return made[1][reader]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; an empty text asks for nothing. The names are the query's."""

    q: str = ""
    state: str = ""
    difficulty: str = ""
    kind: str = ""
    tag: str = ""

    def fitting(self, found: Iterable[Line]) -> list[Line]:
        """Those that are looked for."""
        asked = ProblemFilter(self.q, self.difficulty, self.kind, self.tag, self.state)
        # Usually: and each chip asks for all the rest.
        if asked == ProblemFilter():
            return [*found]
        return [line for line in found if asked.fits(line.problem, line.state)]

    def without_text(self) -> "Wanted":
        """The same of problems among which the text was looked for already."""
        return replace(self, q="")

    def address(self, page: int = 1, /, **changed: str) -> str:
        """The address of the list, or of a page of it, with some filters changed."""
        chosen = replace(self, **changed)
        values = {each.name: getattr(chosen, each.name) for each in fields(self)}
        values["page"] = str(page) if page > 1 else ""
        query = urlencode({name: value for name, value in values.items() if value})
        return f"/problems?{query}" if query else "/problems"


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter with one value: where it leads, and how many problems it would show."""

    value: str
    address: str
    num_problems: int
    chosen: bool


def lines(ctx: Services, viewer: Principal | None, reader: ContentLanguage) -> list[Line]:
    """All problems, easy ones first."""
    listing = listing_of(ctx, reader)
    found = list(listing.lines)
    for slug, cell in cells_of(ctx, viewer).items():
        # Not there: withdrawn between the two queries.
        if slug in listing.places:
            place = listing.places[slug]
            state = ProblemState.TRIED if cell.num_judged else ProblemState.NEW
            if cell.solved:
                state = ProblemState.SOLVED
            found[place] = replace(found[place], cell=cell, state=state)
    return found


@dataclass(frozen=True, slots=True)
class ShownPath:
    """A learning path as far as a line of the page shows it: some `steps` around the next one, and
    whether there are others before and behind them."""

    path: LearningPath
    steps: tuple[Step, ...]
    goes_before: bool
    goes_on: bool


def shown_paths(listing: Listing, found: Sequence[Line]) -> list[ShownPath]:
    """The learning paths through all problems, for who has the lines `found`."""
    states = {line.problem.slug: line.state for line in found}
    shown = []
    for topic in listing.topics:
        path = topic.path(states)
        following = next((at for at, step in enumerate(path.steps) if step.is_next), 0)
        # What was solved last is seen before the next one.
        first = max(0, min(following - 2, len(path.steps) - _MOST_STEPS))
        steps = path.steps[first : first + _MOST_STEPS]
        goes_on = first + len(steps) < len(path.steps)
        shown.append(ShownPath(path, steps, first > 0, goes_on))
    return shown


def cells_of(ctx: Services, viewer: Principal | None) -> Mapping[str, Cell]:
    """How far somebody is, by the problem's slug."""
    if viewer is None:
        return {}
    return read_cells(ctx.db, ALL, viewer.user_id)


def chips(
    found: Sequence[Line],
    fitting: Sequence[Line],
    wanted: Wanted,
    name: str,
    values_of: Callable[[Line], Sequence[str]],
    order: Sequence[str] = (),
) -> list[Chip]:
    """The values of the filter `name`, each with the problems that the other filters leave of
    those that were `found` by the text; `fitting` are those that all filters leave.

    The chosen one leads back to the list without it. Values go by `order`, else by frequency.
    """
    # Each chip shows what it would find, so that its own filter is left out of the count.
    chosen = getattr(wanted, name)
    left = replace(wanted.without_text(), **{name: ""}).fitting(found) if chosen else fitting
    counts = Counter(dict.fromkeys(order, 0))
    counts.update(chain.from_iterable(map(values_of, left)))
    # A value from an address that no problem has is shown all the same, to be taken off.
    if chosen:
        counts.setdefault(chosen, 0)
    ordered = list(counts) if order else sorted(counts, key=lambda one: (-counts[one], one))
    return [
        Chip(
            value,
            wanted.address(**{name: "" if value == chosen else value}),
            counts[value],
            value == chosen,
        )
        for value in ordered
    ]
