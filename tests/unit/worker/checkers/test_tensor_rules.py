"""The rules in an answer file, which say more than numbers."""

import numpy as np
import pytest

from judge.differences import Reason
from judge.result import CheckResult
from judge.verdict import Verdict
from worker.checkers.tensors import Tensors


def check(answer: str, output: str) -> CheckResult:
    return Tensors().check(b"", output.encode(), answer.encode())


def reason(answer: str, output: str) -> Reason | None:
    told = check(answer, output).told(shown=True)
    return told.reason if told else None


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("exact", Reason.NOT_EXACT),
        ("unchanged", Reason.INPUT_CHANGED),
        ("", None),
        ("kept", None),
        ("frozen", None),
    ],
)
def test_only_some_rules_leave_no_tolerance(rule: str, wanted: Reason | None) -> None:
    answer = f"tensor out float32 2 {rule}\n0 1\n"
    assert reason(answer, "tensor out float32 2\n0 1\n") is None
    assert reason(answer, "tensor out float32 2\n-0.0 1\n") is None
    assert reason(answer, "tensor out float32 2\n1e-8 1\n") is wanted


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("kept", Reason.RESULT_CHANGED),
        ("frozen", Reason.NOT_FROZEN),
        ("trainable", Reason.OTHERS_TRAINABLE),
        ("unchanged", Reason.INPUT_CHANGED),
    ],
)
def test_a_rule_names_what_is_wrong(rule: str, wanted: Reason) -> None:
    for dtype in ("float32", "int64"):
        answer = f"tensor out {dtype} 2 {rule}\n0 1\n"
        assert reason(answer, f"tensor out {dtype} 2\n0 3\n") is wanted


def test_a_tensor_elsewhere_has_shape_dtype_and_device() -> None:
    answer = "tensor out float32 2x3 device=meta\n"
    assert reason(answer, answer) is None
    assert reason(answer, "untold out\n") is None
    assert reason(answer, "tensor out float32 2x3\n1 2 3 4 5 6\n") is Reason.DEVICE_DIFFERS
    assert reason(answer, "tensor out float64 2x3 device=meta\n") is Reason.DTYPE_DIFFERS
    assert reason(answer, "tensor out float32 3x2 device=meta\n") is Reason.SHAPE_DIFFERS
    assert reason(answer, "tensor out float32 2x3 device=meta\n1\n") is Reason.UNREADABLE_OUTPUT
    here = "tensor out float32 1\n1\n"
    assert reason(here, "untold out\n") is Reason.NOT_A_TENSOR
    assert reason(here, "tensor out float32 1 device=meta\n") is Reason.DEVICE_DIFFERS


def test_wrong_answers_that_both_have_nothing_to_tell_agree() -> None:
    # If another processor rounds the other values differently, the texts are not equal byte by
    # byte.
    recorded = "tensor out float32 1\n0.25\nuntold elsewhere\n"
    assert reason(recorded, "tensor out float32 1\n0.2500001\nuntold elsewhere\n") is None


def test_rules_in_an_output_mean_nothing() -> None:
    answer = "tensor out float32 2\n0 1\n"
    assert reason(answer, "tensor out float32 2 any\n5 5\n") is Reason.VALUES_DIFFER
    assert reason(answer, "tensor out float32 2 uniform=0,9\n5 5\n") is Reason.VALUES_DIFFER
    assert reason(answer, answer + "same out out\n") is None


@pytest.mark.parametrize(
    ("relation", "one", "other", "wanted"),
    [
        ("same", "1 2", "1 2", None),
        ("same", "1 2", "1 2.000001", Reason.NOT_SAME),
        ("close", "1 2", "1 2.000001", None),
        ("close", "1 2", "1 2.1", Reason.NOT_SAME),
        ("different", "1 2", "1 2.000001", None),
        ("different", "1 2", "1 2", Reason.SAME_AGAIN),
        ("same", "nan 2", "nan 2", None),
    ],
)
def test_relations(relation: str, one: str, other: str, wanted: Reason | None) -> None:
    answer = f"tensor a float32 2 any\n{one}\ntensor b float32 2 any\n{other}\n"
    assert reason(f"{answer}{relation} a b\n", answer) is wanted


def test_a_close_tensor_is_broadcast() -> None:
    answer = "tensor a float32 2x2 any\n1 2 1 2\ntensor b float32 1x2 any\n1 2\nclose a b\n"
    assert reason(answer, answer) is None
    assert reason(answer, answer.replace("1 2 1 2", "1 2 1 3")) is Reason.NOT_SAME
    assert reason(answer.replace("close", "same"), answer) is Reason.NOT_SAME


def test_random_numbers_are_looked_at_in_the_output() -> None:
    head = "tensor a float32 64x64"
    answer = f"{head} uniform=-1,1\n{' 0' * 4096}\n"
    random = np.random.default_rng(0)
    right = " ".join(f"{value:.9g}" for value in random.uniform(-1, 1, 4096))
    assert reason(answer, f"{head}\n{right}\n") is None
    assert reason(answer, answer) is Reason.DRAWN_REPEATED
    wide = " ".join(f"{value:.9g}" for value in random.uniform(-2, 2, 4096))
    assert reason(answer, f"{head}\n{wide}\n") is Reason.DRAWN_OUTSIDE


def test_other_values_than_the_possible_ones_are_counted() -> None:
    answer = "tensor a float32 8 choice=0:0.5,2:0.5\n0 2 0 2 0 2 0 2\n"
    told = check(answer, "tensor a float32 8\n0 1 2 3 4 5 6 7\n").told(shown=False)
    assert told is not None
    assert told.to_json() == {"reason": "other_values", "name": "a", "got": 8, "expected": 2}


@pytest.mark.parametrize("rule", ["uniform=1", "uniform=a,b", "choice=1", "choice=x:y"])
def test_an_answer_with_a_broken_rule_is_no_verdict(rule: str) -> None:
    answer = f"tensor a float32 1 {rule}\n0\n"
    assert check(answer, answer).verdict is Verdict.JE


@pytest.mark.parametrize("rule", ["uniform=0,1", "choice=0:0.5,2:0.5"])
def test_of_no_random_numbers_only_the_shape_counts(rule: str) -> None:
    answer = f"tensor out float32 0x3 {rule}\n"
    assert reason(answer, "tensor out float32 0x3\n") is None
    assert reason(answer, "tensor out float32 0x3\n1\n") is Reason.UNREADABLE_OUTPUT
    assert reason(answer, "tensor out float32 3x0\n") is Reason.SHAPE_DIFFERS
