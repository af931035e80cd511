"""Which files of a package are its validators, and which arguments they get."""

import pytest

from tests.unit.judge.problem_package.making import LEGACY, changed, complaints, loaded

SEVERAL = {
    "input_validators/size.py": "x\n",
    "input_validators/size.cpp": "x\n",
    "input_validators/size.of.lines.py": "x\n",
    "input_validators/plain.py": "x\n",
    "input_validators/folder.v2/main.py": "x\n",
}


def test_a_validator_is_named_by_its_file_or_folder() -> None:
    yaml = (
        "input_validator_args: {size.py: [a], size.cpp: [b], size.of.lines.py: [c], plain: [d], "
        "folder.v2: [e]}\n"
    )
    package = loaded(changed({**SEVERAL, "data/secret/test_group.yaml": yaml}))
    test = package.tests[1]
    assert {one.name: test.arguments_for(one.name) for one in package.input_validators} == {
        "size.py": ("a",),
        "size.cpp": ("b",),
        "size.of.lines.py": ("c",),
        "plain.py": ("d",),
        "folder.v2": ("e",),
    }
    assert test.arguments_for("other.py") == ()


@pytest.mark.parametrize(
    "names",
    [
        ("check.py",),
        ("check.cpp", "compare.cc", "verdicts.h"),
        ("__main__.py", "__init__.py", "compare.py"),
        ("main.cpp", "verdicts/codes.h"),
        ("run", "check.py", "parts/numbers.py"),
    ],
)
@pytest.mark.parametrize("folder", ["output_validator", "output_validator/check"])
def test_the_output_validator_is_a_folder_or_in_one(names: tuple[str, ...], folder: str) -> None:
    files = {f"{folder}/{name}": "x\n" for name in (*names, "README")}
    validator = loaded(changed(files)).validator
    assert validator is not None
    assert validator.files.keys() == {*names, "README"}


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (("a.py", "b.py"), "output_validator: several Python files, none of which is"),
        (("a.py", "b.cpp"), "output_validator: is in several languages"),
        (("a/a.py", "b/b.py"), "output_validator: several output validators (a, b)"),
    ],
)
def test_an_output_validator_that_is_unclear(names: tuple[str, ...], complaint: str) -> None:
    (found,) = complaints(changed({f"output_validator/{name}": "x\n" for name in names}))
    assert found.startswith(complaint)


def test_each_file_is_a_validator_in_legacy() -> None:
    files = {
        "problem.yaml": "name: Sum\nvalidation: custom\n",
        "output_validators/a.py": "x\n",
        "output_validators/b.py": "x\n",
    }
    (found,) = complaints(changed(files, LEGACY))
    assert found.startswith("output_validators: several output validators (a.py, b.py)")
