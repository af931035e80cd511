"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = {"r", "alpha", "dropout", "device", "base", "steps"}
STEPS = {
    "load": {"weights"},
    "forward": {"name", "x", "probe", "of", "echo"},
    "state": {"name", "of"},
    "facts": {"name"},
    "descend": {"times", "rate", "x", "probe"},
    "start": {"name", "layers"},
    "dropped": {"rows", "most", "mean", "mixed"},
    "merge": set(),
    "unmerge": set(),
    "train": set(),
    "eval": set(),
}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
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
