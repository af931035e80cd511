"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = ["img_size", "patch_size", "in_chans", "dim", "dtype", "weights", "calls"]


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    assert list(case) == KEYS, "keys"
    assert 1 <= case["patch_size"] <= case["img_size"] <= 64, "sizes"
    assert case["img_size"] % case["patch_size"] == 0, "patch_size divides img_size"
    assert 1 <= case["in_chans"] <= 8, "channels"
    assert 1 <= case["dim"] <= 64, "dim"
    assert list(case["weights"]) == ["proj.weight", "proj.bias", "pos"], "weights"
    assert case["dtype"] in ("float32", "float64"), "dtype"
    assert case["calls"], "calls"
    for call in case["calls"]:
        assert set(call) <= {"images", "probe", "mode", "echo", "channels_last"}, "call"


check(sys.stdin.read())
sys.exit(42)
