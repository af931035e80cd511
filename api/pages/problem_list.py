"""The list of problems for a page: titles in the reader's language, and the reader's progress."""

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
"""How many problems a path's line shows at most; the topic's link leads to all of them."""


@dataclass(frozen=True, slots=True)
class Line:
    """One problem in the list. `cell` is the reader's own cell on the board, None if there is none;
    `state` is the progress that it stands for."""

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
    """All problems in one language: `titles` by slug; `lines`, easy problems first, as a reader who
    has tried none sees them; `places`, the index in `lines` by slug; and the topics, each of which
    has a learning path."""

    titles: Mapping[str, str]
    lines: tuple[Line, ...]
    places: Mapping[str, int]
    topics: tuple[Topic, ...]


# The cache of `listing_of`: listings by language, with the list of problems that they were made of.
_LISTINGS: WeakKeyDictionary[
    Database, tuple[Sequence[ProblemSummary], dict[ContentLanguage, Listing]]
] = WeakKeyDictionary()


def listing_of(ctx: Services, reader: ContentLanguage) -> Listing:
    """Return all problems in the reader's language; made again when the list has changed."""
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
    """The filters of the list; an empty one lets all problems pass. Fields are named as in the
    address's query."""

    q: str = ""
    state: str = ""
    difficulty: str = ""
    kind: str = ""
    tag: str = ""

    def fitting(self, found: Iterable[Line]) -> list[Line]:
        """Return the lines that pass the filters."""
        asked = ProblemFilter(self.q, self.difficulty, self.kind, self.tag, self.state)
        # The usual case, made fast: each chip makes this call.
        if asked == ProblemFilter():
            return [*found]
        return [line for line in found if asked.fits(line.problem, line.state)]

    def without_text(self) -> "Wanted":
        """Return these filters without `q`, for problems that were already searched for it."""
        return replace(self, q="")

    def address(self, page: int = 1, /, **changed: str) -> str:
        """Return the address of a page of the list, with some filters changed."""
        chosen = replace(self, **changed)
        values = {each.name: getattr(chosen, each.name) for each in fields(self)}
        values["page"] = str(page) if page > 1 else ""
        query = urlencode({name: value for name, value in values.items() if value})
        return f"/problems?{query}" if query else "/problems"


@dataclass(frozen=True, slots=True)
class Chip:
    """One value of a filter: the address that it links to, and how many problems it would show."""

    value: str
    address: str
    num_problems: int
    chosen: bool


def lines(ctx: Services, viewer: Principal | None, reader: ContentLanguage) -> list[Line]:
    """Return all problems with the viewer's progress, easy ones first."""
    listing = listing_of(ctx, reader)
    found = list(listing.lines)
    for slug, cell in cells_of(ctx, viewer).items():
        # A problem that was withdrawn between the two queries is not in `places`.
        if slug in listing.places:
            place = listing.places[slug]
            state = ProblemState.TRIED if cell.num_judged else ProblemState.NEW
            if cell.solved:
                state = ProblemState.SOLVED
            found[place] = replace(found[place], cell=cell, state=state)
    return found


@dataclass(frozen=True, slots=True)
class ShownPath:
    """The part of a learning path that a line of the page shows: some `steps` around the next one,
    and whether the path has others before and after them."""

    path: LearningPath
    steps: tuple[Step, ...]
    goes_before: bool
    goes_on: bool


def shown_paths(listing: Listing, found: Sequence[Line]) -> list[ShownPath]:
    """Return the learning paths through all problems, for the reader who has the lines `found`."""
    states = {line.problem.slug: line.state for line in found}
    shown = []
    for topic in listing.topics:
        path = topic.path(states)
        following = next((at for at, step in enumerate(path.steps) if step.is_next), 0)
        # Two steps before the next one are shown, too.
        first = max(0, min(following - 2, len(path.steps) - _MOST_STEPS))
        steps = path.steps[first : first + _MOST_STEPS]
        goes_on = first + len(steps) < len(path.steps)
        shown.append(ShownPath(path, steps, first > 0, goes_on))
    return shown


def cells_of(ctx: Services, viewer: Principal | None) -> Mapping[str, Cell]:
    """Return the viewer's cells on the board, by the problem's slug."""
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
    """Return a chip for each value of the filter `name`, with the number of problems that it would
    show. `found` are the problems that contain the searched text, `fitting` those that pass all
    filters.

    The chosen chip links to the list without it. Chips are sorted by `order`, else by frequency.
    """
    # A chip's number ignores the chosen value of its own filter.
    chosen = getattr(wanted, name)
    left = replace(wanted.without_text(), **{name: ""}).fitting(found) if chosen else fitting
    counts = Counter(dict.fromkeys(order, 0))
    counts.update(chain.from_iterable(map(values_of, left)))
    # A chosen value that no problem has gets a chip too, so that the reader can remove it.
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
