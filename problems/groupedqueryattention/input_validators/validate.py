"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = {"name", "num_heads", "num_kv_heads", "hidden", "dtype", "weights", "calls"}
WEIGHTS = [f"{name}.weight" for name in ("wq", "wk", "wv", "wo")]
CALL = {"name", "x", "mask", "probe", "needs", "mode", "under", "echo", "keep", "overwrite"}
CALL |= {"device", "weights", "weights_layout"}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    if "parts" in case:
        assert list(case) == ["parts"], "keys beside parts"
    for part in case.get("parts", [case]):
        check_part(part)


def check_part(case):
    assert KEYS - {"name"} <= set(case) <= KEYS, "keys"
    assert 1 <= case["num_kv_heads"] <= case["num_heads"] <= case["hidden"] <= 64, "sizes"
    assert case["hidden"] % case["num_heads"] == 0, "num_heads divides hidden"
    assert case["num_heads"] % case["num_kv_heads"] == 0, "num_kv_heads divides num_heads"
    assert case["dtype"] in ("float32", "float64"), "dtype"
    assert case["calls"], "calls"
    for call in [case, *case["calls"]]:
        assert list(call.get("weights", WEIGHTS)) == WEIGHTS, "weights"
    for call in case["calls"]:
        assert {"x"} <= set(call) <= CALL, "call"
        b, s, hidden = shape(call["x"])
        assert min(b, s) >= 1, "sizes of x"
        assert hidden == case["hidden"], "hidden"
        if "mask" in call:
            rows = call["mask"]["values"]
            assert len(rows) == b, "a row of the mask for each sequence"
            assert all(len(row) == s for row in rows), "a number of the mask for each token"
            assert all(1 in row and set(row) <= {0, 1} for row in rows), "mask"


def shape(spec):
    if "shape" in spec:
        return spec["shape"]
    values = spec["values"]
    return len(values), len(values[0]), len(values[0][0])


check(sys.stdin.read())
sys.exit(42)
