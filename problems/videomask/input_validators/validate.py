"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = ["videos"]


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    assert list(case) == KEYS, "keys"
    assert case["videos"], "videos"
    for video in case["videos"]:
        assert len(video["shape"]) == 4, "shape"
        assert all(1 <= size <= 64 for size in video["shape"]), "sizes"
        assert video.get("device", "cpu") in ("cpu", "meta"), "device"
        assert video.get("dtype", "float32") in ("float32", "float64"), "dtype"


check(sys.stdin.read())
sys.exit(42)
