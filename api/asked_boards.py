"""Read the board that a request asks for: everybody's, a team's or a practice set's."""

from dataclasses import dataclass, replace

from judge.accounts.users import Principal
from judge.boards.views import (
    USUAL_LINES,
    BoardPage,
    Place,
    read_board,
    read_member_line,
    read_own_line,
    read_team_board,
)
from judge.boards.windows import Period, Window, set_window, window_of
from judge.db.session import Database
from judge.teams import membership, practice
from judge.teams.membership import Team
from judge.teams.practice import Practice


@dataclass(frozen=True, slots=True)
class BoardAsked:
    """The board that a request asks for: everybody's, a team's, or the one of a team's practice set
    (`window` is then the set's). At most `limit` lines are read; by default, all lines of a team's
    board, or the first page of everybody's.
    """

    window: Window
    team: Team | None = None
    practice: Practice | None = None
    limit: int | None = None

    @property
    def slugs(self) -> tuple[str, ...] | None:
        """The only problems on the board, if it is a practice set's."""
        return None if self.practice is None else self.practice.problems


def team_board(
    db: Database, principal: Principal, slug: str, period: Period | None, set_id: str = ""
) -> BoardAsked:
    """Return the team's board for a period or a practice set, for members and admins. If the
    request names neither: the board of the set that runs now, or of all time if none runs.

    Raises NotFoundError, UnavailableError.
    """
    team = membership.find_team(db, slug, principal.user_id, is_admin=principal.is_admin)
    if set_id:
        chosen = practice.find_practice(db, team, set_id)
    elif period is not None or (running := practice.running_practice(db, team)) is None:
        return BoardAsked(window_of(period or Period.ALL, db.about_now()), team)
    else:
        chosen = running
    window = set_window(chosen.id, chosen.starts_at, chosen.ends_at)
    return BoardAsked(window, team, chosen)


def read_asked(db: Database, asked: BoardAsked, after: Place | None = None) -> BoardPage:
    """Return the page of the board that begins after the given place, or the first page. Raises
    UnavailableError.
    """
    if asked.team is None:
        return read_board(db, asked.window, after, asked.limit or USUAL_LINES)
    return read_team_board(db, asked.window, asked.team.id, asked.slugs, after, asked.limit)


def with_own_line(
    db: Database, asked: BoardAsked, page: BoardPage, viewer: Principal | None
) -> BoardPage:
    """Add the reader's own line, if they are on the board but in none of the page's rows. Raises
    UnavailableError."""
    if viewer is None or viewer.is_guest or not page.rows:
        return page
    if any(row.user == viewer.user.name for row in page.rows):
        return page
    if asked.team is None:
        own = read_own_line(db, asked.window, viewer.user_id)
    else:
        own = read_member_line(db, asked.window, asked.team.id, viewer.user_id, asked.slugs)
    return replace(page, own=own)
