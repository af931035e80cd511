"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = {"name", "dim", "hidden_dim", "dtype", "weights", "calls"}
WEIGHTS = ["w1.weight", "w2.weight", "w3.weight"]
CALL = {"name", "x", "probe", "needs", "mode", "under", "echo", "keep", "overwrite", "device"}
CALL |= {"weights", "weights_layout"}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    for part in case["parts"] if list(case) == ["parts"] else [case]:
        check_part(part)


def check_part(case):
    assert KEYS - {"name"} <= set(case) <= KEYS, "keys"
    dim, hidden = case["dim"], case["hidden_dim"]
    assert 1 <= dim <= 256, "dim"
    assert 1 <= hidden <= 256, "hidden_dim"
    assert case["dtype"] in ("float32", "float64"), "dtype"
    assert case["calls"], "calls"
    for one in [case, *case["calls"]]:
        weights = one.get("weights", case["weights"])
        assert list(weights) == WEIGHTS, "weights"
        shapes = [shape(weights[name]) for name in WEIGHTS]
        assert shapes == [[hidden, dim], [dim, hidden], [hidden, dim]], "shapes"
    for call in case["calls"]:
        assert {"x"} <= set(call) <= CALL, "call"
        x = shape(call["x"])
        assert len(x) >= 2, "x has a leading dimension"
        assert x[-1] == dim, "dim"
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
