"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

CALL = {"name", "q", "k", "v", "window", "probe", "needs", "under"}
CALL |= {"echo", "keep", "overwrite", "device"}


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
    assert {"q", "k", "v", "window"} <= set(call) <= CALL, "call"
    assert isinstance(call["window"], int), "window"
    assert call["window"] >= 1, "window"
    sizes = shape(call["q"])
    assert len(sizes) == 4, "(b, h, s, d)"
    assert min(sizes) >= 1, "(b, h, s, d)"
    assert sizes == shape(call["k"]) == shape(call["v"]), "q, k and v have one shape"
    dtypes = {call[name].get("dtype", "float32") for name in "qkv"}
    assert dtypes in ({"float32"}, {"float64"}), "one dtype"


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
