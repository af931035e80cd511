"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

CALL = {"name", "x", "positions", "sections", "base", "probe", "under", "echo", "keep"}
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
    assert {"x", "positions", "sections"} <= set(call) <= CALL, "call"
    b, h, s, d = shape(call["x"])
    assert min(b, h, s) >= 1, "sizes"
    assert len(call["sections"]) == 3, "three sections"
    assert min(call["sections"]) >= 1, "no section is empty"
    assert 2 * sum(call["sections"]) == d, "the sections make half of d"
    assert shape(call["positions"]) == [3, b, s], "three positions for each token"
    furthest = FURTHEST[call["x"].get("dtype", "float32")]
    every = [p for axis in call["positions"]["values"] for row in axis for p in row]
    assert all(isinstance(p, int) and 0 <= p <= furthest for p in every), "positions"
    assert 2 <= call.get("base", 10000.0) <= 10**6, "base"


def shape(spec):
    if "shape" in spec:
        return spec["shape"]
    values, sizes = spec["values"], []
    while isinstance(values, list):
        sizes.append(len(values))
        values = values[0]
    return sizes


check(sys.stdin.read())
sys.exit(42)
