"""The list of problems as a page shows it: titles in the reader's language, and how far one is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from api.content_language import ContentLanguage
from api.services import Services
from judge.accounts.users import Principal
from judge.boards.views import Cell, read_members_board
from judge.boards.windows import ALL
from judge.problems.views import ProblemFilter, ProblemSummary, all_problems


@dataclass(frozen=True, slots=True)
class Line:
    """One problem. `cell` is the reader's own on the board; visitors have none."""

    problem: ProblemSummary
    title: str
    cell: Cell | None

    @property
    def state(self) -> str:
        """`solved`, `tried` or `new`."""
        if self.cell is None or not (self.cell.solved or self.cell.num_judged):
            return "new"
        return "solved" if self.cell.solved else "tried"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for; an empty text asks for nothing. The names are the query's."""

    q: str = ""
    state: str = ""
    difficulty: str = ""
    kind: str = ""
    tag: str = ""

    def fits(self, line: Line) -> bool:
        """Whether a problem is looked for."""
        asked = ProblemFilter(self.q, self.difficulty, self.kind, self.tag)
        return self.state in ("", line.state) and asked.fits(line.problem)

    def address(self, **changed: str) -> str:
        """The address of the list with some filters changed."""
        chosen = replace(self, **changed)
        values = {each.name: getattr(chosen, each.name) for each in fields(self)}
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
    cells = cells_of(ctx, viewer)
    found = [
        Line(
            problem,
            reader.pick(problem.title) or problem.slug,
            cells.get(problem.slug, _untried(problem)) if viewer else None,
        )
        for problem in all_problems(ctx.db)
    ]
    order = {"easy": 0, "medium": 1, "hard": 2}
    return sorted(found, key=lambda line: order.get(line.problem.difficulty, 3))


def cells_of(ctx: Services, viewer: Principal | None) -> Mapping[str, Cell]:
    """How far somebody is, by the problem's slug."""
    if viewer is None:
        return {}
    rows = read_members_board(ctx.db, ALL, [viewer.user_id])
    return {cell.slug: cell for row in rows for cell in row.problems}


def _untried(problem: ProblemSummary) -> Cell:
    return Cell(problem.slug, False, 0, 0, None)


def chips(
    found: Sequence[Line],
    wanted: Wanted,
    name: str,
    values_of: Callable[[Line], Sequence[str]],
    order: Sequence[str] = (),
) -> list[Chip]:
    """The values of the filter `name`, each with the problems that the other filters leave.

    The chosen one leads back to the list without it. Values go by `order`, else by frequency.
    """
    # Each chip shows what it would find, so that its own filter is left out of the count.
    others = replace(wanted, **{name: ""})
    counts: dict[str, int] = dict.fromkeys(order, 0)
    for line in found:
        if others.fits(line):
            for value in values_of(line):
                counts[value] = counts.get(value, 0) + 1
    chosen = getattr(wanted, name)
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
