"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

TENSORS = ("x", "router", "w1", "w2")
CALL = {
    *TENSORS,
    "k",
    "returned",
    "name",
    "probe",
    "needs",
    "under",
    "echo",
    "keep",
    "overwrite",
    "device",
}


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
    assert {*TENSORS, "k", "returned"} <= set(call) <= CALL, "call"
    x, router, w1, w2 = (shape(call[name]) for name in TENSORS)
    (n, d), (e, f, _) = x, w1
    assert min(n, d, e, f) >= 1, "sizes"
    assert router == [e, d], "router"
    assert w1 == [e, f, d], "w1"
    assert w2 == [e, d, f], "w2"
    assert 1 <= call["k"] <= e, "k"
    assert call["returned"] in (0, 1), "returned"
    dtypes = {call[name].get("dtype", "float32") for name in TENSORS}
    assert dtypes in ({"float32"}, {"float64"}), "dtype"


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
