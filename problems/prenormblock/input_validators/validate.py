"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

KEYS = {"num_heads", "hidden", "inner", "dtype", "weights", "calls"}
CALL = {"x", "name", "probe", "needs", "under", "mode", "echo", "keep", "overwrite", "device"}
CALL |= {"weights", "weights_layout"}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    for part in case["parts"] if list(case) == ["parts"] else [case]:
        assert set(part) - {"name"} == KEYS, "keys"
        assert part["calls"], "calls"
        check_part(part)


def check_part(case):
    hidden, inner = case["hidden"], case["inner"]
    assert min(case["num_heads"], hidden, inner) >= 1, "sizes"
    assert hidden % case["num_heads"] == 0, "num_heads"
    assert case["dtype"] in ("float32", "float64"), "dtype"
    for given in (case, *case["calls"]):
        for name, spec in given.get("weights", {}).items():
            assert shape(spec) == wanted(name, hidden, inner), "weights"
    for call in case["calls"]:
        assert {"x"} <= set(call) <= CALL, "call"
        assert shape(call["x"])[2] == hidden, "hidden"
        assert call["x"].get("dtype", "float32") == case["dtype"], "dtype of x"


def wanted(name, hidden, inner):
    module, kind = name.split(".")
    rows = dict(qkv=3 * hidden, fc1=inner).get(module, hidden)
    columns = [] if kind == "bias" or module.startswith("norm") else [hidden]
    return [rows, *([inner] if module == "fc2" and columns else columns)]


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
