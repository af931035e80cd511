"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = {"name", "num_heads", "hidden", "max_len", "dtype", "weights", "calls"}
WEIGHTS = [f"{name}.{part}" for name in ("qkv", "proj") for part in ("weight", "bias")]
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
    assert 1 <= case["num_heads"] <= case["hidden"] <= 64, "sizes"
    assert case["hidden"] % case["num_heads"] == 0, "num_heads divides hidden"
    assert case["dtype"] in ("float32", "float64"), "dtype"
    assert case["calls"], "calls"
    for call in [case, *case["calls"]]:
        assert list(call.get("weights", WEIGHTS)) == WEIGHTS, "weights"
    for call in case["calls"]:
        assert {"x"} <= set(call) <= CALL, "call"
        b, s, hidden = shape(call["x"])
        assert b >= 1, "b"
        assert 1 <= s <= case["max_len"], "s"
        assert hidden == case["hidden"], "hidden"
        if "mask" in call:
            rows = call["mask"]["values"]
            assert len(rows) == b, "a row of the mask for each sequence"
            for row in rows:
                assert len(row) == s, "a number of the mask for each token"
                assert set(row) <= {0, 1}, "mask of 0 and 1"
                assert row[0] == 1, "the first token may be attended"


def shape(spec):
    if "shape" in spec:
        return spec["shape"]
    values = spec["values"]
    return len(values), len(values[0]), len(values[0][0])


check(sys.stdin.read())
sys.exit(42)
