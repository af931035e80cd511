"""Read the board that a request asks for: everybody's, a team's or a practice set's."""

from dataclasses import dataclass

from judge.accounts.users import Principal
from judge.boards.views import BoardPage, read_board
from judge.boards.windows import Period, Window, set_window, window_of
from judge.db.session import Database
from judge.teams import membership, practice
from judge.teams.membership import Team
from judge.teams.practice import Practice


@dataclass(frozen=True, slots=True)
class BoardAsked:
    """The board that a request asks for: everybody's, a team's, or the one of a team's practice set
    (`window` is then the set's). `limit` is how many lines of everybody's board are read; a team's
    board is read whole."""

    window: Window
    team: Team | None = None
    practice: Practice | None = None
    limit: int = 50


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
        return BoardAsked(window_of(period or Period.ALL, db.clock()), team)
    else:
        chosen = running
    window = set_window(chosen.id, chosen.starts_at, chosen.ends_at)
    return BoardAsked(window, team, chosen)


def read_asked(db: Database, asked: BoardAsked) -> BoardPage:
    """The first page of everybody's board, or a team's whole board. Raises UnavailableError."""
    if asked.team is None:
        return read_board(db, asked.window, limit=asked.limit)
    rows = practice.read_team_board(db, asked.team, asked.window, asked.practice)
    return BoardPage(rows, None, asked.window)
