"""How `load` reads scores, validators, sample conversations and the other parts of the format."""

from collections.abc import Mapping

import pytest

from judge import grading
from judge.grading import Agree, Combine
from judge.limits import MIB
from judge.problem_package.package import Bound, Expectation, ProbeKind
from judge.verdict import Verdict
from tests.unit.judge.problem_package.making import (
    LEGACY,
    PROBLEM_YAML,
    changed,
    complaints,
    loaded,
)

SCORING = {"problem.yaml": PROBLEM_YAML + "type: scoring\n"}
LATEST = {"problem.yaml": SCORING["problem.yaml"].replace("2023-07-draft", "2025-09")}


def test_samples_may_be_missing() -> None:
    package = loaded(changed({"data/sample/1.in": None, "data/sample/1.ans": None}))
    assert [warning.file for warning in package.warnings] == ["data/sample"]


def test_tests_carry_their_own_arguments_and_files() -> None:
    config = "args: [-v]\noutput_validator_args: [case_sensitive]\nfull_feedback: true\n"
    package = loaded(
        changed(
            {
                "data/secret/01-large.yaml": config,
                "data/secret/01-large.files/sub/a.txt": "3\n",
                "data/sample/1.ans.statement": "three\n",
            }
        )
    )
    sample, secret = package.tests
    assert (sample.checker_arguments, sample.shown_output) == (None, b"three\n")
    assert (secret.arguments, secret.checker_arguments) == (("-v",), ("case_sensitive",))
    assert (secret.files, secret.open) == ({"sub/a.txt": b"3\n"}, True)


def test_input_arguments_are_by_validator_or_for_all() -> None:
    package = loaded(
        changed(
            {
                "data/sample/test_group.yaml": "input_validator_args: [small]\nargs: [x]\n",
                "data/secret/test_group.yaml": "input_validator_args: {main: [large]}\n",
            }
        )
    )
    sample, secret = package.tests
    assert sample.arguments_for("any") == ("small", "x")
    assert (secret.arguments_for("main"), secret.arguments_for("other")) == (("large",), ())


def test_same_input_twice_is_warned_of() -> None:
    files = changed({"data/secret/02.in": "5 6\n", "data/secret/02.ans": "11\n"})
    (warning,) = loaded(files).warnings
    assert str(warning).startswith("data/secret/02.in: the same input as `data/secret/01-large.in`")


def test_output_validator() -> None:
    package = loaded(
        changed(
            {
                "problem.yaml": PROBLEM_YAML + "  validation_time: 7\n  validation_memory: 99\n",
                "output_validator/check/check.cc": "int main() {}\n",
                "output_validator/check/check.h": "\n",
                "data/test_group.yaml": "output_validator_args: [own, words]\n",
            }
        )
    )
    validator = package.validator
    assert validator is not None
    assert (validator.language, sorted(validator.files)) == ("cpp", ["check.cc", "check.h"])
    assert (validator.limits.cpu_s, validator.limits.memory_bytes) == (7, 99 * MIB)
    assert (validator.interactive, validator.passes, validator.scores) == (False, 1, False)
    assert (package.checker.name, package.checker.arguments) == ("custom", ("own", "words"))


@pytest.mark.parametrize(
    ("more", "interactive", "passes"),
    [
        ("type: interactive\n", True, 1),
        ("type: multi-pass\n", False, 2),
        ("  validation_passes: 5\ntype: [interactive, multi-pass]\n", True, 5),
    ],
)
def test_conversations(more: str, interactive: bool, passes: int) -> None:
    files = {
        "problem.yaml": PROBLEM_YAML + more,
        "output_validator/talk.py": "x = 1\n",
        "data/sample/2.interaction": "<1\n>2\n",
    }
    package = loaded(changed(files))
    assert package.validator is not None
    assert (package.validator.interactive, package.validator.passes) == (interactive, passes)
    assert package.interactions == {"sample/2": "<1\n>2\n"}
    assert not package.is_plain


def test_legacy_validators() -> None:
    yaml = "name: Sum\ntype: scoring\nvalidation: custom score interactive\nvalidator_flags: a b\n"
    package = loaded(
        changed({"problem.yaml": yaml, "output_validators/talk/talk.py": "x = 1\n"}, LEGACY)
    )
    assert package.validator is not None
    assert (package.validator.interactive, package.validator.scores) == (True, True)
    assert package.checker.arguments == ("a", "b")
    assert package.grading is not None
    assert package.grading.groups[1].accept is None


def test_input_validators_are_kept_by_name() -> None:
    package = loaded(
        changed(
            {
                "input_validators/one.py": "x = 1\n",
                "input_validators/two/main.c": "int main() {}\n",
                "input_validators/three.ctd": "EOF\n",
            }
        )
    )
    found = [(one.name, one.language) for one in package.input_validators]
    assert found == [("one.py", "python3"), ("two", "c")]
    assert [str(w) for w in package.warnings] == []
    alone = loaded(changed({"input_validators/three.ctd": "EOF\n"}))
    assert "Checktestdata" in str(alone.warnings[0])


def test_legacy_groups_inherit_and_combine() -> None:
    package = loaded(
        changed(
            {
                **SCORING,
                "data/testdata.yaml": "on_reject: continue\ngrader_flags: ignore_sample\n",
                "data/secret/testdata.yaml": "grader_flags: first_error accept_if_any_accepted\n",
                "data/secret/a/testdata.yaml": "accept_score: 30\ngrader_flags: min\nrange: 0 30\n",
                "data/secret/a/1.in": "1 1\n",
                "data/secret/a/1.ans": "2\n",
                "data/secret/a/2.in": "1 2\n",
                "data/secret/a/2.ans": "3\n",
                "data/secret/01-large.in": None,
                "data/secret/01-large.ans": None,
            }
        )
    )
    root = package.grading
    assert root is not None
    sample, secret = root.groups
    (group,) = secret.groups
    assert (root.ignores_sample, secret.ignores_sample, root.stops) == (True, False, False)
    assert (secret.agree, secret.combine) == (Agree.ANY_FIRST, Combine.SUM)
    assert (group.name, group.tests) == ("secret/a", ("secret/a/1", "secret/a/2"))
    assert (group.combine, group.accept, group.most) == (Combine.MIN, 30, 30)
    assert sample.tests == ("sample/1",)
    assert grading.full_score(root) == 30
    assert grading.from_json(grading.to_json(root)) == root


def latest(changes: Mapping[str, str | None]) -> dict[str, str]:
    group: dict[str, str | None] = {
        "data/secret/01-large.in": None,
        "data/secret/01-large.ans": None,
    }
    for name in ("a", "b"):
        group |= {f"data/secret/{name}/1.in": f"1 {name}\n", f"data/secret/{name}/1.ans": "2\n"}
    return changed({**LATEST, **group, **changes})


def test_groups_of_2025_09() -> None:
    files = latest(
        {
            "data/secret/a/test_group.yaml": "max_score: 40\nrequire_pass: sample\n",
            "data/secret/a/deep/2.in": "7 7\n",
            "data/secret/a/deep/2.ans": "14\n",
            "data/secret/b/test_group.yaml": "max_score: 60\nscore_aggregation: sum\n"
            "require_pass: [sample, secret/a]\n",
        }
    )
    root = loaded(files).grading
    assert root is not None
    sample, secret = root.groups
    first, second = secret.groups
    assert (sample.combine, sample.most) == (Combine.PASS_FAIL, 0)
    assert (secret.combine, secret.most) == (Combine.SUM, 100)
    assert (first.tests, first.combine) == (("secret/a/1", "secret/a/deep/2"), Combine.PASS_FAIL)
    assert (first.most, first.requires, first.stops) == (40, ("sample",), True)
    assert (second.accept, second.requires, second.stops) == (60, ("sample", "secret/a"), False)
    assert grading.full_score(root) == 100


def test_folders_without_a_configuration_are_no_groups() -> None:
    root = loaded(latest({})).grading
    assert root is not None
    _, secret = root.groups
    assert secret.groups == ()
    assert secret.tests == ("secret/a/1", "secret/b/1")
    assert (secret.accept, grading.full_score(root)) == (50, 100)


_GROUP = "max_score: 1\n"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"data/secret/a/test_group.yaml": ""}, "the group has no `max_score`"),
        ({"data/secret/a/test_group.yaml": _GROUP}, "data/secret/b: no group, because it has no"),
        (
            {
                "data/secret/a/test_group.yaml": _GROUP,
                "data/secret/1.in": "1 1\n",
                "data/secret/1.ans": "2\n",
            },
            "both tests and groups",
        ),
        ({"data/secret/c/test_group.yaml": _GROUP}, "data/secret/c/test_group.yaml: the group has"),
        ({"data/secret/a/b/test_group.yaml": "args: []\n"}, "can hold no further groups"),
        ({"data/sample/b/test_group.yaml": "args: []\n"}, "can hold no further groups"),
        ({"data/sample/test_group.yaml": _GROUP}, "`max_score` is not permitted for samples"),
        (
            {"data/secret/a/test_group.yaml": "max_score: 1\nrequire_pass: secret/b\n"},
            "`require_pass: secret/b` names no group before this one",
        ),
        (
            {
                "data/secret/a/test_group.yaml": "max_score: 1\nscore_aggregation: min\n",
                "data/secret/b/test_group.yaml": "max_score: 1\nrequire_pass: secret/a\n",
            },
            "names a group whose score_aggregation is not `pass-fail`",
        ),
        (
            {
                "data/secret/test_group.yaml": "score_aggregation: pass-fail\n",
                "data/secret/a/test_group.yaml": "max_score: 1\nscore_aggregation: sum\n",
            },
            "must be `pass-fail`, as that of `data/secret` is",
        ),
        ({"data/secret/test_group.yaml": "require_pass: secret/a\n"}, "names no group before"),
        (
            {"data/secret/test_group.yaml": "max_score: unbounded\nscore_aggregation: pass-fail\n"},
            "`max_score: unbounded` gives a `pass-fail` group no points",
        ),
        ({"data/sample/test_group.yaml": "max_score: 0\n"}, "`max_score` is not permitted"),
        ({"data/secret/a.in": "1 3\n", "data/secret/a.ans": "4\n"}, "have the same name"),
        (
            {"data/secret/test_group.in": "1 3\n", "data/secret/test_group.ans": "4\n"},
            "a test must not have this name",
        ),
        (
            {"data/sample/1.out": "3\n", "data/sample/1.ans.statement": "3\n"},
            ".out and .ans.statement both say what is shown of the output",
        ),
        (
            {"data/sample/1.out": "3\n", "data/sample/1.ans.download": "3\n"},
            ".out and .ans.download both say what is offered of the output",
        ),
    ],
)
def test_groups_of_2025_09_are_checked(changes: dict[str, str | None], complaint: str) -> None:
    assert any(complaint in text for text in complaints(latest(changes)))


def test_legacy_flags_may_be_for_one_validator() -> None:
    flags = "input_validator_flags: {name: lines, flags: -n 10}\n"
    package = loaded(
        changed(
            {
                "data/secret/testdata.yaml": flags
                + "output_validator_flags: {name: default, flags: float_tolerance 1e-6}\n"
            },
            LEGACY,
        )
    )
    test = package.tests[1]
    assert test.arguments_for("lines") == ("-n", "10")
    assert test.arguments_for("other") == ()
    assert test.checker_arguments is not None
    assert test.checker_arguments[-2:] == ("float_tolerance", "1e-6")


def test_submissions_of_several_files() -> None:
    package = loaded(
        changed(
            {
                "submissions/accepted/two/main.py": "import help_me\n",
                "submissions/accepted/two/help_me.py": "x\n",
                "submissions/wrong_answer/old.py": "#!/usr/bin/env python2\nprint 1\n",
                "submissions/wrong_answer/mixed/a.c": "x\n",
                "submissions/wrong_answer/mixed/b.rs": "x\n",
            }
        )
    )
    found = {one.path: (one.text, dict(one.files)) for one in package.submissions}
    assert found["accepted/two"] == ("import help_me\n", {"help_me.py": b"x\n"})
    assert "wrong_answer/mixed" not in found
    assert len(package.warnings) == 2


def test_submissions_yaml_has_expectations_of_parts() -> None:
    rules = """\
accepted/sum.py: {entrypoint: sum.py, use_for_time_limit: false}
wrong_answer/half.py:
  score: [10, 50]
  message: off by one
  secret/*-large: {permitted: [AC, WA], required: [WA]}
time_limit_exceeded: {use_for_time_limit: upper}
partially_accepted/some.py: {score: 30}
"""
    files = {
        **SCORING,
        "submissions/submissions.yaml": rules,
        "submissions/wrong_answer/half.py": "x\n",
        "submissions/time_limit_exceeded/slow.py": "x\n",
        "submissions/partially_accepted/some.py": "x\n",
    }
    found = {one.path: one for one in loaded(changed(files)).submissions}
    half = found["wrong_answer/half.py"]
    wrong = frozenset({Verdict.WA})
    folder, whole, part = half.expectations
    allowed = wrong | {Verdict.AC}
    assert folder == Expectation("", allowed, wrong, bound=Bound.LOWER)
    assert whole == Expectation("", score=(10, 50), message="off by one")
    assert part == Expectation("secret/*-large", allowed, wrong, bound=Bound.LOWER)
    assert found["accepted/sum.py"].bound is Bound.LOWER  # by its folder, which says so still
    assert found["time_limit_exceeded/slow.py"].bound is Bound.UPPER
    assert found["partially_accepted/some.py"].partial
    assert found["partially_accepted/some.py"].expectations[0].score == (30, 30)


def test_probes() -> None:
    files = changed(
        {
            "data/invalid_input/1.in": "x\n",
            "data/invalid_output/2.in": "1 2\n",
            "data/invalid_output/2.ans": "3\n",
            "data/invalid_output/2.out": "4\n",
        }
    )
    probes = [(probe.kind, probe.test.name, probe.output) for probe in loaded(files).probes]
    assert probes == [
        (ProbeKind.INVALID_INPUT, "invalid_input/1", None),
        (ProbeKind.INVALID_OUTPUT, "invalid_output/2", b"4\n"),
    ]


def test_statements_that_are_files_are_offered_as_downloads() -> None:
    package = loaded(
        changed(
            {
                "problem.yaml": PROBLEM_YAML.replace("  en: Sum\n", "  en: Sum\n  sv: Summa\n"),
                "statement/problem.en.pdf": "x\n",
                "statement/problem.sv.tex": "\\problemname{Summa}\n",
                "attachments/tool.py": "x\n",
            }
        )
    )
    assert package.statements["en"] == "Add two numbers.\n"
    assert (
        package.statements["sv"] == "[problem.sv.tex](/api/v1/problems/sum/files/problem.sv.tex)\n"
    )
    assert sorted(package.downloads) == [
        "attachments/tool.py",
        "problem.en.pdf",
        "problem.sv.tex",
    ]


def test_samples_have_other_files_to_download() -> None:
    more = {"data/sample/1.in.download": "of all\n", "data/secret/01-large.ans.download": "x\n"}
    assert loaded(changed(more)).downloads == {"sample/1.in": b"of all\n"}


def test_templates_may_be_attachments() -> None:
    files = {
        "judge.yaml": "kind: stdio\nlanguages: [c, cpp, go]\ntemplates: {c: ours}\n",
        "attachments/templates/c/main.c": "c\n",
        "attachments/templates/cpp/main.cpp": "cpp\n",
        "attachments/templates/default/read.me": "any\n",
    }
    package = loaded(changed(files))
    assert package.templates == {"c": "ours", "cpp": "cpp\n", "go": "any\n"}
    assert "attachments/templates/cpp/main.cpp" in package.downloads


def test_legacy_names_come_from_latex() -> None:
    files = {
        "problem_statement/problem.md": None,
        "problem_statement/problem.tex": "\\problemname{Summing Up}\n",
        "problem_statement/problem.sv.tex": "No name here\n",
    }
    assert loaded(changed(files, LEGACY)).names == {"en": "Summing Up", "sv": "Sum"}


def test_time_limit_is_fixed_or_to_be_found() -> None:
    assert loaded(changed({})).timing.fixed
    timing = loaded(LEGACY).timing
    assert (timing.fixed, timing.accepted_to_limit, timing.limit_to_too_slow) == (False, 5, 2)
