"""Drafts that are stored at the same time: each writer checks the draft that the previous one
stored.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from judge.db.session import Database
from judge.errors import ConflictError
from judge.submissions.drafts import Check, Draft, drop_draft, keep_draft, read_drafts
from tests.support.content import add_problem, add_user


def only_over(version: str | None) -> Check:
    def check(kept: Draft | None) -> None:
        if (None if kept is None else kept.version) != version:
            raise ConflictError("another draft")

    return check


def test_of_many_that_replace_one_version_one_does(db: Database) -> None:
    add_problem(db)
    slug, user = "sum", add_user(db, "ann")
    version = None
    for round in range(3):
        check = only_over(version)

        def keep(number: int, round: int = round, check: Check = check) -> str | None:
            try:
                return keep_draft(db, user, slug, "python3", f"# {round} {number}", check).source
            except ConflictError:
                return None

        with ThreadPoolExecutor(6) as pool:
            kept = [source for source in pool.map(keep, range(6)) if source]
        found = read_drafts(db, user, slug)["python3"]
        assert kept == [found.source]
        version = found.version
    with pytest.raises(ConflictError):
        drop_draft(db, user, slug, "python3", only_over("older"))
    drop_draft(db, user, slug, "python3", only_over(version))
    assert read_drafts(db, user, slug) == {}
