"""Exports all data of one user, as the files of an archive."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from judge import blobs
from judge.accounts.users import list_tokens
from judge.db.models import Draft, LinkedIdentity, Problem, Submission, User
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.interviews.sittings import all_sittings
from judge.languages import suffixes_of
from judge.submissions.views import read_submission
from judge.teams.membership import list_teams
from judge.webhooks.hooks import list_hooks

_AT_A_TIME = 100


def exported_files(db: Database, user_id: str) -> Iterator[tuple[str, bytes]]:
    """Yield each file as (path, content): `account.json`; drafts in `drafts/`; mock interviews in
    `interviews/`; and in `submissions/`, for each submission and run, what the API shows of it, its
    source and its own input. Raises UnavailableError."""
    yield "account.json", _as_json(_account(db, user_id))
    yield from _drafts(db, user_id)
    for sitting in all_sittings(db, user_id):
        yield f"interviews/{sitting.id}.json", _as_json(asdict(sitting))
    for identifier, own_input in _submissions(db, user_id):
        view = read_submission(db, identifier)
        if view is None:
            continue  # deleted since the list was read
        where = f"submissions/{identifier}"
        told = asdict(view)
        yield f"{where}{_suffix(view.language)}", told.pop("source").encode()
        yield f"{where}.json", _as_json(told)
        if own_input is not None:
            yield f"{where}.in", blobs.fetch(db, own_input)


def _account(db: Database, user_id: str) -> dict[str, Any]:
    with db.read() as session:
        user = session.get(User, user_id)
        if user is None:
            raise NotFoundError("There is no such user.")
        own = {
            "id": user.id,
            "name": user.name,
            "role": user.role,
            "created_at": user.created_at,
            "theme": user.theme,
            "language": user.language,
            "address": user.address,
        }
        linked = select(LinkedIdentity.issuer, LinkedIdentity.subject, LinkedIdentity.created_at)
        linked = linked.where(LinkedIdentity.user_id == user_id)
        own["providers"] = [dict(row) for row in session.execute(linked).mappings()]
    return {
        **own,
        "tokens": [asdict(token) for token in list_tokens(db, user_id)],
        "teams": [asdict(team) for team in list_teams(db, user_id)],
        "webhooks": [asdict(hook) for hook in list_hooks(db, user_id)],
    }


def _drafts(db: Database, user_id: str) -> Iterator[tuple[str, bytes]]:
    query = select(Draft, Problem.slug).join(Problem, Problem.id == Draft.problem_id)
    query = query.where(Draft.user_id == user_id).order_by(Problem.slug, Draft.language)
    with db.read() as session:
        found = session.execute(query).all()
    for draft, slug in found:
        name = f"drafts/{slug}-{draft.language}{_suffix(draft.language)}"
        yield name, draft.source.encode()


def _submissions(db: Database, user_id: str) -> Iterator[tuple[str, str | None]]:
    """Yield (submission's id, hash of its own input or None), oldest first."""
    last = ""
    while True:
        # Ids sort by time. One transaction per page: a slow download must not hold one open.
        query = (
            select(Submission.id, Submission.own_input_sha256)
            .where(Submission.user_id == user_id, Submission.id > last)
            .order_by(Submission.id)
            .limit(_AT_A_TIME)
        )
        with db.read() as session:
            found = session.execute(query).all()
        yield from ((row.id, row.own_input_sha256) for row in found)
        if len(found) < _AT_A_TIME:
            return
        last = found[-1].id


def _suffix(language: str) -> str:
    return next(iter(suffixes_of(language)), ".txt")


def _as_json(value: Any) -> bytes:
    # Sets are the scopes of tokens.
    return json.dumps(value, ensure_ascii=False, indent=2, default=sorted).encode()
