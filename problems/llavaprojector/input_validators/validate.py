"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

PROJECTOR = {"vision_dim", "text_dim", "dtype", "weights", "projections"}
WEIGHTS = ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"]
CALL = {"name", "probe", "needs", "mode", "under", "echo", "keep", "overwrite", "device"}
PROJECTION = CALL | {"x", "weights", "weights_layout"}
SPLICE = CALL | {"text", "image", "mask"}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    for part in case["parts"] if list(case) == ["parts"] else [case]:
        check_part(part)


def check_part(case):
    keys = set(case) - {"name"}
    assert keys in (PROJECTOR, {"splices"}, PROJECTOR | {"splices"}), "keys"
    for call in case.get("projections", []):
        assert set(call) <= PROJECTION, "projection"
    for call in [case, *case.get("projections", [])]:
        assert list(call.get("weights", WEIGHTS)) == WEIGHTS, "weights"
    for call in case.get("splices", []):
        assert set(call) <= SPLICE, "splice"
        rows, image = call["mask"]["values"], call["image"]
        count = len(image["values"]) if "values" in image else image["shape"][0]
        assert sum(map(sum, rows)) == count, "as many Trues as image tokens"


check(sys.stdin.read())
sys.exit(42)
