"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

CALL = {"video_embeds", "needs", "under", "echo", "keep", "device"}
SPEC = {"seed", "shape", "values", "dtype", "fill", "layout"}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    assert list(case) == ["calls"], "keys"
    assert case["calls"], "calls"
    for call in case["calls"]:
        assert {"video_embeds"} <= set(call) <= CALL, "call"
        video = call["video_embeds"]
        assert set(video) <= SPEC, "spec"
        if "values" not in video:
            assert len(video["shape"]) == 4, "shape"
            assert all(1 <= size <= 64 for size in video["shape"]), "sizes"
        assert call.get("device", "cpu") in ("cpu", "meta"), "device"
        assert call.get("under", "grad") in ("grad", "no_grad", "inference_mode"), "under"
        assert video.get("dtype", "float32") in ("float32", "float64"), "dtype"


check(sys.stdin.read())
sys.exit(42)
