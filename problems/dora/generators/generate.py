"""Writes data/: the cases, and the answers by the formulas.

    python problems/dora/generators/generate.py      (in the runner's environment)

In float64, gradients by autograd over the reference. DoRA is that of Liu et al., 2024 ("DoRA:
Weight-Decomposed Low-Rank Adaptation"): equation 5 for the weight, section 4.3 for the norm that
is held constant in the backward pass.
"""

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
    write_data,
)

LORA = ["lora_a", "lora_b", "magnitude"]
PARAMETERS = [*LORA, "base"]
SIZES = (6, 4, 2, 8)


def drawn(seed, *shape, dtype="float32", **more):
    return dict(seed=seed, shape=list(shape), dtype=dtype, **more)


def weights(sizes, seed, only=LORA, dtype="float32"):
    """`sizes` is (in, out, r, alpha)."""
    columns, rows, r, _ = sizes
    specs = {
        "base.weight": drawn(seed, rows, columns, dtype=dtype, scale=0.7),
        "base.bias": drawn(seed + 1, rows, dtype=dtype),
        "lora_a": drawn(seed + 2, r, columns, dtype=dtype, scale=0.6),
        "lora_b": drawn(seed + 3, rows, r, dtype=dtype, scale=0.6),
        "magnitude": drawn(seed + 4, rows, dtype=dtype, scale=0.6, offset=1.5),
    }
    return {name: specs[name] for name in only}


def case(sizes, seed, calls, bias=True, dtype="float32", only=LORA):
    """`only` are the weights that are loaded."""
    base = ["base.weight", "base.bias"] if bias else ["base.weight"]
    given = weights(sizes, seed, base, dtype)
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
    given = {"base.weight": dict(values=[[3, 4], [0, 2]]), "base.bias": dict(values=[0.5, 0])}
    made = dict(r=1, alpha=2, dtype="float32", given=given)
    x = dict(values=[[1, 2]])
    start = dict(x=x, echo=False, show=["magnitude", "lora_b"])
    yield "1-start", dict(**made, weights={}, calls=[start])
    lora = dict(lora_a=dict(values=[[0, 2]]), lora_b=dict(values=[[1], [-1]]))
    lora["magnitude"] = dict(values=[5, 3])
    loaded = dict(x=x, echo=False, show=["merged"])
    yield "2-merged", dict(**made, weights=lora, calls=[loaded])


def secrets():
    look = ["lora_b", "magnitude", "trainable_numbers", "merged"]
    fresh = [call(100, 3, 6, show=look), call(101, 2, 6, show=look[1:2])]
    bare = case((5, 3, 4, 3), 120, [call(103, 3, 5, show=look)], False, only=[])
    yield "at-the-start", together(bias=case(SIZES, 110, fresh, only=[]), no_bias=bare)
    yield "forward", case(SIZES, 130, [call(131, 5, 6, show=["merged"])])
    yield "scales", together(**scales(), **small())
    several = [call(161, 6), call(162, 2, 3, 6), call(163, 2, 1, 3, 6), call(164, 1, 6)]
    yield "leading-dimensions", case(SIZES, 150, several)
    yield "sizes", together(**of_one_and_equal())
    trained = [call(201, 5, 6, out=4, keep=True, overwrite=True, show=["trainable_numbers"])]
    trained += [call(202, 2, 3, 6, out=4)]
    trained = case(SIZES, 190, trained)
    bare = case((5, 7, 3, 2), 210, [call(203, 4, 5, out=7, show=["merged"])], False)
    begun = case(SIZES, 220, [call(204, 5, 6, out=4)])
    begun["weights"]["lora_b"] |= dict(scale=0)
    yield "gradients", together(bias=trained, no_bias=bare, b_of_zeros=begun)
    yield from repeated()
    yield from tensors()


def scales():
    def of(*sizes):
        seed = 1000 + sum(place * int(4 * size) for place, size in enumerate(sizes, 1))
        return case(sizes, seed, [call(seed + 20, 3, sizes[0], show=["merged"])])

    return dict(
        alpha_below_r=of(5, 4, 4, 1),
        alpha_no_integer=of(4, 6, 3, 0.75),
        rank_one=of(5, 7, 1, 3),
        rank_above_both=of(3, 2, 5, 10),
    )


def small():
    """Norms far below 1, to which nothing may be added."""
    fresh = case(SIZES, 310, [call(171, 3, 6, show=["magnitude", "merged"])], only=[])
    loaded = case(SIZES, 320, [call(172, 3, 6, show=["merged"])])
    for given in (fresh["given"]["base.weight"], loaded["given"]["base.weight"]):
        given["scale"] = 1e-4
    loaded["weights"]["lora_b"]["scale"] = 1e-4
    return dict(small_at_the_start=fresh, small=loaded)


def of_one_and_equal():
    return dict(
        all_one=case((1, 1, 1, 2), 301, [call(321, 1, 1)]),
        one_output=case((5, 1, 2, 3), 302, [call(322, 3, 5, out=1)]),
        square=case((5, 5, 2, 6), 303, [call(323, 3, 5, show=["merged"])]),
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
    new = [call(431, 3, 6, keep=True), call(432, 3, 6, mode="eval", keep=True, show=["merged"])]
    every = [*LORA, "base.weight", "base.bias"]
    new += [call(432, 3, 6, weights=weights(SIZES, 440, every), show=["merged"], keep=True)]
    new += [call(436, 3, 6, out=4)]
    new += [call(433, 3, 6, weights=weights(SIZES, 450, ["lora_b"]), mode="train", out=4)]
    new += [call(434, 3, 6, weights=weights(SIZES, 460, ["magnitude"]), show=["merged"])]
    turned = dict(magnitude=dict(values=[1.25, -0.75, -2, 0.5], dtype="float32"))
    new += [call(435, 3, 6, weights=turned, out=4)]
    yield "new-weights", case(SIZES, 430, new)


def tensors():
    views = [call(511, 3, 2, 6, layout=one, out=4) for one in ("strided", "transposed")]
    laid = [call(512, 3, 6, out=4, weights_layout="transposed", show=["merged"])]
    laid += [call(513, 5, 6, layout="transposed")]
    yield "layouts", together(inputs=case(SIZES, 520, views), weights=case(SIZES, 530, laid))
    deep = [call(541, 2, 3, 6, dtype="float64", out=4, show=["merged"])]
    yield "float64", case(SIZES, 540, deep, dtype="float64")
    yield "cancelling-float64", cancelling()
    elsewhere = [call(561, 4, 6), call(562, 4, 6, device="meta")]
    yield "another-device", case(SIZES, 560, elsewhere)


def cancelling():
    """x is near 4096, and the rows of the merged weight sum to 0."""
    asked = call(551, 6, 8, dtype="float64")
    asked["x"]["offset"] = 4096
    made = case((8, 7, 3, 6), 550, [asked], dtype="float64")
    for spec in (made["given"]["base.weight"], made["weights"]["lora_a"]):
        spec["sum_zero"] = True
    return made


def weight(made, loaded):
    """The merged weight (out, in); the base is frozen, and so is the norm."""
    given = {name: cases.make_tensor(spec).double() for name, spec in made["given"].items()}
    base = loaded.get("base.weight", given["base.weight"]).detach()
    if "lora_b" not in loaded:
        return base
    changed = base + made["alpha"] / made["r"] * loaded["lora_b"] @ loaded["lora_a"]
    norm = (changed**2).sum(1).sqrt().detach()
    return (loaded["magnitude"] / norm)[:, None] * changed


def layer(made, loaded, given):
    """(..., in) -> (..., out)."""
    bias = loaded.get("base.bias", torch.zeros(()))
    return given["x"] @ weight(made, loaded).T + bias.detach()


def answer(made):
    return part_answers(made, answer_part)


def answer_part(part):
    whole = part | dict(weights=part["given"] | part["weights"])
    every = dict(answers(whole, layer, ["x"], PARAMETERS))
    known = whole["weights"]
    kept = {name: entry for name, entry in every.items() if name.endswith(".kept")}
    for prefix, one in calls.named(part["calls"]):
        known = known | one.get("weights", {})
        for name, entry in every.items():
            if name.startswith(prefix) and name not in kept:
                yield name, Ruled(entry, "frozen") if name.endswith("grad.base") else entry
        for name in one.get("show", ()):
            yield prefix + name, shown(part, known, name)
    yield from kept.items()


def shown(part, known, name):
    """What is answered under `name`, with the weights `known`."""
    loaded = {key: cases.make_tensor(spec).double() for key, spec in known.items()}
    rows, columns = loaded["base.weight"].shape
    if name == "trainable_numbers":
        return Ruled(torch.tensor(part["r"] * (rows + columns) + rows), "trainable")
    if name == "merged":
        return rounded(weight(part, loaded), part["dtype"])
    if name == "lora_b":
        return exactly(rounded(torch.zeros(rows, part["r"]).double(), part["dtype"]))
    return rounded((loaded["base.weight"] ** 2).sum(1).sqrt(), part["dtype"])


write_data(PACKAGE, samples(), secrets(), answer)
