"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = {"name", "num_heads", "hidden", "num_query_tokens", "dtype", "weights", "calls"}
LINEARS = [f"{name}.{part}" for name in ("wq", "wk", "wv", "wo") for part in ("weight", "bias")]
WEIGHTS = ["query_tokens", *LINEARS]
CALL = {"name", "video", "mask", "probe", "needs", "mode", "under", "echo", "keep", "overwrite"}
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
    assert case["num_query_tokens"] >= 1, "queries"
    assert case["dtype"] in ("float32", "float64"), "dtype"
    assert case["calls"], "calls"
    for call in [case, *case["calls"]]:
        assert list(call.get("weights", WEIGHTS)) == WEIGHTS, "weights"
    for call in case["calls"]:
        assert set(call) <= CALL, "call"
        if "mask" in call:
            assert all(1 in row and set(row) <= {0, 1} for row in call["mask"]["values"]), "mask"


check(sys.stdin.read())
sys.exit(42)
