"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

CALL = {"name", "x", "positions", "base", "probe", "needs", "under", "echo", "keep"}
CALL |= {"overwrite", "device"}
FURTHEST = {"float32": 255, "float64": 4095}


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
    assert {"x", "positions"} <= set(call) <= CALL, "call"
    b, h, s, d = shape(call["x"])
    assert min(b, h, s) >= 1, "sizes"
    assert d >= 2, "d is no less than 2"
    assert d % 2 == 0, "d is even"
    assert shape(call["positions"]) == [b, s], "a position for each token of each sequence"
    rows = call["positions"]["values"]
    furthest = FURTHEST[call["x"].get("dtype", "float32")]
    assert all(isinstance(p, int) and 0 <= p <= furthest for row in rows for p in row), "positions"
    assert 2 <= call.get("base", 10000.0) <= 10**6, "base"


def shape(spec):
    if "shape" in spec:
        return list(spec["shape"])
    values, found = spec["values"], []
    while isinstance(values, list):
        found.append(len(values))
        values = values[0]
    return found


check(sys.stdin.read())
sys.exit(42)
