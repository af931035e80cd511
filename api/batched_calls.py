"""Calls that many requests make at the same time, done in batches: find a token's user, store
submissions, check whether one has its verdict, read events and boards.

Each kind of call has a thread of its own (`api.batching`): its requests need no thread of the pool,
and those that arrive together share a transaction.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from api.asked_boards import BoardAsked, read_asked
from api.batching import Batcher
from judge import queue, workers
from judge.accounts import users
from judge.accounts.users import Principal, TokenKind
from judge.boards.views import BoardPage
from judge.db.session import Database
from judge.errors import ShousiError
from judge.events import EventView, replay_all
from judge.settings import Settings
from judge.states import Purpose
from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Submittal, Submitted

T = TypeVar("T")


class LanguageUnavailableError(ShousiError):
    """No running worker has the language."""


class BatchedCalls:
    """The batched calls of one process. `close` finishes the calls that are waiting."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._tokens = Batcher("tokens", self._principals)
        self._submittals = Batcher("submissions", self._take_in)
        self._looks: Batcher[Callable[[], Any], Any] = Batcher("looks", self._look)
        self._followers = Batcher("followers", self._events)
        self._boards = Batcher("boards", self._read_boards)

    async def principal_of(self, secret: str, kind: TokenKind) -> Principal | None:
        """Return the user of a token or session, None if it is not valid; see
        `judge.accounts.users.principals_of`."""
        return await self._tokens.ask((secret, kind))

    async def submit(self, submittal: Submittal) -> Submitted:
        """Store a submission and enqueue it; see `judge.submissions.lifecycle.submit_all`.

        Raises LanguageUnavailableError too.
        """
        return await self._submittals.ask(submittal)

    async def look(self, look: Callable[[], T]) -> T:
        """Return what `look` returns: a short read of the database that many requests make.

        All these reads run one after the other: a pool thread for each would cost more than most of
        them.
        """
        result: T = await self._looks.ask(look)
        return result

    async def events_of(self, submission_id: str, after_id: int) -> list[EventView]:
        """Return a submission's events with ids greater than `after_id`, oldest first.

        Batched because thousands of followers look again every few seconds.
        """
        return await self._followers.ask((submission_id, after_id))

    async def board_of(self, asked: BoardAsked) -> BoardPage:
        """Return the first page of everybody's board, or a team's whole board.

        Batched because all followers of a board ask at once when it changes: it is read once.
        """
        return await self._boards.ask(asked)

    def close(self) -> None:
        """End the threads."""
        self._tokens.close()
        self._submittals.close()
        self._looks.close()
        self._followers.close()
        self._boards.close()

    def _principals(self, secrets: Sequence[tuple[str, TokenKind]]) -> list[Principal | None]:
        return users.principals_of(self._db, secrets)

    def _look(self, looks: Sequence[Callable[[], Any]]) -> list[Any]:
        results: list[Any] = []
        for look in looks:
            try:
                results.append(look())
            except Exception as error:  # noqa: BLE001 - it is raised to whoever asked
                results.append(error)
        return results

    def _events(self, asked: Sequence[tuple[str, int]]) -> list[list[EventView]]:
        return replay_all(self._db, asked)

    def _read_boards(self, asked: Sequence[BoardAsked]) -> list[BoardPage]:
        read = {one: read_asked(self._db, one) for one in set(asked)}
        return [read[one] for one in asked]

    def _take_in(self, submittals: Sequence[Submittal]) -> list[Submitted | ShousiError]:
        # One query for the whole batch.
        lacking = workers.lacking(self._db)
        judged = [one for one in submittals if one.language not in lacking]
        # The results have the order of `judged`, so that each submittal gets its own.
        stored = iter(self._stored(judged))
        outcomes = [
            LanguageUnavailableError(one.language) if one.language in lacking else next(stored)
            for one in submittals
        ]
        created = [
            (outcome.judging_id, one.purpose, outcome.requires)
            for one, outcome in zip(submittals, outcomes, strict=True)
            if isinstance(outcome, Submitted) and outcome.created
        ]
        if created:
            # Sent after the commit. If the broker is down, nothing is lost: the reconciler finds
            # the rows. Followers of boards get a hint too, because a board also shows the
            # submissions that wait.
            moved_boards = any(purpose is Purpose.SUBMISSION for _, purpose, _ in created)
            queue.enqueue_all(self._settings, created, moved_boards=moved_boards)
        return outcomes

    def _stored(self, submittals: Sequence[Submittal]) -> Sequence[Submitted | ShousiError]:
        try:
            return submissions.submit_all(self._db, submittals) if submittals else []
        except ShousiError:
            raise
        except Exception:
            # The batch has one submittal, which caused the fault: its sender gets the 500.
            if len(submittals) == 1:
                raise
        # Nothing was stored. Each is stored alone now, so that only the faulty one fails.
        return [outcome for one in submittals for outcome in self._stored([one])]
