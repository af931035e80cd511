"""The life of an upload in the database: who may publish it, how often, and what is left."""

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from judge import background_jobs, leases
from judge.background_jobs import ChoreClaim, ChoreKind
from judge.db.background_models import Chore, StoredMutant, UploadPart
from judge.db.models import Problem, ProblemVersion
from judge.db.session import Database
from judge.errors import InvalidError
from judge.limits import MIB
from judge.mistakes import mutants
from judge.mistakes.failures import Failure
from judge.problem_package.complaints import PackageComplaint
from judge.problem_package.load import load
from judge.problem_package.package import ProblemPackage
from judge.problems.publish import install, publish
from judge.teams.membership import create_team
from judge.teams.practice import PracticePlan, create_practice
from judge.uploads import lifecycle as uploads
from judge.uploads.outcome import UploadReport, UploadState, replay
from judge.uploads.views import UploadView, list_uploads, read_upload
from judge.verdict import Verdict
from tests.packages.data import OWN_PROBLEMS
from tests.support.content import add_user

ARCHIVE = bytes(range(256)) * (MIB // 256) * 2 + b"the end"
FAILED = {"wrong_answer/a.py": Failure({"secret/1": Verdict.WA}, {"secret/1": b"\x000 1\n"})}
REPORT = UploadReport(warnings=(PackageComplaint("judge.yaml", 3, "a word"),))


@pytest.fixture(scope="module")
def package() -> ProblemPackage:
    return load(OWN_PROBLEMS / "sumfunction")


@pytest.fixture
def ann(db: Database) -> str:
    return add_user(db)


def send(db: Database, user_id: str, dry_run: bool = False, name: str = "a.zip") -> str:
    return uploads.store(
        db, user_id=user_id, file_name=name, dry_run=dry_run, archive=io.BytesIO(ARCHIVE)
    )


def claim(db: Database, worker: str = "w", max_attempts: int = 3) -> ChoreClaim:
    claimed = background_jobs.claim_next(db, worker=worker, lease_s=30, max_attempts=max_attempts)
    assert claimed is not None
    return claimed


def view(db: Database, upload_id: str) -> UploadView:
    found = read_upload(db, upload_id)
    assert found is not None
    return found


def kinds(db: Database, upload_id: str) -> list[str]:
    return [event.kind for event in replay(db, upload_id)]


def count(db: Database, model: type[object]) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def run_lease_out(db: Database) -> None:
    with db.write() as session:
        session.execute(update(Chore).values(lease_until=1.0))


def test_an_archive_comes_back_as_it_was(db: Database, ann: str) -> None:
    upload_id = send(db, ann)
    sink = io.BytesIO()
    uploads.copy_archive(db, upload_id, sink)
    assert sink.getvalue() == ARCHIVE
    found = view(db, upload_id)
    assert (found.state, found.size_bytes, found.user) == ("checking", len(ARCHIVE), "ann")
    assert kinds(db, upload_id) == ["queued"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("sum.zip", "sum.zip"),
        ("../../etc/pass wd", "pass_wd"),
        ("C:\\packages\\sum.kpp", "sum.kpp"),
        ("..", "package.zip"),
        ("", "package.zip"),
        ("x" * 300 + ".zip", "x" * 96 + ".zip"),
        ("题\0.zip", "zip"),
    ],
)
def test_a_file_name_is_made_plain(db: Database, ann: str, sent: str, kept: str) -> None:
    assert uploads.file_name_of(db, send(db, ann, name=sent)) == kept


def test_a_sound_package_is_published_once(db: Database, ann: str, package: ProblemPackage) -> None:
    upload_id = send(db, ann)
    held = claim(db)
    assert uploads.note(db, held, "package", {"problem": package.slug})
    assert uploads.publish(db, held, package, FAILED, REPORT)
    assert not uploads.publish(db, held, package, FAILED, REPORT)
    assert not uploads.refuse(db, held, REPORT)
    found = view(db, upload_id)
    assert (found.state, found.problem, found.version) == ("published", "sumfunction", 1)
    assert [warning["line"] for warning in found.warnings] == [3]
    assert kinds(db, upload_id) == ["queued", "checking", "package", "done"]
    assert replay(db, upload_id)[-1].data["version"] == 1
    assert (count(db, ProblemVersion), count(db, UploadPart)) == (1, 0)


def test_what_a_package_would_become_is_told(
    db: Database, ann: str, package: ProblemPackage
) -> None:
    upload_id = send(db, ann, dry_run=True)
    assert (view(db, upload_id).total_submissions, view(db, upload_id).becomes_version) == (
        None,
        None,
    )
    held = claim(db)
    read = {"problem": package.slug, "submissions": 5, "sha256": package.sha256}
    assert uploads.note(db, held, "package", read)
    assert (view(db, upload_id).total_submissions, view(db, upload_id).becomes_version) == (5, 1)
    assert uploads.publish(db, held, package, FAILED, REPORT)
    assert (view(db, upload_id).state, view(db, upload_id).becomes_version) == ("checked", 1)
    again = uploads.publish_checked(db, upload_id, ann)
    assert view(db, upload_id).becomes_version is None
    held = claim(db)
    assert uploads.publish(db, held, package, FAILED, REPORT)
    assert (view(db, again).version, view(db, again).becomes_version) == (1, None)
    # Another package would become the second version, this one would change nothing.
    for sha256, number in (("f" * 64, 2), (package.sha256, 1)):
        upload_id = send(db, ann)
        assert uploads.note(db, claim(db), "package", {**read, "sha256": sha256})
        assert view(db, upload_id).becomes_version == number


def test_what_is_known_of_mutants_is_kept_and_looked_for_no_more(
    db: Database, ann: str, package: ProblemPackage
) -> None:
    send(db, ann)
    uploads.publish(db, claim(db), package, FAILED, REPORT)
    (mutant,) = mutants.known(db, package.slug, 1, lambda verdicts: bool(verdicts))
    assert (mutant.path, mutant.failure) == ("wrong_answer/a.py", FAILED["wrong_answer/a.py"])
    assert mutants.known(db, package.slug, 1, lambda _: False) == []
    assert mutants.known(db, package.slug, 2, lambda _: True) == []
    assert background_jobs.claim_next(db, worker="w", lease_s=30, max_attempts=3) is None


def test_a_refused_upload_leaves_its_report_only(
    db: Database, ann: str, package: ProblemPackage
) -> None:
    upload_id = send(db, ann)
    error = PackageComplaint("problem.yaml", 2, "wrong")
    assert uploads.refuse(db, claim(db), UploadReport(errors=(error,)))
    found = view(db, upload_id)
    assert (found.state, found.version) == ("refused", None)
    assert found.errors == [{"file": "problem.yaml", "line": 2, "message": "wrong"}]
    for model in (UploadPart, Problem, ProblemVersion, StoredMutant):
        assert count(db, model) == 0


def test_a_dry_run_is_checked_and_not_published(
    db: Database, ann: str, package: ProblemPackage
) -> None:
    upload_id = send(db, ann, dry_run=True)
    assert uploads.publish(db, claim(db), package, FAILED, REPORT)
    assert view(db, upload_id).state is UploadState.CHECKED
    assert (count(db, Problem), count(db, StoredMutant)) == (0, 0)


def lose_by_lease(db: Database, held: ChoreClaim) -> None:
    run_lease_out(db)
    assert background_jobs.take_back(db, max_attempts=3, stale_s=-1)


def lose_by_death(db: Database, held: ChoreClaim) -> None:
    assert background_jobs.release_lost(db, worker="w", reason="it died", max_attempts=3)


@pytest.mark.parametrize("lose", [lose_by_lease, lose_by_death])
def test_who_lost_the_claim_writes_nothing(
    db: Database,
    ann: str,
    package: ProblemPackage,
    lose: Callable[[Database, ChoreClaim], None],
) -> None:
    upload_id = send(db, ann)
    first = claim(db)
    lose(db, first)
    second = claim(db, "other")
    assert not leases.renew(db, first.lease, 30)
    assert not uploads.note(db, first, "submission", {})
    assert not uploads.publish(db, first, package, FAILED, REPORT)
    assert count(db, ProblemVersion) == 0
    assert leases.renew(db, second.lease, 30)
    assert uploads.publish(db, second, package, FAILED, REPORT)
    assert (view(db, upload_id).version, view(db, upload_id).attempt) == (1, 2)
    assert kinds(db, upload_id) == ["queued", "checking", "requeued", "checking", "done"]


def test_an_upload_that_fails_us_again_and_again_is_refused(db: Database, ann: str) -> None:
    upload_id = send(db, ann)
    for _ in range(3):
        assert background_jobs.release(db, claim(db), "MemoryError")
    found = view(db, upload_id)
    assert found.state == "refused"
    assert found.errors[0]["message"] == "Given up after 3 attempts: MemoryError"
    assert kinds(db, upload_id)[-1] == "done"
    assert count(db, UploadPart) == 0


def test_putting_off_costs_no_attempt(db: Database, ann: str) -> None:
    upload_id = send(db, ann)
    for _ in range(5):
        assert background_jobs.release(db, claim(db), "the worker shuts down", refund=True)
    assert view(db, upload_id).state == "checking"


def test_who_is_published_first_wins_and_the_other_is_told(
    db: Database, ann: str, package: ProblemPackage
) -> None:
    bob = add_user(db, "bob")
    anns, bobs = send(db, ann), send(db, bob)
    first, second = claim(db), claim(db)
    assert uploads.publish(db, second, package, FAILED, REPORT)
    assert uploads.publish(db, first, package, FAILED, REPORT)
    assert view(db, bobs).version == 1
    found = view(db, anns)
    assert found.state == "refused"
    assert found.errors[0]["message"].startswith("Version 1 of sumfunction was published by bob")
    later = send(db, ann)
    assert uploads.publish(db, claim(db), package, FAILED, REPORT)
    assert view(db, later).state == "published"


def test_ones_own_uploads_follow_each_other(
    db: Database, ann: str, package: ProblemPackage
) -> None:
    older, newer = send(db, ann), send(db, ann)
    first, second = claim(db), claim(db)
    assert uploads.publish(db, first, package, FAILED, REPORT)
    assert uploads.publish(db, second, package, FAILED, REPORT)
    assert [view(db, each).state for each in (older, newer)] == ["published"] * 2
    oldest, newest = send(db, ann), send(db, ann)
    third, fourth = claim(db), claim(db)
    assert uploads.publish(db, fourth, package, FAILED, REPORT)
    assert uploads.publish(db, third, package, FAILED, REPORT)
    # The same package: no version was made since, so nothing was overtaken.
    assert [view(db, each).version for each in (oldest, newest)] == [1, 1]


def test_a_list_has_the_newest_first(db: Database, ann: str) -> None:
    ids = [send(db, ann) for _ in range(3)]
    page = list_uploads(db, limit=2)
    assert [item.id for item in page.items] == ids[:0:-1]
    assert [item.id for item in list_uploads(db, page.next, 2).items] == ids[:1]


def test_a_submission_that_was_checked_shows_before_the_end(db: Database, ann: str) -> None:
    upload_id = send(db, ann)
    held = claim(db)
    uploads.note(db, held, "submission", {"path": "a"})
    assert [one["path"] for one in view(db, upload_id).submissions] == ["a"]
    background_jobs.release(db, held, "again")
    uploads.note(db, claim(db), "submission", {"path": "b"})
    assert [one["path"] for one in view(db, upload_id).submissions] == ["b"]


def test_a_package_that_is_installed_has_its_mutants_looked_at_once(
    db: Database, ann: str, package: ProblemPackage
) -> None:
    install(db, package)
    publish(db, package)
    upload_id = send(db, ann)
    urgent = claim(db)
    assert (urgent.kind, urgent.subject) == (ChoreKind.UPLOAD, upload_id)
    uploads_only = (ChoreKind.UPLOAD,)
    assert (
        background_jobs.claim_next(db, worker="w", lease_s=30, max_attempts=3, kinds=uploads_only)
        is None
    )
    chore = claim(db)
    assert (chore.kind, chore.subject) == (ChoreKind.MUTANTS, package.sha256)
    assert not background_jobs.more_urgent_waits(db, chore)
    background_jobs.release(db, urgent, "", refund=True)
    assert background_jobs.more_urgent_waits(db, chore)
    jobs = dict(mutants.wanting(db, package.sha256))
    assert list(jobs) == ["wrong_answer/absolute.py", "wrong_answer/first_only.py"]
    assert len(jobs["wrong_answer/absolute.py"].tests) == 4
    assert mutants.record(
        db, chore, package.sha256, "wrong_answer/absolute.py", FAILED["wrong_answer/a.py"]
    )
    assert list(dict(mutants.wanting(db, package.sha256))) == ["wrong_answer/first_only.py"]
    assert background_jobs.finish(db, chore)
    assert not background_jobs.finish(db, chore)
    assert not mutants.record(db, chore, package.sha256, "x", FAILED["wrong_answer/a.py"])
    publish(db, package)
    assert claim(db).kind is ChoreKind.UPLOAD
    assert background_jobs.claim_next(db, worker="w", lease_s=30, max_attempts=3) is None


def test_a_chore_is_not_put_back_for_one_that_would_be_claimed_later(db: Database) -> None:
    with db.write() as session:
        for package in ("a" * 64, "b" * 64):
            background_jobs.add(db, session, ChoreKind.MUTANTS, package)
        # A release with fewer kinds has stored these ranks.
        session.execute(update(Chore).values(rank=ChoreKind.MUTANTS.rank - 1))
    chore = claim(db)
    assert not background_jobs.more_urgent_waits(db, chore)


def test_no_chore_is_put_back_for_one_of_an_unknown_kind(db: Database) -> None:
    with db.write() as session:
        background_jobs.add(db, session, ChoreKind.UPLOAD, "a newer release's")
        session.execute(update(Chore).values(kind="newer"))
        background_jobs.add(db, session, ChoreKind.MUTANTS, "a" * 64)
    chore = claim(db)
    assert chore.kind is ChoreKind.MUTANTS
    assert not background_jobs.more_urgent_waits(db, chore)


def test_a_chore_whose_message_was_lost_is_told_of_again(db: Database, ann: str) -> None:
    assert not background_jobs.take_back(db, max_attempts=3, stale_s=-1)
    send(db, ann)
    assert not background_jobs.take_back(db, max_attempts=3, stale_s=10)
    assert background_jobs.take_back(db, max_attempts=3, stale_s=-1)
    claim(db)
    assert not background_jobs.take_back(db, max_attempts=3, stale_s=-1)


def test_what_is_refused_leaves_no_problem(db: Database, ann: str, package: ProblemPackage) -> None:
    upload_id = send(db, ann)
    wanting = replace(package, prerequisites=("nowhere",))
    assert uploads.publish(db, claim(db), wanting, {}, UploadReport())
    assert view(db, upload_id).state is UploadState.REFUSED
    assert count(db, Problem) == 0
    team = create_team(db, ann, "Friday group")
    with pytest.raises(InvalidError):
        create_practice(db, team, PracticePlan("first", [package.slug]), by=ann)
