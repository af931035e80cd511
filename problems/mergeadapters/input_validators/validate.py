"""Exits with 42 when standard input is a case, laid out as the generator writes it."""

import json
import sys

FACTORS = {"a1", "b1", "a2", "b2", "a3", "b3"}
INPUTS = {"weight", "steps", "returned"} | FACTORS
CALL = INPUTS | {"name", "under", "echo", "keep", "overwrite", "device"}


def check(text):
    case = json.loads(text)
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in case.items())
    assert text == f"{{\n{lines}\n}}\n", "layout"
    for part in case["parts"] if list(case) == ["parts"] else [case]:
        assert {"calls"} <= set(part) <= {"name", "calls", "exact"}, "keys"
        assert part["calls"], "calls"
        for call in part["calls"]:
            check_call(call)


def check_call(call):
    assert INPUTS <= set(call) <= CALL, "call"
    out, width = shape(call["weight"])
    assert min(out, width) >= 1, "sizes"
    for number in "123":
        a, b = shape(call[f"a{number}"]), shape(call[f"b{number}"])
        assert (a[1], b[0], a[0]) == (width, out, b[1]), "factors"
        assert b[1] >= 1, "rank"
    present, asked = set(), 0
    for do, *rest in call["steps"]:
        if do == "add":
            assert len(rest) in (3, 4), "add"
            assert rest[1] in (1, 2, 3), "factors of add"
            present.add(rest[0])
        elif do == "remove":
            present.remove(*rest)
        elif do == "merged":
            assert not rest, "merged"
            asked += 1
        else:
            assert do == "overwrite", "step"
            assert (rest == ["merged"] and asked) or set(rest) <= FACTORS | {"weight"}, "overwrite"
    assert -asked <= call["returned"] < asked, "returned"
    own = {call[name].get("dtype", "float32") for name in FACTORS}
    dtype = call["weight"].get("dtype", "float32")
    assert dtype in ("float32", "float64", "bfloat16"), "dtype"
    assert own == {dtype} or (dtype, own) == ("bfloat16", {"float32"}), "dtype of factors"


def shape(spec):
    if "shape" in spec:
        return spec["shape"]
    return [len(spec["values"]), len(spec["values"][0])]


check(sys.stdin.read())
sys.exit(42)
