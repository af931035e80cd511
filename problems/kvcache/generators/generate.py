"""Writes data/: the cases, and the answers of `reference.py`.

python problems/kvcache/generators/generate.py      (in the runner's environment)
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from reference import LINEARS, largest_scores, step  # noqa: E402  (beside this file)

from runner import calls, cases  # noqa: E402  (found through the line above)
from tools.case_writer import kept, part_answers, rounded, unchanged, write_data  # noqa: E402


def weights(hidden, seed, dtype="float32", sharp=1.0):
    """Scores of a spread near `sharp` squared, far from saturating the softmax at 1."""
    scale = round(2.2 / hidden**0.5, 2)
    specs = {}
    for i, name in enumerate(LINEARS):
        wide = scale * (sharp if name in ("wq", "wk") else 1.0)
        shape, draw = [hidden, hidden], seed * 100 + i
        specs[f"{name}.weight"] = dict(seed=draw, shape=shape, dtype=dtype, scale=wide)
        specs[f"{name}.bias"] = dict(seed=draw + 50, shape=[hidden], dtype=dtype, scale=0.4)
    return specs


def case(num_heads, hidden, seed, asked, dtype="float32", sharp=1.0):
    specs = weights(hidden, seed, dtype, sharp)
    return dict(num_heads=num_heads, hidden=hidden, dtype=dtype, weights=specs, calls=asked)


def call(name, b, s, hidden, seed, after=None, dtype="float32", layout="", **more):
    """`after` is the call whose cache is handed over; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    made = dict(
        name=name, x=dict(seed=seed, shape=[b, s, hidden], dtype=dtype, scale=1.5, **placed)
    )
    if after is not None:
        made["cache"] = after
    return {**made, **more}


def chain(lengths, b, hidden, seed, dtype="float32", under="no_grad", **more):
    """A prefill and steps, each with the cache of the one before."""
    names = ["prefill", *(f"step{i}" for i in range(1, len(lengths)))]
    before = [None, *names]
    return [
        call(name, b, s, hidden, seed + i, before[i], dtype, under=under, **more)
        for i, (name, s) in enumerate(zip(names, lengths, strict=True))
    ]


def given(sizes, past, seed, dtype="float32", layout="", **more):
    """A call with a cache of `past` tokens that no call returned.

    `sizes` is (b, s, hidden, heads).
    """
    b, s, hidden, heads = sizes
    placed = dict(layout=layout) if layout else {}
    made = call(more.pop("name", "given"), b, s, hidden, seed, None, dtype, layout)
    for i, name in enumerate("kv"):
        shape = [b, heads, past, hidden // heads]
        made[name] = dict(seed=seed + 11 + i, shape=shape, dtype=dtype, scale=1.5, **placed)
    return {**made, **more}


def together(**named):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in named.items()])


def samples():
    small = dict(num_heads=2, hidden=4, dtype="float32", weights=hand_weights())
    tokens = [[1, 0, 2, -1], [0, 1, -1, 1], [2, 1, 0, 0.5], [1, 1, 0, -1]]
    whole = dict(name="prefill", x=dict(values=[tokens[:3]]), under="no_grad", echo=False)
    last = dict(name="step1", x=dict(values=[tokens[3:]]), cache="prefill", under="no_grad")
    yield "1", dict(**small, calls=[whole, dict(last, echo=False)])
    first = dict(name="prefill", x=dict(values=[tokens[:1]]), under="no_grad", echo=False)
    more = dict(name="step1", x=dict(values=[tokens[1:]]), cache="prefill", under="no_grad")
    yield "2-three-at-a-time", dict(**small, calls=[first, dict(more, echo=False)])


def hand_weights():
    q = [[0.5, 0, 0.5, 0], [0, 1, 0, -0.5], [0.5, 0.5, 0, 0], [0, 0, 1, 0.5]]
    k = [[1, 0, 0, 0.5], [0, 0.5, 0.5, 0], [0, 1, 0, 0], [0.5, 0, 0.5, 0.5]]
    v = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 2, 0], [0, 0, 0, 2]]
    o = [[1, 0, 0, 1], [0, 1, 1, 0], [0, 1, -1, 0], [1, 0, 0, -1]]
    specs = {}
    for name, rows in zip(LINEARS, (q, k, v, o), strict=True):
        specs[f"{name}.weight"] = dict(values=rows)
        specs[f"{name}.bias"] = dict(values=[0.0] * 4 if name != "wo" else [0, 0, 0.5, 0])
    return specs


def secrets():
    yield from decoding()
    yield from shapes()
    yield from caches()
    yield from tensors()


def decoding():
    """From 3: one token at a time, several, all mixed."""
    yield (
        "prefill",
        together(
            one_head=case(1, 6, 1, [call("prefill", 2, 5, 6, 11, under="no_grad")]),
            four_heads=case(4, 12, 2, [call("prefill", 2, 5, 12, 21, under="no_grad")]),
        ),
    )
    one = case(2, 8, 3, chain([4, 1, 1, 1], 1, 8, 100))
    batch = case(2, 8, 4, chain([4, 1, 1, 1], 3, 8, 110))
    begin = case(2, 8, 5, chain([1, 1, 1, 1], 2, 8, 120))
    yield "one-token-at-a-time", together(one=one, batch=batch, from_the_first=begin)
    several = dict(
        two=case(2, 8, 6, chain([3, 2, 2], 2, 8, 130)),
        longer_than_the_past=case(2, 8, 7, chain([2, 5, 1], 2, 8, 140)),
        mixed=case(3, 12, 8, chain([5, 1, 3, 2, 1, 4], 2, 12, 150)),
    )
    yield "several-at-a-time", together(**several)


def shapes():
    of_one = dict(
        one_channel=case(3, 3, 9, [given((2, 4, 3, 3), 5, 31)]),
        one_token=case(
            2, 8, 10, [given((3, 1, 8, 2), 1, 41), given((3, 4, 8, 2), 1, 42, name="b")]
        ),
        one_sequence=case(2, 6, 11, [given((1, 4, 6, 2), 5, 43)]),
        hidden_of_one=case(1, 1, 12, [given((2, 3, 1, 1), 4, 44)]),
        all_one=case(1, 1, 13, [given((1, 1, 1, 1), 1, 45)]),
    )
    different = dict(different=case(4, 20, 14, [given((2, 3, 20, 4), 6, 50)]))
    equal = dict(
        fours=case(2, 4, 15, [given((4, 4, 4, 2), 4, 51)]),
        twos=case(2, 4, 16, [given((2, 2, 4, 2), 2, 52)]),
        as_many_as_past=case(2, 10, 17, [given((2, 4, 10, 2), 4, 53)]),
        as_many_as_heads=case(3, 6, 18, [given((2, 3, 6, 3), 5, 54)]),
        batch_of_heads=case(3, 12, 19, [given((3, 2, 12, 3), 5, 55)]),
        past_of_heads=case(3, 12, 20, [given((2, 5, 12, 3), 3, 56)]),
        one_head=case(1, 5, 21, [given((2, 3, 5, 1), 4, 57)]),
    )
    longer = case(5, 40, 22, chain([30, 1, 2], 1, 40, 301))
    yield "sizes", together(**of_one, **different, **equal, longer=longer)


def caches():
    yield "branches", together(branches=case(2, 8, 23, branches()), mixed=case(2, 8, 24, turns()))
    held = dict(
        kept=case(2, 8, 25, chain([3, 1, 2, 1], 2, 8, 201, keep=True, overwrite=True)),
        given=case(2, 8, 26, [given((2, 2, 8, 2), 3, 211, keep=True, overwrite=True)]),
        reordered=case(2, 8, 27, reordered()),
    )
    yield "earlier-results", together(**held)
    some = dict(
        grad=case(2, 8, 28, chain([3, 1, 2, 1], 2, 8, 221, under="grad", keep=True)),
        inference=case(2, 8, 29, chain([3, 1, 2, 1], 2, 8, 231, under="inference_mode", keep=True)),
    )
    yield "with-and-without-gradients", together(**some)
    modes = chain([3, 1, 2, 1], 2, 8, 241)
    for one, mode in zip(modes, ("train", "eval", "eval", "train"), strict=True):
        one["mode"] = mode
    new = [given((2, 2, 8, 2), 3, 251, mode="eval"), given((2, 2, 8, 2), 3, 251, name="again")]
    new[1]["weights"] = weights(8, 50)
    new += [given((2, 1, 8, 2), 3, 252, name="one")]
    new += [given((2, 1, 8, 2), 3, 252, name="other", weights=weights(8, 51), mode="train")]
    yield "modes-and-weights", together(modes=case(2, 8, 30, modes), weights=case(2, 8, 31, new))


def branches():
    """Two continuations of each of two caches, each continued after the other was."""
    under = dict(under="no_grad", keep=True)
    made = [call("prefill", 2, 4, 8, 400, **under)]
    made += [call("left", 2, 1, 8, 401, "prefill", **under)]
    made += [call("right", 2, 1, 8, 402, "prefill", **under)]
    made += [call("left2", 2, 2, 8, 403, "left", **under)]
    made += [call("right2", 2, 2, 8, 404, "right", **under)]
    made += [call("left3", 2, 1, 8, 405, "left2", **under)]
    return [*made, call("other", 2, 3, 8, 406, "prefill", **under)]


def turns():
    """Two texts in turns, a third of another batch size, and a new one without a cache."""
    under = dict(under="no_grad")
    made = [call("a", 2, 3, 8, 410, **under), call("b", 2, 3, 8, 411, **under)]
    made += [call("a1", 2, 1, 8, 412, "a", **under), call("b1", 2, 1, 8, 413, "b", **under)]
    made += [call("c", 1, 5, 8, 414, **under), call("a2", 2, 2, 8, 415, "a1", **under)]
    made += [call("c1", 1, 1, 8, 416, "c", **under), call("b2", 2, 1, 8, 417, "b1", **under)]
    return [*made, call("d", 2, 1, 8, 418, **under), call("d1", 2, 1, 8, 419, "d", **under)]


def reordered():
    """The sequences of a batch: together, swapped, each alone; then the text without a cache."""
    x = cases.make_tensor(dict(seed=421, shape=[2, 5, 8], scale=1.5)).tolist()
    made = []
    for name, rows in (("both", x), ("swapped", x[::-1]), ("first", x[:1]), ("second", x[1:])):
        for part, start, end in (("", 0, 3), ("1", 3, 4), ("2", 4, 5)):
            one = dict(name=name + part, x=dict(values=[row[start:end] for row in rows]))
            if part:
                one["cache"] = name + {"1": "", "2": "1"}[part]
            made.append(dict(one, under="no_grad"))
    return [*made, dict(name="whole", x=dict(values=x), under="no_grad")]


def tensors():
    yield "large-scores", together(float32=large(), float64=large("float64"))
    words = ("strided", "transposed", "channels_last", "tokens_first")
    views = [given((2, 3, 8, 2), 4, 311 + i, layout=word) for i, word in enumerate(words[:2])]
    for i, word in enumerate(words[2:]):
        made = given((2, 3, 8, 2), 4, 315 + i)
        for name in "kv":
            made[name]["layout"] = word
        views.append(made)
    for word, view in zip(words, views, strict=True):
        view |= dict(name=word, under="no_grad")
    yield "layouts", case(2, 8, 33, views)
    double = [*chain([3, 1, 2], 2, 8, 321, "float64"), given((2, 2, 8, 2), 3, 325, "float64")]
    yield "float64", together(plain=case(2, 8, 34, double, "float64"), cancelling=cancelling())
    elsewhere = [call("here", 2, 3, 8, 330, under="no_grad")]
    elsewhere += [call("out", 2, 3, 8, 331, device="meta", result="out")]
    for result in ("out", "k", "v"):
        sizes = (2, 2, 8, 2)
        one = given(sizes, 3, 332, name=f"with_cache_{result}", device="meta", result=result)
        elsewhere.append(one)
    yield "another-device", case(2, 8, 35, elsewhere)


def cancelling():
    """Large numbers that cancel in wq, wk and wv, and again in wo; one head, so that a softmax
    in float32, whose weights then sum to 1 not quite, changes nothing."""
    made = case(1, 6, 36, chain([3, 1, 2], 2, 6, 341, "float64"), "float64")
    for name in LINEARS:
        made["weights"][f"{name}.weight"]["sum_zero"] = True
    made["weights"]["wv.bias"] = dict(values=[4096.0] * 6, dtype="float64")
    for one in made["calls"]:
        one["x"]["offset"] = 4096
    return made


def large(dtype="float32", gap=25):
    """Scores in the hundreds, the best ahead by `gap` for every query: float32 can tell them. Some
    later key has a score so much larger that exp underflows for all that may be attended.

    In float64 exp overflows beyond 709 only, so some score is above that; and all scores of some
    query lie so far below 0 that exp is 0 for each of them.
    """
    least, ahead, below = (720, 800, -760) if dtype == "float64" else (300, 200, -150)
    for seed in range(1100, 4000):
        asked = chain([2, 1, 3], 1, 8, 10 * seed, dtype)
        made = case(2, 8, seed, asked, dtype, sharp=22.0)
        x = torch.cat([cases.make_tensor(one["x"]) for one in asked], dim=1).double()
        found = largest_scores(made, loaded(made["weights"]), x)
        if (
            least < found.greatest < 1000
            and found.lead > gap
            and found.later > ahead
            and found.lowest < below
        ):
            return made
    raise ValueError("no such scores")


def loaded(specs):
    return {name: cases.make_tensor(spec).double() for name, spec in specs.items()}


def answers(made):
    """What the driver answers."""
    dtype, known, again, now = made["dtype"], {}, [], loaded(made["weights"])
    for prefix, one in calls.named(made["calls"]):
        now |= loaded(one.get("weights", {}))
        inputs = {name: cases.make_tensor(one[name]) for name in ("x", "k", "v") if name in one}
        cache = known.get(one.get("cache"))
        if "k" in inputs:
            cache = inputs["k"].double(), inputs["v"].double()
        out, (k, v) = step(made, now, inputs["x"].double(), cache)
        if "device" in one:
            asked = {"out": out, "k": k, "v": v}[one["result"]]
            yield f"{prefix}out", asked.to(one["device"], getattr(torch, dtype))
            continue
        results = {"out": out, "cache.k": k, "cache.v": v}
        results = {what: rounded(tensor, dtype) for what, tensor in results.items()}
        for what, tensor in results.items():
            yield prefix + what, tensor
        for name, tensor in inputs.items() if one.get("echo", True) else ():
            yield prefix + name, unchanged(tensor)
        if one.get("keep"):
            again += [(f"{prefix}{what}.kept", kept(tensor)) for what, tensor in results.items()]
        known[one["name"]] = k, v
    yield from again


write_data(PACKAGE, samples(), secrets(), lambda made: part_answers(made, answers))
