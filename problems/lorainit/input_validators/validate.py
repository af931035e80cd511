"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = ["in_features", "out_features", "r", "calls", "seed", "probes"]


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    assert list(case) == KEYS, "keys"
    assert all(isinstance(case[key], int) for key in KEYS[:5]), "integers"
    assert set(case["probes"]) == {"a", "b"}, "probes"
    assert all(1 <= case[key] <= 1024 for key in KEYS[:4]), "sizes"
    assert 4096 <= case["calls"] * case["r"] * case["in_features"] <= 100_000, "draws"


check(sys.stdin.read())
sys.exit(42)
