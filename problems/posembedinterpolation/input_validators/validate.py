"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

SIZES = ("old_height", "old_width", "height", "width")
CALL = {"pos", *SIZES, "mode", "name", "probe", "under", "echo", "keep", "overwrite", "device"}


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
    assert {"pos", *SIZES} <= set(call) <= CALL, "call"
    n, d = shape(call["pos"])
    assert min(d, *(call[name] for name in SIZES)) >= 1, "sizes"
    assert n == 1 + call["old_height"] * call["old_width"], "places"
    assert call.get("mode", "bicubic") in ("bicubic", "bilinear"), "mode"
    assert call["pos"].get("dtype", "float32") in ("float32", "float64"), "dtype"


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
