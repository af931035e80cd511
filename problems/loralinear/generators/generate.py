"""Writes data/: the cases, and the answers of `reference.py`.

python problems/loralinear/generators/generate.py      (in the runner's environment)
"""

import sys
from math import comb
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from reference import LORA, answer  # noqa: E402  (beside this file)

from tools.case_writer import write_data  # noqa: E402  (found through the line above)

BASE = ["base.weight", "base.bias"]
GIVEN = ["given.weight", "given.bias"]
SIZES = (6, 4, 2, 8)


def drawn(seed, *shape, dtype="float32", **more):
    return dict(seed=seed, shape=list(shape), dtype=dtype, **more)


def case(sizes, seed, steps, bias=True, dtype="float32", weight=(), **more):
    """`sizes` is (in, out, r, alpha); `weight` goes into the weight's spec."""
    in_features, out_features, r, alpha = sizes
    base = dict(weight=drawn(seed, out_features, in_features, dtype=dtype, scale=0.7))
    base["weight"].update(weight)
    if bias:
        base["bias"] = drawn(seed + 1, out_features, dtype=dtype)
    return dict(r=r, alpha=alpha, **more, base=base, steps=steps)


def load(sizes, seed, only=LORA, dtype="float32", layout=None, **more):
    """`more` goes into the specs."""
    in_features, out_features, r, _ = sizes
    shapes = {
        "lora_a": (r, in_features),
        "lora_b": (out_features, r),
        "base.weight": (out_features, in_features),
        "base.bias": (out_features,),
    }
    weights = {n: drawn(seed + i, *shapes[n], dtype=dtype, **more) for i, n in enumerate(only)}
    return dict(do="load", weights=weights, **(dict(layout=layout) if layout else {}))


def call(name, seed, *shape, dtype="float32", out_features=None, spec=(), **more):
    """`out_features` asks for gradients, `spec` goes into x's, `more` into the call."""
    step = dict(do="call", name=name, x=drawn(seed, *shape, dtype=dtype) | dict(spec))
    if out_features:
        step["probe"] = drawn(seed + 1, *shape[:-1], out_features, dtype=dtype)
    return {**step, **more}


def state(name, of):
    return dict(do="state", name=name, of=of)


def do(*words):
    return [dict(do=word) for word in words]


def samples():
    base = dict(weight=dict(values=[[1, 0, 2], [0, -1, 1]]), bias=dict(values=[0.5, 0]))
    lora = dict(lora_a=dict(values=[[1, 1, 0]]), lora_b=dict(values=[[2], [-1]]))
    given = dict(do="load", weights=lora)
    x = dict(values=[[1, 2, 3], [0, 1, -1]])
    start = dict(do="call", name="start", x=x, echo=False)
    loaded = dict(do="call", name="loaded", x=x, echo=False)
    yield "1", dict(r=1, alpha=2, base=base, steps=[start, given, loaded])
    base = dict(weight=dict(values=[[1, 2], [0, -1]]))
    lora = dict(lora_a=dict(values=[[1, 3]]), lora_b=dict(values=[[2], [-1]]))
    other = dict(lora_b=dict(values=[[0], [1]]))
    loaded = dict(do="call", x=dict(values=[[1, 2]]), echo=False)
    steps = [dict(do="load", weights=lora), *do("merge"), state("merged", ["base.weight"])]
    steps += [dict(loaded, name="merged"), dict(do="load", weights=other), *do("unmerge")]
    steps += [state("apart", ["base.weight"]), dict(loaded, name="apart")]
    yield "2-merge", dict(r=1, alpha=2, base=base, steps=steps)


def secrets():
    yield from forwards()
    yield from gradients()
    yield from starts()
    yield from merges()
    yield from dropouts()
    yield from tensors()


def together(**named):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in named.items()])


def forwards():
    yield "forward", case(SIZES, 100, [load(SIZES, 110), call("two", 112, 5, 6)])
    several = [
        call("one", 122, 6),
        call("three", 124, 2, 3, 6),
        call("four", 126, 2, 1, 3, 6),
        call("again", 122, 6),
        call("single", 127, 1, 6),
    ]
    yield "leading-dimensions", case(SIZES, 118, [load(SIZES, 120), *several])
    bare = [load(SIZES, 130), call("two", 132, 3, 6), *do("merge"), call("merged", 132, 3, 6)]
    yield "no-bias", case(SIZES, 128, bare, bias=False)
    yield "alphas", together(below_r=sized(5, 4, 4, 1), float=sized(4, 6, 3, 0.75))
    ranks = dict(one=sized(5, 7, 1, 3), above_both=sized(3, 2, 5, 10))
    ranks |= dict(as_inputs=sized(4, 6, 4, 6), as_outputs=sized(6, 3, 3, 1))
    yield "ranks", together(**ranks)
    square = (5, 5, 2, 6)
    more = [load(square, 172), call("two", 174, 2, 5, out_features=5), call("b", 176, 5, 5)]
    more += [call("rows", 178, 6, 5), call("one", 179, 1, 5)]
    equal = dict(square=case(square, 170, more), all_equal=sized(4, 4, 4, 2))
    yield "sizes", together(**equal, one=sized(1, 1, 1, 2))


def sized(*sizes):
    seed = 140 + sum(place * int(4 * size) for place, size in enumerate(sizes, 1))
    steps = [load(sizes, seed), call("two", seed + 2, 4, sizes[0])]
    return case(sizes, seed + 4, steps)


def gradients():
    grads = dict(out_features=4)
    given = case(SIZES, 300, [load(SIZES, 302), call("g", 304, 5, 6, **grads)])
    start = [load(SIZES, 312, ["lora_a"]), call("g", 314, 5, 6, **grads)]
    yield "gradients", together(given=given, at_the_start=case(SIZES, 310, start))
    again = [load(SIZES, 342), call("first", 344, 5, 6, keep=True, **grads)]
    again += [call("second", 346, 3, 6, **grads), load(SIZES, 348)]
    again += [call("third", 344, 5, 6, overwrite=True, keep=True, **grads)]
    again += [load(SIZES, 350, BASE), call("fourth", 352, 5, 6, **grads)]
    yield "gradients-again-with-new-weights", case(SIZES, 340, again)
    some = [load(SIZES, 362), call("g", 364, 4, 6, needs=[], **grads)]
    some += [call("plain", 366, 4, 6), call("again", 368, 2, 2, 6, **grads)]
    some += [call("no_grad", 274, 4, 6, under="no_grad", keep=True)]
    some += [call("inference", 276, 4, 6, under="inference_mode"), call("last", 278, 4, 6, **grads)]
    yield "with-and-without-gradients", case(SIZES, 360, some)
    for bias in (True, False):
        descend = dict(
            do="descend", times=2, rate=0.125, x=drawn(334, 5, 6), probe=drawn(335, 5, 4)
        )
        own = GIVEN if bias else GIVEN[:1]
        steps = [load(SIZES, 332), descend, state("after", own + LORA), call("after", 336, 2, 6)]
        yield "two-steps" + ("" if bias else "-no-bias"), case(SIZES, 330, steps, bias=bias)


def starts():
    look = dict(do="trainable")
    fresh = [state("start", [*LORA[1:], *BASE, *GIVEN]), call("start", 202, 3, 6), look]
    bare = [look, load((5, 3, 3, 3), 214, BASE[:1])]
    bare += [call("start", 212, 3, 5, out_features=3, of=BASE[:1])]
    bare = case((5, 3, 3, 3), 210, bare, bias=False)
    yield "at-the-start", together(bias=case(SIZES, 200, fresh), no_bias=bare)
    # 4,000 numbers or more: then no right layer fails by chance.
    yield "how-a-is-drawn", case((16, 3, 64, 8), 240, [dict(do="start", layers=4)])
    yield "how-a-is-drawn-wide", case((250, 2, 16, 8), 250, [dict(do="start", layers=2)])
    base = [load(SIZES, 262), call("before", 264, 3, 6), load(SIZES, 266, BASE)]
    base += [call("after", 264, 3, 6), *do("merge"), state("merged", GIVEN), call("m", 268, 3, 6)]
    base += [*do("unmerge"), state("apart", GIVEN)]
    yield "base-changed", case(SIZES, 260, base)


def merges():
    square, weight, given = (5, 5, 2, 6), ["base.weight"], GIVEN[:1]
    once = [load(square, 402), *do("merge"), state("merged", BASE + GIVEN)]
    once += [call("merged", 404, 3, 5), *do("unmerge"), state("apart", BASE + GIVEN)]
    yield "merge", case(square, 400, [*once, call("apart", 404, 3, 5)])
    twice = [load(SIZES, 412), *do("merge", "merge"), state("merged", weight)]
    twice += [call("merged", 414, 3, 6), *do("unmerge", "unmerge"), state("apart", weight)]
    twice += [call("apart", 414, 3, 6), *do("merge"), state("again", weight)]
    yield "merge-twice", case(SIZES, 410, twice)
    early = [load(SIZES, 422), *do("unmerge"), state("apart", weight), call("apart", 424, 3, 6)]
    yield "unmerge-first", case(SIZES, 420, early)
    changed = [load(SIZES, 432), *do("merge"), load(SIZES, 434), *do("merge")]
    changed += [state("merged", weight), call("merged", 436, 3, 6), *do("unmerge")]
    changed += [state("apart", weight), call("apart", 436, 3, 6), *do("merge")]
    yield "changed-while-merged", case(SIZES, 430, [*changed, state("again", weight)])
    grads = [load(SIZES, 442), *do("merge"), call("merged", 444, 3, 6, out_features=4, of=BASE)]
    grads += [dict(do="trainable", name="merged"), *do("unmerge")]
    grads += [dict(do="trainable", name="apart"), call("apart", 446, 3, 6, out_features=4)]
    yield "merged-gradients", case(SIZES, 440, grads)
    other = [load(SIZES, 462), *do("merge"), load(SIZES, 464, ["lora_b"]), *do("unmerge")]
    other += [state("apart", given), *do("merge"), call("merged", 466, 2, 6)]
    yield "changed-while-merged-no-bias", case(SIZES, 460, other, bias=False)
    still = dict(do="descend", times=2, rate=0.125, x=drawn(476, 5, 6), probe=drawn(477, 5, 4))
    steps = [load(SIZES, 472), *do("merge"), still, state("merged", GIVEN + LORA), *do("unmerge")]
    yield "two-steps-while-merged", case(SIZES, 470, [*steps, state("apart", GIVEN)])
    trained = dict(do="descend", times=1, rate=0.125, x=drawn(486, 5, 6), probe=drawn(487, 5, 4))
    steps = [load(SIZES, 482), *do("merge", "unmerge"), trained, *do("merge", "unmerge")]
    steps += [state("apart", BASE + LORA), *do("eval"), state("eval", weight), *do("train")]
    yield "merge-between-steps", case(SIZES, 480, [*steps, call("apart", 488, 2, 6)])


def dropouts():
    """Over so many numbers that nobody passes because none, or all, happen to be dropped."""
    calm = [load(SIZES, 502), call("eval", 504, 8, 6, mode="eval")]
    quiet = case(SIZES, 500, calm, dropout=0.5)
    calm = [load(SIZES, 506, dtype="float64"), *do("eval"), *do("train"), *do("eval")]
    calm.append(call("eval", 508, 2, 4, 6, dtype="float64", out_features=4))
    calm = case(SIZES, 505, calm, dtype="float64", dropout=0.7)
    yield "dropout-eval", together(half=quiet, gradients=calm)
    merged = [load(SIZES, 512), *do("merge"), call("merged", 514, 16, 6)]
    yield "dropout-merged", case(SIZES, 510, merged, dropout=0.5)
    merged = [load(SIZES, 516), *do("eval", "merge", "train")]
    merged.append(call("merged", 518, 16, 6, out_features=4, of=BASE[:1]))
    yield "dropout-merged-gradients", case(SIZES, 515, merged, False, dropout=0.6)
    none = case(SIZES, 520, [load(SIZES, 522), call("t", 524, 3, 6)], dropout=0.0)
    half, less = identities(0.5, thorough=True), identities(0.4, thorough=False)
    yield "dropout-train", together(none=none, half=half, less=less)
    yield "dropout-train-sum", summing(0.5)
    yield "dropout-train-sum-two-fifths", summing(0.4)
    yield "dropout-train-gradients-of-the-lora", one_row(0.5)


def ones(name, *shape, **more):
    return call(name, 0, *shape, spec=dict(fill="1"), **more)


def identities(p, size=64, *, thorough):
    """lora_b @ lora_a and the base's weight are the identity: an input of ones shows, entry by
    entry, 1 + what dropout kept, and so does its gradient."""
    lora = dict(do="load", weights={name: dict(eye=size) for name in LORA})
    base = dict(weight=dict(eye=size))
    chances = dict(chances=[(1, p), (1 + 1 / (1 - p), 1 - p)])
    probe = dict(probe=dict(seed=0, shape=[size, size], fill="1"), of=[])
    steps = [lora, ones("first", size, size, **chances)]
    steps += [ones("grads", size, size, **probe, **chances)]
    if thorough:
        steps += [ones("second", size, size, echo=False, **chances)]
        steps += [ones("eval", 2, size, mode="eval")]
        steps += [ones("train", size, size, mode="train", echo=False, **chances)]
        for under in ("no_grad", "inference_mode"):
            steps += [ones(under, size, size, under=under, echo=False, **chances)]
    return dict(r=size, alpha=size, dropout=p, base=base, steps=steps)


def summing(p, rows=2048, inputs=4):
    """The layer adds the sum of what was kept: dropout comes before lora_a."""
    lora = dict(lora_a=dict(values=[[1.0] * inputs]), lora_b=dict(values=[[1.0]]))
    base = dict(weight=dict(values=[[0.25] * inputs]))
    counts = range(inputs + 1)
    chances = [
        (1 + count / (1 - p), comb(inputs, count) * (1 - p) ** count * p ** (inputs - count))
        for count in counts
    ]
    steps = [dict(do="load", weights=lora)]
    steps += [
        {**ones(name, rows, inputs, echo=False), "chances": chances} for name in ("first", "second")
    ]
    return dict(r=1, alpha=1, dropout=p, base=base, steps=steps)


def one_row(p, size=64):
    """One row of ones, no base: each row of both gradients is what dropout kept."""
    lora = dict(do="load", weights={name: dict(eye=size) for name in LORA})
    base = dict(weight=dict(seed=0, shape=[size, size], fill="0"))
    probe = dict(seed=0, shape=[1, size], fill="1")
    step = ones("row", 1, size, probe=probe, of=LORA)
    step["chances"] = [(0, p), (1 / (1 - p), 1 - p)]
    return dict(r=size, alpha=size, dropout=p, base=base, steps=[lora, step])


def tensors():
    grads = dict(out_features=4)
    view = [
        load(SIZES, 162),
        call("strided", 164, 3, 2, 6, spec=dict(layout="strided"), **grads),
        call("transposed", 166, 3, 2, 6, spec=dict(layout="transposed"), **grads),
        call("plain", 168, 3, 2, 6, spec=dict(layout="transposed")),
    ]
    yield "layouts", case(SIZES, 160, view)
    lain = [load(SIZES, 182, layout="transposed"), call("out", 184, 3, 6, **grads), *do("merge")]
    lain += [state("merged", GIVEN), call("merged", 186, 3, 6), *do("unmerge")]
    lain += [state("apart", GIVEN), call("apart", 186, 3, 6)]
    yield "weights-laid-out", case(SIZES, 180, lain, weight=dict(layout="transposed"))
    deep = [load(SIZES, 322, dtype="float64")]
    deep.append(call("g", 324, 2, 3, 6, dtype="float64", **grads))
    yield "gradients-float64", case(SIZES, 320, deep, dtype="float64")
    square = (5, 5, 2, 6)
    double = [load(square, 452, dtype="float64"), *do("merge"), state("merged", BASE)]
    double += [*do("unmerge"), state("apart", BASE)]
    double = case(square, 450, double, dtype="float64")
    moved = [dict(do="trainable"), load(SIZES, 222, [*LORA, *BASE], dtype="float64")]
    moved += [call("g", 224, 3, 6, dtype="float64", **grads), *do("merge"), state("merged", GIVEN)]
    moved = case(SIZES, 220, moved, dtype="float64", made_in="float32")
    yield "merge-float64", together(made_in_float64=double, moved_to_float64=moved)
    yield "cancelling-float64", cancelling()
    away = [load(SIZES, 282), call("cpu", 284, 4, 6), call("meta", 286, 4, 6, device="meta")]
    yield "moved-to-another-device", case(SIZES, 280, away)
    made = [call("meta", 232, 4, 6, device="meta", dtype="float64"), dict(do="trainable")]
    made = case(SIZES, 230, made, dtype="float64", device="meta")
    drops = [call("meta", 236, 4, 6, device="meta")]
    drops = case(SIZES, 234, drops, False, device="meta", dropout=0.5)
    yield "made-on-another-device", together(float64=made, dropout=drops)


def cancelling():
    """Large numbers that cancel: in float32 a thousandth of the result would be left."""
    deep, zero = dict(dtype="float64"), dict(sum_zero=True)
    large = dict(spec=dict(offset=4096))
    steps = [load(SIZES, 292, **deep), load(SIZES, 294, ["lora_a"], **deep, **zero)]
    steps += [call("far", 296, 5, 6, **deep, **large), *do("merge")]
    steps += [call("far_merged", 297, 5, 6, **deep, **large), *do("unmerge")]
    steps += [load(SIZES, 298, ["base.weight"], **deep, offset=4096), *do("merge")]
    steps += [call("merged", 299, 5, 6, **deep, spec=zero), *do("unmerge")]
    steps += [call("apart", 299, 5, 6, **deep, spec=zero)]
    return case(SIZES, 290, steps, weight=zero, **deep)


write_data(PACKAGE, samples(), secrets(), answer)
