"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

PROJECTOR = ["vision_dim", "text_dim", "dtype", "weights", "projections"]


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    assert list(case) in (PROJECTOR, ["splices"]), "keys"
    assert case.get("projections") or case.get("splices"), "calls"
    for call in case.get("projections", []):
        assert set(call) <= {"x", "probe", "mode", "echo"}, "projection"
    for call in case.get("splices", []):
        assert set(call) <= {"text", "image", "mask", "probe", "echo"}, "splice"
        rows, image = call["mask"]["values"], call["image"]
        count = len(image["values"]) if "values" in image else image["shape"][0]
        assert sum(map(sum, rows)) == count, "as many Trues as image tokens"


check(sys.stdin.read())
sys.exit(42)
