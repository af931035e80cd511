"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

CALL = {"x", "height", "width", "ratio", "inverse", "name", "probe", "under", "echo", "keep"}
CALL |= {"device"}


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
    assert {"x", "height", "width", "ratio"} <= set(call) <= CALL, "call"
    b, n, c = shape(call["x"])
    height, width, ratio = call["height"], call["width"], call["ratio"]
    assert min(b, n, c, height, width, ratio) >= 1, "sizes"
    assert height % ratio == width % ratio == 0, "ratio"
    if call.get("inverse"):
        assert n * ratio**2 == height * width, "tokens"
        assert c % ratio**2 == 0, "channels"
    else:
        assert n == height * width, "tokens"
    assert call["x"].get("dtype", "float32") in ("float32", "float64"), "dtype"


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
