"""Writes data/: the cases, and the answers by the definition.

    python problems/mergeadapters/generators/generate.py      (in the runner's environment)

LoRA's update and its scale: Hu et al., 2021 (arXiv 2106.09685), section 4.1. Its weighted sums are
what PEFT's `add_weighted_adapter` calls `cat`. In float64, from the given weight each time.
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from runner.calls import named as named_calls  # noqa: E402
from tools.case_writer import answers, exactly, part_answers, write_data  # noqa: E402

FACTORS = ["a1", "b1", "a2", "b2", "a3", "b3"]
INPUTS = ["weight", "steps", "returned", *FACTORS]
SIZES = (5, 7, 2, 4)
"""out, in, and the ranks of the first two adapters; the third has rank 3."""
BOTH = [["add", "p", 1, 6], ["add", "q", 2, 3, -0.75]]
MERGED = ["merged"]


def call(sizes, seed, steps, returned=-1, dtype="float32", layout="", factors="", **more):
    """`factors` is the factors' dtype where it isn't the weight's; `more` goes into the call."""
    out, width, *ranks = sizes
    placed = dict(layout=layout) if layout else {}
    own = dict(dtype=factors or dtype, **placed)
    made = dict(weight=dict(seed=seed, shape=[out, width], dtype=dtype, **placed))
    made |= dict(steps=steps, returned=returned)
    for i, rank in enumerate([*ranks, 3], 1):
        made[f"a{i}"] = dict(seed=seed + 2 * i, shape=[rank, width], **own)
        made[f"b{i}"] = dict(seed=seed + 2 * i + 1, shape=[out, rank], **own)
    return {**made, **more}


def changed(made, **keys):
    """The call with other keys in the specs of some tensors."""
    return made | {name: made[name] | more for name, more in keys.items()}


def case(*calls, **more):
    return dict(calls=list(calls), **more)


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def samples():
    given = dict(weight=[[1, 0], [0, 2]], a1=[[1, -1]], b1=[[2], [0.5]])
    given |= dict(a2=[[1, 0], [0, 1]], b2=[[0, 4], [2, 0]], a3=[[1, 1]], b3=[[1], [1]])
    steps = [["add", "x", 1, 2], ["add", "y", 2, 3, 0.5], MERGED, ["remove", "x"], MERGED]
    tensors = {name: dict(values=values) for name, values in given.items()}
    for name, returned in (("1-two", 0), ("2-one-removed", 1)):
        yield name, case(dict(**tensors, steps=steps, returned=returned, echo=False))


def secrets():
    one = [["add", "p", 1, 6], MERGED]
    weighted = [["add", "p", 2, 3, 0.25], MERGED]
    yield "one-adapter", case(call(SIZES, 100, one), call((6, 3, 2, 5), 110, weighted))
    third = [*BOTH, ["add", "r", 3, 2.5, 2.0], MERGED]
    halves = [["add", "p", 1, 1], ["add", "q", 2, 2, 0], ["add", "r", 3, 4, -1], MERGED]
    again = [["add", "p", 1, 6], ["add", "q", 1, 6, 0.5], MERGED]
    asked = [call(SIZES, 120, third), call((3, 8, 4, 1), 130, halves), call(SIZES, 140, again)]
    yield "several", case(*asked)
    yield "removed", removed()
    yield "replaced", replaced()
    yield "order", order()
    yield "large-removed", large()
    yield "none-left", together(**none_left())
    yield from ownership()
    yield "sizes", named(**of_one_and_equal())
    yield from repeated()
    yield from tensors()


def removed():
    every = [*BOTH, ["add", "r", 3, 2.5, 2.0]]
    asked = [call(SIZES, 150 + i, [*every, ["remove", n], MERGED]) for i, n in enumerate("pqr")]
    back = [*every, ["remove", "p"], MERGED, ["add", "p", 2, 1, 0.5], MERGED]
    asked += [call(SIZES, 160, back), call(SIZES, 160, back, 0)]
    # One name begins with the other.
    alike = [["add", "style", 1, 6], ["add", "style-2", 2, 3, -0.75], ["remove", "style"], MERGED]
    nothing = [["add", "p", 1, 6, 0], BOTH[1], ["remove", "p"], MERGED]
    swapped = [*BOTH, MERGED, ["remove", "p"], ["add", "r", 3, 2.5], MERGED]
    others = (alike, nothing, swapped)
    return case(*asked, *(call(SIZES, 165 + i, steps) for i, steps in enumerate(others)))


def replaced():
    first = [*BOTH, ["add", "p", 3, 2, 1.5], MERGED]
    same = [["add", "p", 1, 6, 2.0], ["add", "q", 2, 3], ["add", "p", 1, 6, 0.5], MERGED]
    gone = [*first, ["remove", "p"], MERGED]
    seen = [*BOTH, MERGED, ["add", "p", 3, 2, 1.5], MERGED]
    off = [*BOTH, ["add", "p", 3, 2, 0], MERGED]
    asked = (first, same, gone, seen, off)
    return case(*(call(SIZES, 170 + 7 * i, steps) for i, steps in enumerate(asked)))


def order():
    """merged() between the steps changes nothing."""
    steps = [MERGED, BOTH[0], MERGED, MERGED, BOTH[1], MERGED, ["remove", "p"], MERGED]
    steps += [BOTH[0], MERGED, ["remove", "q"], MERGED]
    return case(*(call(SIZES, 200, steps, i, echo=False) for i in range(7)))


def large():
    """An update 10^8 times as large as the rest, which is removed."""
    steps = [["add", "huge", 1, 2], BOTH[1], MERGED, ["remove", "huge"], MERGED]
    late = [BOTH[1], MERGED, ["add", "huge", 1, 2, -1], ["remove", "huge"], MERGED]
    swapped = [BOTH[1], ["add", "huge", 1, 2], MERGED, ["add", "huge", 3, 2], MERGED]
    asked = [call(SIZES, 220 + 10 * i, s) for i, s in enumerate((steps, late, swapped))]
    return case(*(changed(one, a1=dict(scale=1e4), b1=dict(scale=1e4)) for one in asked))


def none_left():
    """The weight itself, to the last bit."""
    steps = [*BOTH, MERGED, ["remove", "p"], MERGED, ["remove", "q"], MERGED]
    never = call(SIZES, 250, [MERGED])
    found = {}
    for dtype in ("float32", "float64", "bfloat16"):
        left = call(SIZES, 260, steps, dtype=dtype)
        far = changed(call(SIZES, 270, steps, dtype=dtype), a1=dict(scale=1e4), b1=dict(scale=1e4))
        found[dtype] = case(left, far, *([never] if dtype == "float32" else []), exact=True)
    return found


def ownership():
    """What the caller does with its tensors after a step is its own affair. In each dtype, since
    `float()` and `double()` copy only where the dtype is another one."""
    mine = [["overwrite", "weight"], MERGED]
    factors = [*BOTH, ["overwrite", "a1"], ["overwrite", "b2"], MERGED]
    whole = [*BOTH, ["overwrite", *FACTORS[:4], "weight"], MERGED, ["remove", "q"], MERGED]
    spoilt = [*BOTH, MERGED, ["overwrite", "merged"], MERGED, ["remove", "p"], MERGED]
    bare = [MERGED, ["overwrite", "merged"], MERGED]
    earlier = [*BOTH, MERGED, ["remove", "p"], MERGED, ["remove", "q"], MERGED, MERGED]
    inputs, results = {}, {}
    for dtype, other in (("float32", ""), ("float64", ""), ("bfloat16", "float32")):
        made = dict(dtype=dtype, factors=other, echo=False)
        given = enumerate((factors, whole, mine))
        inputs[dtype] = case(*(call(SIZES, 280 + 10 * i, steps, **made) for i, steps in given))
        made = dict(dtype=dtype, factors=other)
        asked = [call(SIZES, 310, spoilt, 1, **made), call(SIZES, 310, spoilt, **made)]
        asked += [call(SIZES, 320, bare, **made)]
        asked += [call(SIZES, 330, earlier, i, **made) for i in range(3)]
        results[dtype] = case(*asked)
    yield "inputs-overwritten", together(**inputs)
    yield "results", together(**results)


def of_one_and_equal():
    every = [*BOTH, ["add", "r", 3, 2.5, 2.0], MERGED]
    shapes = dict(
        one_output=(1, 6, 2, 4), one_input=(6, 1, 2, 4), ranks_of_one=(5, 7, 1, 1),
        second_of_one=(5, 7, 2, 1), all_one=(1, 1, 1, 1), square=(5, 5, 2, 4),
        rank_as_outputs=(4, 6, 4, 2), rank_as_inputs=(6, 4, 4, 2), equal_ranks=(5, 7, 2, 2),
        second_as_outputs=(4, 6, 2, 4), second_as_inputs=(6, 4, 2, 4), all_equal=(3, 3, 3, 3),
        rank_above=(2, 3, 5, 4),
    )  # fmt: skip
    return {n: call(sizes, 400 + 10 * i, every) for i, (n, sizes) in enumerate(shapes.items())}


def repeated():
    steps = [*BOTH, MERGED]
    some = [call(SIZES, 600, steps, under="no_grad", keep=True, overwrite=True)]
    some += [call(SIZES, 610, steps, under="inference_mode")]
    some += [call(SIZES, 620, [MERGED], keep=True, overwrite=True), call(SIZES, 630, steps)]
    yield "contexts", case(*some)
    several = [call(SIZES, 640 + 10 * i, steps, keep=True) for i in range(3)]
    several += [call(SIZES, 670, [BOTH[1], MERGED], keep=True), call((3, 4, 1, 2), 680, steps)]
    yield "several-objects", case(*several)


def tensors():
    steps = [*BOTH, ["add", "r", 3, 2.5], ["remove", "p"], MERGED]
    layouts = ("strided", "transposed")
    yield "layouts", case(*(call(SIZES, 700, steps, layout=one) for one in layouts))
    yield "float64", case(call(SIZES, 710, steps, dtype="float64"))
    far = call(SIZES, 720, [BOTH[0], MERGED], dtype="float64")
    yield (
        "cancelling-float64",
        case(
            changed(far, a1=dict(offset=4096.0), b1=dict(sum_zero=True)),
            call(SIZES, 730, [BOTH[1], MERGED], dtype="float64"),
        ),
    )
    yield "bfloat16", together(**in_bfloat16())
    elsewhere = [call(SIZES, 800, steps), call(SIZES, 810, steps, device="meta")]
    elsewhere += [call(SIZES, 820, [MERGED], device="meta")]
    yield "another-device", case(*elsewhere)


def in_bfloat16():
    """Updates some hundred times as large as the weight, which nearly cancel: rounded to bfloat16
    on the way, little is left; so are products whose factors differ in size. Then factors in
    float32, whose own large numbers cancel."""
    steps = [["add", "p", 1, 2], ["add", "q", 1, 2, -0.99], ["add", "r", 2, 3], MERGED]
    opposed = changed(call(SIZES, 740, steps, dtype="bfloat16"), a1=dict(scale=200.0))
    single = call(SIZES, 750, [BOTH[0], MERGED], dtype="bfloat16", factors="float32")
    single = changed(single, a1=dict(offset=300.0), b1=dict(sum_zero=True))
    plain = call(SIZES, 760, [*BOTH, MERGED], dtype="bfloat16")
    apart = [["add", "p", 1, 2], ["add", "q", 2, 2, -1.42], MERGED]
    products = call((5, 7, 2, 2), 770, apart, dtype="bfloat16")
    # The first two have the same factors, but for their size.
    alike = {"a1": dict(scale=200.0), "a2": dict(products["a1"], scale=140.0), "b2": products["b1"]}
    products = changed(products, **alike)
    # The update takes 99 % of the base away: it must not be rounded before it is added.
    small = call((5, 7, 7, 2), 780, [["add", "p", 1, -6.93], MERGED], dtype="bfloat16")
    one = dict(values=torch.eye(7).tolist(), dtype="bfloat16")
    small |= dict(a1=one, b1=small["weight"])
    return dict(
        opposed=case(opposed),
        products=case(products),
        plain=case(plain),
        small=case(small),
        float32_factors=case(single),
    )


def merge(made, loaded, given):
    """(out, in): the last merged weight that is asked for."""
    names, found = {}, []
    for do, *rest in given["steps"]:
        if do == "add":
            name, number, alpha, *weight = rest
            names[name] = (number, alpha, *(weight or [1.0]))
        elif do == "remove":
            del names[rest[0]]
        elif do == "merged":
            total = given["weight"].clone()
            for number, alpha, weight in names.values():
                a, b = given[f"a{number}"], given[f"b{number}"]
                total += weight * alpha / len(a) * torch.einsum("or,ri->oi", b, a)
            found.append(total)
    return found[given["returned"]]


def answer_part(part):
    """Where no adapter is left, every bit of the weight, and not the nine digits of an answer."""
    weights = {f"{name}out": call["weight"] for name, call in named_calls(part["calls"])}
    for name, entry in answers(part, merge, INPUTS):
        whole = part.get("exact") and name in weights
        yield name, exactly(cases.make_tensor(weights[name])) if whole else entry


def answer(made):
    return part_answers(made, answer_part)


write_data(PACKAGE, samples(), secrets(), answer)
