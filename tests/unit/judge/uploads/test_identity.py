"""A package with another UUID under a taken name, and one with a known UUID under another name. On
both databases.
"""

import pytest

from judge.db.session import Database
from judge.monitoring import withdraw_problem
from judge.problems.publish import publish
from judge.uploads import lifecycle as uploads
from judge.uploads.outcome import UploadReport
from judge.uploads.views import UploadView
from tests.support.content import add_user
from tests.unit.judge.problem_package.making import LEGACY, SMALL, UUID, changed, loaded
from tests.unit.judge.uploads.test_uploads import claim, send, view

OTHER = "11111111-2222-4333-8444-555555555555"


def package_of(uuid: str | None, more: str = "") -> dict[str, str]:
    if uuid is None:
        return changed({"data/secret/2.in": f"9 {more}\n", "data/secret/2.ans": "3\n"}, LEGACY)
    yaml = SMALL["problem.yaml"].replace(UUID, uuid)
    return changed({"problem.yaml": yaml, "attachments/note.txt": f"{more}\n"})


def sent(db: Database, slug: str, uuid: str | None, *, dry_run: bool = False) -> UploadView:
    upload = send(db, add_user(db), dry_run=dry_run)
    package = loaded(package_of(uuid, "again"), slug)
    assert uploads.publish(db, claim(db), package, {}, UploadReport())
    return view(db, upload)


def test_another_uuid_does_not_replace_a_problem(db: Database) -> None:
    publish(db, loaded(package_of(UUID), "sum"))
    found = sent(db, "sum", OTHER)
    assert (found.state, found.version) == ("refused", None)
    message = found.errors[0]["message"]
    assert UUID in message
    assert "another short name" in message
    assert uploads.identity_problem(db, "sum", OTHER) == message
    assert uploads.identity_problem(db, "sum", UUID) == ""


def test_a_dry_run_says_so_too(db: Database) -> None:
    publish(db, loaded(package_of(UUID), "sum"))
    assert sent(db, "sum", OTHER, dry_run=True).state == "refused"


@pytest.mark.parametrize("uuid", [UUID, UUID.upper(), None])
def test_the_same_problem_gets_a_new_version(db: Database, uuid: str | None) -> None:
    publish(db, loaded(package_of(UUID), "sum"))
    found = sent(db, "sum", uuid)
    assert (found.state, found.version, found.warnings) == ("published", 2, [])


def test_a_version_without_a_uuid_does_not_make_the_problem_forget_its_own(db: Database) -> None:
    publish(db, loaded(package_of(UUID), "sum"))
    publish(db, loaded(package_of(None), "sum"))
    assert sent(db, "sum", OTHER).state == "refused"


def test_the_same_uuid_under_another_name_is_warned_of(db: Database) -> None:
    publish(db, loaded(package_of(UUID), "sum"))
    found = sent(db, "total", UUID)
    assert found.state == "published"
    (warning,) = found.warnings
    assert "the same UUID as that of sum" in warning["message"]


def test_a_renamed_problem_is_no_copy_of_the_one_that_was_withdrawn(db: Database) -> None:
    publish(db, loaded(package_of(UUID), "sum"))
    withdraw_problem(db, "sum", by=add_user(db, "admin"), withdrawn=True)
    assert sent(db, "total", UUID).warnings == []
