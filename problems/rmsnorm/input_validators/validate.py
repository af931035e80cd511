"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

TENSORS = ("x", "weight")
CALL = {"name", *TENSORS, "eps", "network", "probe", "needs", "under", "echo", "keep"}
CALL |= {"overwrite", "device"}


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
    assert {*TENSORS, "eps"} <= set(call) <= CALL, "call"
    assert 0 < call["eps"] <= 10, "eps"
    assert call.get("network", "plain") in ("plain", "two", "residual"), "network"
    x, weight = (shape(call[name]) for name in TENSORS)
    assert len(x) >= 2, "x has a leading dimension"
    assert weight == x[-1:], "weight has the size of the last dimension"
    assert all(size >= 1 for size in x), "sizes"


def shape(spec):
    if "shape" in spec:
        return spec["shape"]
    sizes, values = [], spec["values"]
    while isinstance(values, list):
        sizes.append(len(values))
        values = values[0]
    return sizes


check(sys.stdin.read())
sys.exit(42)
