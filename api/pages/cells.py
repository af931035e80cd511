"""The cells of a board: `AC 2`, `×3`, `? 1` or `·`, each with a text for tooltips and screen
readers.

They are built here and not in a template, because it is faster: a page has hundreds of cells, but
few different ones.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from gettext import NullTranslations

from markupsafe import Markup

from judge.boards.views import Cell


def cell_drawer(words: NullTranslations) -> Callable[[Cell | None], Markup]:
    """Return a function that draws a cell in one language; None is a problem that was not tried."""
    _ = words.gettext
    # A title alone is read to nobody.
    cell = Markup('<b class="cell {}" title="{}">{}<span class="sr"> {}</span></b>')

    @cache
    def draw(solved: bool, num_judged: int, num_pending: int) -> Markup:
        if solved:
            said = _("solved at try %(n)s") % {"n": num_judged}
            tries = f" {num_judged}" if num_judged > 1 else ""
            return cell.format("ac", said, f"AC{tries}", said)
        if num_pending:
            said = _("being judged")
            return cell.format("run", said, f"? {num_pending}", said)
        if num_judged:
            said = _("tries, not solved")
            return cell.format("wa", said, f"×{num_judged}", said)
        hidden = Markup('<span aria-hidden="true">·</span><span class="sr">{}</span>')
        return Markup('<span class="cell">{}</span>').format(hidden.format(_("not tried")))

    def draw_cell(cell: Cell | None) -> Markup:
        if cell is None:
            return draw(False, 0, 0)
        return draw(cell.solved, cell.num_judged, cell.num_pending)

    return draw_cell


def row_drawer(
    draw: Callable[[Cell | None], Markup],
) -> Callable[[Iterable[Cell], Sequence[tuple[str, str]]], Markup]:
    """Return a function that draws a user's cells as <td>s, in the order of the columns (slug,
    title); `draw` draws one cell."""

    def draw_row(cells: Iterable[Cell], columns: Sequence[tuple[str, str]]) -> Markup:
        drawn = {cell.slug: draw(cell) for cell in cells}
        nothing = draw(None)
        # `draw` has escaped each part; joining them as plain text avoids escaping them again.
        parts = [f"<td>{drawn.get(slug, nothing)}</td>" for slug, _ in columns]
        return Markup("".join(parts))  # noqa: S704

    return draw_row
