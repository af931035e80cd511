"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

NUMBERS = {"num_heads", "hidden", "num_query_tokens", "num_frames"}
KEYS = {"name", "dtype", "weights", "calls", *NUMBERS}
TOKENS = ["query_tokens", "temporal_query_tokens", "frame_embeds"]
LINEARS = ["wq", "wk", "wv", "wo", "temporal_wo"]
WEIGHTS = TOKENS + [f"{name}.{part}" for name in LINEARS for part in ("weight", "bias")]
CALL = {"name", "video", "lengths", "probe", "needs", "mode", "under", "echo", "keep", "overwrite"}
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
    assert case["num_frames"] >= 1, "slots"
    assert case["dtype"] in ("float32", "float64"), "dtype"
    assert case["calls"], "calls"
    for call in [case, *case["calls"]]:
        assert list(call.get("weights", WEIGHTS)) == WEIGHTS, "weights"
    for call in case["calls"]:
        assert {"video", "lengths"} <= set(call) <= CALL, "call"
        b, t, n, hidden = shape(call["video"])
        assert min(b, t, n) >= 1, "sizes"
        assert hidden == case["hidden"], "channels"
        assert call["lengths"]["dtype"] == "int64", "lengths"
        assert len(call["lengths"]["values"]) == b, "a length for each video"
        assert all(1 <= length <= t for length in call["lengths"]["values"]), "lengths"


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
