"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = ["calls"]


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    assert list(case) == KEYS, "keys"
    assert case["calls"], "calls"
    for call in case["calls"]:
        assert {"frames", "window", "q", "k", "v"} <= set(call), "call"
        assert call["frames"] >= 1, "frames"
        assert call["window"] >= 0, "window"
        for name in ("q", "k", "v"):
            if "shape" in call[name]:
                tokens = call[name]["shape"][2]
            else:
                tokens = len(call[name]["values"][0][0])
            assert tokens % call["frames"] == 0, "frames divide the tokens"
            assert tokens <= 6144, "tokens"


check(sys.stdin.read())
sys.exit(42)
