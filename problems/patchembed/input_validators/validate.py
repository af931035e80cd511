"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = {"name", "img_size", "patch_size", "in_chans", "dim", "dtype", "weights", "calls"}
WEIGHTS = ["proj.weight", "proj.bias", "pos"]
CALL = {"name", "images", "probe", "needs", "mode", "under", "echo", "keep", "overwrite"}
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
    assert 1 <= case["patch_size"] <= case["img_size"] <= 64, "sizes"
    assert case["img_size"] % case["patch_size"] == 0, "patch_size divides img_size"
    assert 1 <= case["in_chans"] <= 8, "channels"
    assert 1 <= case["dim"] <= 64, "dim"
    assert case["dtype"] in ("float32", "float64"), "dtype"
    assert case["calls"], "calls"
    for call in [case, *case["calls"]]:
        assert list(call.get("weights", WEIGHTS)) == WEIGHTS, "weights"
    for call in case["calls"]:
        assert set(call) <= CALL, "call"


check(sys.stdin.read())
sys.exit(42)
