"""Which submissions of a package are shown as its solution."""

import pytest
from sqlalchemy import select

from judge.db.models import ProblemVersion
from judge.db.session import Database
from judge.problems.publish import publish
from judge.problems.reference import ReferenceSolution, SourceFile, read_references
from tests.unit.judge.problem_package.making import FUNCTION, changed, complaints, loaded

SUM = FUNCTION["submissions/accepted/sum.py"]
RULES = "submissions/submissions.yaml"
SEVERAL = {
    "submissions/accepted/b.py": "# b\n",
    "submissions/accepted/a.cpp": "// a\n",
    "submissions/accepted/two/main.py": "import other\n",
    "submissions/accepted/two/other.py": "# other\n",
    "submissions/wrong_answer/a.py": "# wrong\n",
}


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        (None, ["b.py"]),
        ("accepted/sum.py: {model_solution: true}\n", ["sum.py"]),
        ("accepted/{a,two}*: {model_solution: true}\n", ["a.cpp", "two"]),
        # Its folder is another, but it must be accepted all the same.
        ("wrong_answer: {permitted: [AC], required: [AC], model_solution: yes}\n", ["a.py"]),
        ("wrong_answer/*: {model_solution: true}\n", ["b.py"]),
    ],
)
def test_what_is_shown(db: Database, rules: str | None, names: list[str]) -> None:
    publish(db, loaded(changed({**SEVERAL, RULES: rules}, FUNCTION)))
    assert [one.name for one in read_references(db, "sum")] == names


def test_a_solution_begins_with_its_first_file(db: Database) -> None:
    rules = "accepted/two: {model_solution: true}\n"
    publish(db, loaded(changed({**SEVERAL, RULES: rules}, FUNCTION)))
    files = (SourceFile("main.py", "import other\n"), SourceFile("other.py", "# other\n"))
    assert read_references(db, "sum") == (ReferenceSolution("two", "python3", files),)


@pytest.mark.parametrize(("template", "name"), [("python3", "b.py"), ("cpp", "a.cpp")])
def test_the_template_says_in_which_language(db: Database, template: str, name: str) -> None:
    judge = FUNCTION["judge.yaml"] + f"templates: {{{template}: begin here}}\n"
    publish(db, loaded(changed({**SEVERAL, "judge.yaml": judge}, FUNCTION)))
    assert [one.name for one in read_references(db, "sum")] == [name]


def test_a_version_from_before_has_one_too(db: Database) -> None:
    publish(db, loaded(FUNCTION))
    with db.write() as session:
        version = session.scalars(select(ProblemVersion)).one()
        version.submissions = [
            {name: value for name, value in each.items() if name not in {"model", "name"}}
            for each in version.submissions
        ]
    (found,) = read_references(db, "sum")
    assert found.files == (SourceFile("sum.py", SUM),)
    assert read_references(db, "nothing") == ()


def test_what_may_fail_is_no_model() -> None:
    files = changed({**SEVERAL, RULES: "wrong_answer/a.py: {model_solution: true}\n"}, FUNCTION)
    assert complaints(files) == []
    (warning,) = loaded(files).warnings
    assert str(warning) == (
        f"{RULES}:1: not shown as a model solution: `wrong_answer/a.py` need not be accepted"
    )
