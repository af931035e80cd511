"""Writes data/: the cases, and the answers by the formulas.

    python problems/int8lora/generators/generate.py      (in the runner's environment)

In float64, gradients by autograd over the reference. Quantisation by the greatest absolute value
of each output's row is the vector-wise one of Dettmers et al., 2022 (LLM.int8()); LoRA over a
quantised base that stays as it is, is QLoRA's idea (Dettmers et al., 2023).
"""

import itertools
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import calls, cases  # noqa: E402  (found through the line above)
from tools.case_writer import (  # noqa: E402
    Ruled,
    answers,
    exactly,
    part_answers,
    rounded,
    unchanged,
    write_data,
)

LORA = ["lora_a", "lora_b"]
HELD = ["weight_int8", "scale"]
SIZES = (6, 4, 2, 8)
TIES = [
    [127, 0.5, 1.5, 2.5, -0.5, -1.5],
    [-254, 1, 3, 5, -3, -5],
    [0, 0, 0, 0, 0, 0],
    [63.5, 0.25, 0.75, -1.25, -0.25, 31.75],
]
"""What lies right between two integers once it is divided by the scale, which is 1, 2 and 0.5."""
NO_SUM = [
    [127, -100, 31, -58, 12, -12, 64, -64],
    [-127, 90, 45, -8, 3, -3, -77, 77],
    [50, -25, -25, 127, -126, -1, 9, -9],
    [-6, 5, 1, 99, -127, 28, 40, -40],
    [11, 22, -33, 127, -64, -63, 81, -81],
]


def drawn(seed, *shape, dtype="float32", **more):
    return dict(seed=seed, shape=list(shape), dtype=dtype, **more)


def quantised(weight):
    """`weight` (out, in) in float64, as integers (out, in) and the scales (out)."""
    greatest = weight.abs().amax(1)
    scale = torch.where(greatest > 0, greatest / 127, 1.0)
    return (weight / scale[:, None]).round(), scale


def base_weight(sizes, seed, dtype, scale=0.7):
    """No value is near the middle between two integers: all ways to compute agree."""
    columns, rows, _, _ = sizes
    numbers = itertools.count(seed * 1000)
    specs = (drawn(one, rows, columns, dtype=dtype, scale=scale) for one in numbers)
    return next(spec for spec in specs if margin(cases.make_tensor(spec).double()) > 0.003)


def margin(weight):
    """How far the nearest value is from the middle between two integers."""
    return float(((weight / quantised(weight)[1][:, None]) % 1 - 0.5).abs().min())


def weights(sizes, seed, only=LORA, dtype="float32"):
    """`sizes` is (in, out, r, alpha)."""
    columns, rows, r, _ = sizes
    specs = {
        "lora_a": drawn(seed + 1, r, columns, dtype=dtype, scale=0.6),
        "lora_b": drawn(seed + 2, rows, r, dtype=dtype, scale=0.6),
        "weight_int8": drawn(seed + 3, rows, columns, dtype="int8", below=127, offset=-63),
        "scale": drawn(seed + 4, rows, dtype=dtype, scale=0.005, offset=0.01),
        "bias": drawn(seed + 5, rows, dtype=dtype),
    }
    return {name: specs[name] for name in only}


def case(sizes, seed, calls, bias=True, dtype="float32", only=LORA):
    """`only` are the weights that are loaded."""
    given = {"base.weight": base_weight(sizes, seed, dtype)}
    if bias:
        given["base.bias"] = drawn(seed, sizes[1], dtype=dtype)
    loaded = weights(sizes, seed + 10, only, dtype)
    return dict(r=sizes[2], alpha=sizes[3], dtype=dtype, given=given, weights=loaded, calls=calls)


def call(seed, *shape, dtype="float32", layout="", out=None, **more):
    """`out` features ask for gradients, of a drawn probe; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    made = dict(x=drawn(seed, *shape, dtype=dtype, **placed))
    if out:
        made["probe"] = drawn(seed + 7, *shape[:-1], out, dtype=dtype)
    return {**made, **more}


def together(**named):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in named.items()])


def samples():
    given = {"base.weight": dict(values=[[127, 40.5], [-1.025, 2.54]])}
    given["base.bias"] = dict(values=[0.5, 0])
    made = dict(r=1, alpha=2, dtype="float32", given=given)
    x = dict(values=[[1, 2]])
    yield "1-start", dict(**made, weights={}, calls=[dict(x=x, echo=False, show=HELD)])
    lora = dict(lora_a=dict(values=[[1, 1]]), lora_b=dict(values=[[2], [-1]]))
    yield "2-forward", dict(**made, weights=lora, calls=[dict(x=x, echo=False)])


def secrets():
    look = [*HELD, "lora_b", "given.weight", "trainable_numbers", "float_copies"]
    fresh = [call(100, 3, 6, show=look), call(101, 2, 6, show=HELD[:1])]
    bare = case((5, 3, 4, 3), 120, [call(103, 3, 5, show=look)], False, only=[])
    yield "at-the-start", together(bias=case(SIZES, 110, fresh, only=[]), no_bias=bare)
    ties = case(SIZES, 125, [call(126, 3, 6, show=HELD[:1])], only=[])
    ties["given"]["base.weight"] = dict(values=TIES)
    small = case(SIZES, 127, [call(128, 3, 6, show=HELD[:1])], only=[])
    small["given"]["base.weight"] = base_weight(SIZES, 127, "float32", 1e-7)
    yield "rounding", together(ties=ties, small=small)
    yield "forward", case(SIZES, 130, [call(131, 5, 6, show=HELD)])
    yield "scales", together(**scales())
    several = [call(161, 6), call(162, 2, 3, 6), call(163, 2, 1, 3, 6), call(164, 1, 6)]
    yield "leading-dimensions", case(SIZES, 150, several)
    yield "sizes", together(**of_one_and_equal())
    look = ["weight_int8", "trainable_numbers"]
    trained = [call(201, 5, 6, out=4, keep=True, overwrite=True, show=look)]
    trained += [call(202, 2, 3, 6, out=4)]
    trained = case(SIZES, 190, trained)
    bare = case((5, 7, 3, 2), 210, [call(203, 4, 5, out=7)], False)
    begun = case(SIZES, 220, [call(204, 5, 6, out=4)])
    begun["weights"]["lora_b"] |= dict(scale=0)
    yield "gradients", together(bias=trained, no_bias=bare, b_of_zeros=begun)
    yield from repeated()
    yield from tensors()


def scales():
    def of(*sizes):
        seed = 1000 + sum(place * int(4 * size) for place, size in enumerate(sizes, 1))
        return case(sizes, seed, [call(seed + 20, 3, sizes[0])])

    return dict(
        alpha_below_r=of(5, 4, 4, 1),
        alpha_no_integer=of(4, 6, 3, 0.75),
        rank_one=of(5, 7, 1, 3),
        rank_above_both=of(3, 2, 5, 10),
    )


def of_one_and_equal():
    return dict(
        all_one=case((1, 1, 1, 2), 301, [call(321, 1, 1, show=HELD)]),
        one_output=case((5, 1, 2, 3), 302, [call(322, 3, 5, out=1)]),
        square=case((5, 5, 2, 6), 303, [call(323, 3, 5, show=HELD)]),
        rank_as_inputs=case((4, 6, 4, 6), 304, [call(324, 3, 4)]),
        rank_as_outputs=case((6, 3, 3, 1), 305, [call(325, 4, 6, out=3)]),
        rows_as_inputs=case((5, 4, 2, 3), 306, [call(326, 5, 5)]),
        rows_as_outputs=case((5, 4, 2, 3), 307, [call(327, 4, 5)]),
        rows_as_rank=case((5, 4, 3, 6), 308, [call(328, 3, 5)]),
    )


def repeated():
    some = [call(401, 4, 6, out=4, needs=[]), call(402, 4, 6)]
    some += [call(403, 4, 6, under="no_grad", keep=True, overwrite=True)]
    some += [call(404, 4, 6, under="inference_mode"), call(405, 4, 6, out=4)]
    first = [call(406, 4, 6, under="inference_mode"), call(407, 4, 6, out=4)]
    yield (
        "with-and-without-gradients",
        together(both=case(SIZES, 410, some), inference_first=case(SIZES, 420, first)),
    )
    new = [call(431, 3, 6, keep=True), call(432, 3, 6, mode="eval", keep=True)]
    new += [call(432, 3, 6, weights=weights(SIZES, 440, [*LORA, *HELD, "bias"]), keep=True)]
    new += [call(436, 3, 6, out=4)]
    new += [call(433, 3, 6, weights=weights(SIZES, 450, ["lora_b"]), mode="train", out=4)]
    new += [call(434, 3, 6, weights=weights(SIZES, 460, HELD), show=HELD)]
    yield "new-weights", case(SIZES, 430, new)


def tensors():
    views = [call(511, 3, 2, 6, layout=one, out=4) for one in ("strided", "transposed")]
    laid = [call(512, 3, 6, out=4, weights_layout="transposed")]
    laid += [call(513, 5, 6, layout="transposed")]
    yield "layouts", together(inputs=case(SIZES, 520, views), weights=case(SIZES, 530, laid))
    deep = [call(541, 2, 3, 6, dtype="float64", out=4, show=HELD)]
    yield "float64", case(SIZES, 540, deep, dtype="float64")
    yield "cancelling-float64", cancelling()
    elsewhere = [call(561, 4, 6), call(562, 4, 6, device="meta")]
    yield "another-device", case(SIZES, 560, elsewhere)


def cancelling():
    """x is near 4096, and the rows of both the integers and lora_a sum to 0."""
    asked = call(551, 6, 8, dtype="float64")
    asked["x"]["offset"] = 4096
    asked["weights"] = dict(weight_int8=dict(values=NO_SUM, dtype="int8"))
    made = case((8, 5, 3, 6), 550, [asked], dtype="float64")
    made["weights"]["lora_a"]["sum_zero"] = True
    return made


def layer(made, loaded, given):
    """(..., in) -> (..., out)."""
    held = {name: one.detach() for name, one in loaded.items() if name not in LORA}
    x = given["x"]
    out = x @ (held["weight_int8"] * held["scale"][:, None]).T + held.get("bias", 0)
    if "lora_b" in loaded:
        out = out + made["alpha"] / made["r"] * (x @ loaded["lora_a"].T @ loaded["lora_b"].T)
    return out


def answer(made):
    return part_answers(made, answer_part)


def answer_part(part):
    weight = cases.make_tensor(part["given"]["base.weight"])
    integers, scale = quantised(weight.double())
    held = dict(weight_int8=dict(values=integers.int().tolist(), dtype="int8"))
    held["scale"] = dict(values=scale.tolist(), dtype="float64")
    frozen = ["scale"]
    if "base.bias" in part["given"]:
        held["bias"] = part["given"]["base.bias"]
        frozen.append("bias")
    whole = part | dict(weights=held | part["weights"])
    every = dict(answers(whole, layer, ["x"], [*LORA, *frozen]))
    known = whole["weights"]
    kept = {name: entry for name, entry in every.items() if name.endswith(".kept")}
    for prefix, one in calls.named(part["calls"]):
        known = known | one.get("weights", {})
        for name, entry in every.items():
            if name.startswith(prefix) and name not in kept:
                rule = name.endswith(tuple(f"grad.{one}" for one in frozen))
                yield name, Ruled(entry, "frozen") if rule else entry
        for name in one.get("show", ()):
            yield prefix + name, shown(part, known, weight, name)
    yield from kept.items()


def shown(part, known, weight, name):
    """What is answered under `name`, with what the layer holds (`known`)."""
    rows, columns = weight.shape
    if name == "weight_int8":
        return cases.make_tensor(known[name])
    if name == "scale":
        return rounded(cases.make_tensor(known[name]).double(), part["dtype"])
    if name == "lora_b":
        return exactly(rounded(torch.zeros(rows, part["r"]).double(), part["dtype"]))
    if name == "given.weight":
        return unchanged(weight)
    if name == "trainable_numbers":
        return Ruled(torch.tensor(part["r"] * (rows + columns)), "trainable")
    return torch.tensor(0)


write_data(PACKAGE, samples(), secrets(), answer)
