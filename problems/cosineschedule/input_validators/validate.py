"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

CALL = {"base", "steps", "warmup", "total", "min_ratio"}
CALL |= {"name", "under", "echo", "keep", "overwrite", "device"}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    for part in case["parts"] if list(case) == ["parts"] else [case]:
        assert {"calls"} <= set(part) <= {"name", "calls"}, "keys"
        assert part["calls"], "calls"
        for call in part["calls"]:
            check_call(call)


def check_call(call):
    assert {"base", "steps", "warmup", "total"} <= set(call) <= CALL, "call"
    base = call["base"]
    assert base.get("shape", [len(base.get("values", []))])[0] >= 1, "groups"
    assert base["dtype"] in ("float32", "float64"), "dtype"
    steps = call["steps"]
    assert steps["dtype"] == "int64", "dtype"
    assert len(steps["values"]) >= 1, "steps"
    assert all(0 <= step <= 10**6 for step in steps["values"]), "steps"
    assert 0 <= call["warmup"] < call["total"], "warmup"
    assert 0 <= call.get("min_ratio", 0) <= 1, "min_ratio"


check(sys.stdin.read())
sys.exit(42)
