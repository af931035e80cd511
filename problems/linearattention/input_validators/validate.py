"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

CALL = {"q", "k", "v", "name", "probe", "needs", "under", "echo", "keep", "overwrite", "device"}
CALL |= {"sampled", "weighted"}


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
    assert {"q", "k", "v"} <= set(call) <= CALL, "call"
    q, k, v = (shape(call[name]) for name in "qkv")
    assert len(q) == 4, "(b, h, s, d)"
    assert min(q + v) >= 1, "sizes"
    assert q == k, "k has the shape of q"
    assert q[:3] == v[:3], "v has the sequences, heads and tokens of q"
    assert ("sampled" in call) == ("weighted" in call), "sampled"
    if "sampled" in call:
        assert q[2] % call["sampled"] == 0, "sampled"
        assert shape(call["weighted"]) == v, "weighted"
    dtypes = {call[name].get("dtype", "float32") for name in "qkv"}
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
