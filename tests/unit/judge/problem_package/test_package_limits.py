"""The limits of `problem.yaml` other than time and memory: each is stored, and enforced."""

import pytest

from judge.db.session import Database
from judge.errors import TooLongError
from judge.limits import COMPILE_LIMITS, KIB, MIB
from judge.problems.publish import publish
from judge.problems.views import read_problem
from judge.submissions.jobs import load_job
from tests.support.content import add_user, submit, sure_claim
from tests.unit.judge.problem_package.making import changed, complaints, loaded, with_yaml

ASKED = with_yaml("  code: 1\n  compilation_time: 30\n  compilation_memory: 100\n")


def test_a_package_that_says_nothing_gets_ours() -> None:
    package = loaded(with_yaml(""))
    assert (package.compile_limits, package.code_bytes) == (COMPILE_LIMITS, None)


def test_limits_of_compiling() -> None:
    limits = loaded(ASKED).compile_limits
    assert (limits.cpu_s, limits.wall_s, limits.memory_bytes) == (30, 90, 100 * MIB)
    assert limits.scratch_bytes == COMPILE_LIMITS.scratch_bytes


def test_a_package_keeps_its_own_limit_of_code() -> None:
    files = changed({"submissions/accepted/sum.py": f"# {'a' * KIB}\nprint(3)\n"}, ASKED)
    (complaint,) = complaints(files)
    assert complaint == ("submissions/accepted/sum.py: has 1036 bytes; `limits.code` allows 1024")


@pytest.mark.parametrize("source", ["#" * KIB, "#" * (KIB + 1), "#" * (KIB - 1) + "é"])
def test_a_source_over_the_limit_is_refused(db: Database, source: str) -> None:
    publish(db, loaded(ASKED))
    user_id = add_user(db)
    if len(source.encode()) > KIB:
        with pytest.raises(TooLongError, match="sum takes 1024 bytes at most"):
            submit(db, user_id, source)
        return
    job = load_job(db, sure_claim(db, submit(db, user_id, source).judging_id))
    assert job.compile_limits == loaded(ASKED).compile_limits
    view = read_problem(db, "sum")
    assert view is not None
    assert view.code_bytes == KIB


def test_without_a_limit_the_problem_takes_any(db: Database) -> None:
    publish(db, loaded(with_yaml("")))
    job = load_job(db, sure_claim(db, submit(db, add_user(db), "#" * 5 * KIB).judging_id))
    assert job.compile_limits == COMPILE_LIMITS
