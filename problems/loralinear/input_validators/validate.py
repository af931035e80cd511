"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = {"name", "r", "alpha", "dropout", "device", "made_in", "base", "steps"}
CALL = {"name", "x", "probe", "needs", "of", "echo", "mode", "under", "keep", "overwrite"}
STEPS = {
    "load": {"weights", "layout"},
    "call": CALL | {"device", "chances"},
    "state": {"name", "of"},
    "trainable": {"name"},
    "descend": {"times", "rate", "x", "probe"},
    "start": {"layers"},
    "merge": set(),
    "unmerge": set(),
    "train": set(),
    "eval": set(),
}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    if "parts" in case:
        assert list(case) == ["parts"], "keys beside parts"
    for part in case.get("parts", [case]):
        check_part(part)


def check_part(case):
    assert set(case) <= KEYS, "keys"
    assert {"weight"} <= set(case["base"]) <= {"weight", "bias"}, "base"
    assert 1 <= case["r"] <= 64, "r"
    assert case["alpha"] > 0, "alpha"
    assert 0 <= case.get("dropout", 0) < 1, "dropout"
    assert case["steps"], "steps"
    for step in case["steps"]:
        assert set(step) <= STEPS[step["do"]] | {"do"}, "step"


check(sys.stdin.read())
sys.exit(42)
