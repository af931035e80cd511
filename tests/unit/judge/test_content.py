"""Blobs, problems as readers see them, and the jobs that are made of them."""

import hashlib

import pytest
from sqlalchemy import func, select, update

from judge import blobs
from judge.db.models import Blob, ProblemVersion, StoredTest
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.job import BlobRef, CheckerSpec, JudgeJob, Kind, Source
from judge.limits import Limits
from judge.problems import views as problems
from judge.states import Purpose
from judge.submissions import lifecycle as submissions
from judge.submissions.jobs import Bases
from judge.submissions.lifecycle import Submittal, load_job
from tests.support.content import (
    DRIVER,
    REFERENCE,
    add_problem,
    add_user,
    store,
    submit,
    sure_claim,
)


def test_equal_bytes_are_stored_once(db: Database) -> None:
    with db.write() as session:
        first = blobs.put(db, session, b"tensor")
        second = blobs.put(db, session, b"tensor")
    assert first == second == BlobRef(hashlib.sha256(b"tensor").hexdigest(), 6)
    assert blobs.fetch(db, first.sha256) == b"tensor"
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Blob)) == 1


def test_a_damaged_blob_is_noticed(db: Database) -> None:
    with db.write() as session:
        ref = blobs.put(db, session, b"tensor")
        session.execute(update(Blob).values(data=b"tensors"))
    with pytest.raises(blobs.CorruptBlobError):
        blobs.fetch(db, ref.sha256)
    with db.read() as session, pytest.raises(blobs.CorruptBlobError):
        blobs.get_many(session, [ref.sha256])


def test_an_absent_blob_is_not_found(db: Database) -> None:
    with pytest.raises(NotFoundError):
        blobs.fetch(db, "0" * 64)
    with db.read() as session, pytest.raises(NotFoundError):
        blobs.get_many(session, ["0" * 64])


def test_a_problem_as_readers_see_it(db: Database) -> None:
    add_problem(db)
    add_problem(db, version=2)
    view = problems.read_problem(db, "sum")
    assert view is not None
    assert (view.slug, view.version, view.kind) == ("sum", 2, Kind.FUNCTION)
    assert view.title["zh"] == "求和"
    assert view.limits == Limits()
    assert view.samples == (problems.Sample("01-sample", "1 2\n", "3\n"),)
    assert problems.read_problem(db, "none") is None


def test_a_long_sample_is_cut(db: Database) -> None:
    add_problem(db)
    with db.write() as session:
        ref = blobs.put(db, session, b"7" * 100_000)
        session.execute(update(StoredTest).where(StoredTest.sample).values(input_sha256=ref.sha256))
    view = problems.read_problem(db, "sum")
    assert view is not None
    assert view.samples[0].input.endswith("7\n…")
    assert len(view.samples[0].input) < 20_000


def test_problems_come_in_pages(db: Database) -> None:
    for slug in ("c", "a", "b"):
        add_problem(db, slug)
    first = problems.list_problems(db, limit=2)
    assert [item.slug for item in first.items] == ["a", "b"]
    rest = problems.list_problems(db, cursor=first.next, limit=2)
    assert [item.slug for item in rest.items] == ["c"]
    assert rest.next is None


def test_submissions_come_in_pages_newest_first(db: Database) -> None:
    add_problem(db)
    add_problem(db, "other")
    ann, bob = add_user(db), add_user(db, "bob")
    sent = [submit(db, ann) for _ in range(3)]
    elsewhere = submit(db, ann, slug="other")
    theirs = submit(db, bob)
    run(db, ann, None)
    mine = submissions.list_submissions(db, user_id=ann, slug="sum", limit=2)
    assert {item.id for item in mine.items} <= {each.id for each in sent}
    rest = submissions.list_submissions(db, user_id=ann, slug="sum", cursor=mine.next, limit=2)
    found = [item.id for item in (*mine.items, *rest.items)]
    assert found == sorted((each.id for each in sent), reverse=True)
    assert rest.next is None
    everything = {item.id for item in submissions.list_submissions(db).items}
    assert everything == {each.id for each in [*sent, elsewhere, theirs]}
    assert mine.items[0].user == "ann"


def run(db: Database, user_id: str, own_input: str | None, language: str = "python3") -> JudgeJob:
    sent = store(
        db,
        Submittal(
            user_id=user_id,
            slug="sum",
            language=language,
            source="mine",
            purpose=Purpose.RUN,
            own_input=own_input,
        ),
    )
    return load_job(db, sure_claim(db, sent.judging_id))


def test_a_submission_is_judged_against_all_tests(db: Database) -> None:
    add_problem(db)
    sent = submit(db, add_user(db), "mine")
    job = load_job(db, sure_claim(db, sent.judging_id))
    assert (job.judging_id, job.problem, job.version) == (sent.judging_id, "sum", 1)
    assert (job.kind, job.entry, job.limits) == (Kind.FUNCTION, "add", Limits())
    assert job.checker == CheckerSpec("tokens", ())
    assert job.source == Source("python3", "mine")
    assert job.support == {"main.py": DRIVER}
    assert [test.name for test in job.tests] == ["01-sample", "02-hidden", "03-hidden"]
    assert [test.sample for test in job.tests] == [True, False, False]
    answers = [blobs.fetch(db, test.answer.sha256) for test in job.tests if test.answer]
    assert answers == [b"3\n", b"7\n", b"11\n"]
    assert job.tests[0].input.size_bytes == 4
    assert job.tests[0].hint == {"en": "Add them."}
    assert job.reference is None


@pytest.mark.parametrize(
    ("names", "called"),
    [(["adder.py"], "adder.py"), (["adder.py", "sum.py"], ""), ([], "")],
)
def test_a_driver_may_count_on_a_files_name(db: Database, names: list[str], called: str) -> None:
    add_problem(db)
    stored = [{"language": "python3", "expected": ["AC"], "name": name} for name in names]
    wrong = {"language": "python3", "expected": ["WA"], "name": "wrong.py"}
    foreign = {"language": "cpp", "expected": ["AC"], "name": "adder.cpp"}
    with db.write() as session:
        session.execute(update(ProblemVersion).values(submissions=[*stored, wrong, foreign]))
    sent = submit(db, add_user(db), "mine")
    assert load_job(db, sure_claim(db, sent.judging_id)).source.name == called


@pytest.mark.parametrize("most_bytes", [1 << 20, 0])
def test_a_process_that_keeps_what_versions_say_makes_the_same_jobs(
    db: Database, most_bytes: int
) -> None:
    add_problem(db)
    user_id, bases = add_user(db), Bases(most_bytes)
    for version in (1, 2, 3):
        if version > 1:
            add_problem(db, version=version)
        for language in ("python3", "cpp"):
            for purpose in (Purpose.RUN, Purpose.SUBMISSION):
                sent = store(db, Submittal(user_id, "sum", language, f"v{version}", purpose))
                claim = sure_claim(db, sent.judging_id)
                assert load_job(db, claim, bases) == load_job(db, claim)


def test_a_version_is_read_once_for_each_language(db: Database) -> None:
    version_id, bases = add_problem(db), Bases()
    with db.read() as session:
        first = bases.get(session, version_id, "python3")
        assert bases.get(session, version_id, "cpp") is not first
        assert bases.get(session, version_id, "python3") is first


def test_a_run_is_judged_against_the_samples(db: Database) -> None:
    add_problem(db)
    job = run(db, add_user(db), None)
    assert [test.name for test in job.tests] == ["01-sample"]
    assert job.reference is None


def test_a_run_on_ones_own_input_brings_a_reference(db: Database) -> None:
    add_problem(db)
    job = run(db, add_user(db), "8 9\n")
    (test,) = job.tests
    assert (test.name, test.sample, test.answer) == ("own", True, None)
    assert blobs.fetch(db, test.input.sha256) == b"8 9\n"
    assert job.reference == Source("python3", REFERENCE)
    assert job.reference_support == {"main.py": DRIVER}


def test_a_reference_in_another_language_does_too(db: Database) -> None:
    add_problem(db)
    job = run(db, add_user(db), "8 9\n", language="cpp")
    assert job.source.language == "cpp"
    assert job.support == {}
    assert job.reference == Source("python3", REFERENCE)
    assert job.reference_support == {"main.py": DRIVER}


def test_pytorch_takes_the_driver_of_python3(db: Database) -> None:
    add_problem(db)
    with db.write() as session:
        session.execute(update(ProblemVersion).values(languages=["pytorch"]))
    assert run(db, add_user(db), None, language="pytorch").support == {"main.py": DRIVER}
