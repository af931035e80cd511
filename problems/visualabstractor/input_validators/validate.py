"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = ["num_heads", "hidden", "num_query_tokens", "dtype", "weights", "calls"]


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    assert list(case) == KEYS, "keys"
    assert 1 <= case["num_heads"] <= case["hidden"] <= 64, "sizes"
    assert case["hidden"] % case["num_heads"] == 0, "num_heads divides hidden"
    assert case["num_query_tokens"] >= 1, "queries"
    assert case["dtype"] in ("float32", "float64"), "dtype"
    assert len(case["weights"]) == 9, "weights"
    assert case["calls"], "calls"
    for call in case["calls"]:
        assert set(call) <= {"video", "mask", "probe", "mode", "echo"}, "call"
        if "mask" in call:
            assert all(1 in row and set(row) <= {0, 1} for row in call["mask"]["values"]), "mask"


check(sys.stdin.read())
sys.exit(42)
