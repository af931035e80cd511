"""Writes data/: the cases, and the answers from a reference that loops over every query.

    python problems/visualabstractor/generators/generate.py      (in the runner's environment)

The reference is in float64, collects the keys that may be attended frame by frame and patch by
patch (so it never reshapes the video and has no masked scores), and spells the softmax out; its
gradients come from autograd over those loops.
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import rounded, write_data  # noqa: E402

LINEARS = ("wq", "wk", "wv", "wo")


def weights(hidden, q, seed, dtype, sharp):
    """Scores of a spread near `sharp` squared, far from saturating the softmax at 1."""
    scale = round(2.2 / hidden**0.5, 2)
    queries = dict(seed=seed * 100 + 90, shape=[1, q, hidden], dtype=dtype, scale=1.5)
    specs = dict(query_tokens=queries)
    for i, name in enumerate(LINEARS):
        wide = scale * (sharp if name in ("wq", "wk") else 1.0)
        draw = seed * 100 + i
        specs[f"{name}.weight"] = dict(seed=draw, shape=[hidden] * 2, dtype=dtype, scale=wide)
        specs[f"{name}.bias"] = dict(seed=draw + 50, shape=[hidden], dtype=dtype, scale=0.4)
    return specs


def case(sizes, seed, calls, dtype="float32", sharp=1.0):
    """`sizes` is (num_heads, hidden, num_query_tokens)."""
    num_heads, hidden, q = sizes
    return dict(
        num_heads=num_heads,
        hidden=hidden,
        num_query_tokens=q,
        dtype=dtype,
        weights=weights(hidden, q, seed, dtype, sharp),
        calls=calls,
    )


def call(sizes, shape, seed, mask=None, dtype="float32", strided=False, **more):
    """`shape` is (b, t, n); `more`: `echo`, `mode`, and `gradients` to backpropagate a probe."""
    _, hidden, q = sizes
    layout = dict(strided=True) if strided else {}
    made = dict(video=dict(seed=seed, shape=[*shape, hidden], dtype=dtype, scale=1.5, **layout))
    if mask is not None:
        made["mask"] = mask
    if more.pop("gradients", False):
        made["probe"] = dict(seed=seed + 7, shape=[shape[0], q, hidden], dtype=dtype)
    return {**made, **more}


def keep(rows, dtype="int64", **more):
    return dict(values=rows, dtype=dtype, **more)


def samples():
    q = [[1, 0], [0, 1]]
    k = [[1, 0.5], [0, 1]]
    v = [[1, 0], [0, 2]]
    o = [[1, 1], [1, -1]]
    specs = dict(query_tokens=dict(values=[[[1, 0], [0, 2], [-1, 1]]]))
    for name, rows in zip(LINEARS, (q, k, v, o), strict=True):
        specs[f"{name}.weight"] = dict(values=rows)
        specs[f"{name}.bias"] = dict(values=[0, 0.5] if name == "wo" else [0, 0])
    video = dict(values=[[[[1, 0], [0, 1]], [[2, -1], [1, 1]]]])
    sizes = dict(num_heads=1, hidden=2, num_query_tokens=3, dtype="float32")
    yield "1", dict(**sizes, weights=specs, calls=[dict(video=video)])
    masked = dict(video=video, mask=keep([[1, 0, 1, 1]]))
    yield "2-mask", dict(**sizes, weights=specs, calls=[masked])


def secrets():
    yield from shapes()
    yield from masks()
    yield from others()


def shapes():
    for name, sizes, shape in (
        ("one-head", (1, 6, 3), (2, 3, 2)),
        ("several-heads", (4, 12, 3), (2, 2, 3)),
        ("one-query", (2, 8, 1), (2, 3, 3)),
        ("more-queries-than-keys", (2, 8, 7), (2, 1, 3)),
        ("one-frame", (2, 8, 3), (3, 1, 5)),
        ("one-patch", (2, 8, 3), (2, 5, 1)),
    ):
        seed = 10 + sum(map(ord, name))
        yield name, case(sizes, seed, [call(sizes, shape, seed + 1, echo=True)])


def masks():
    sizes, shape = (2, 8, 3), (2, 3, 2)
    rows = [[1, 1, 0, 1, 0, 1], [0, 1, 1, 1, 1, 0]]
    for dtype in ("int64", "bool", "int32"):
        seed = 20 + len(dtype)
        made = [call(sizes, shape, seed * 10, keep(rows, dtype), echo=True)]
        yield f"mask-{dtype}", case(sizes, seed, made)
    frame = keep([[0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]])
    yield "mask-whole-frames", case(sizes, 31, [call(sizes, shape, 311, frame)])
    last = keep([[0, 0, 0, 0, 0, 1]] * 2, "bool")
    yield "mask-all-but-the-last-key", case(sizes, 32, [call(sizes, shape, 321, last)])
    patches = keep([[1, 0] * 3, [0, 1] * 3])
    yield "mask-one-patch-of-each-frame", case(sizes, 33, [call(sizes, shape, 331, patches)])


def others():
    sizes, shape = (2, 8, 3), (2, 3, 2)
    rows = [[1, 1, 0, 1, 0, 1], [0, 1, 1, 1, 1, 0]]
    yield "large-scores", large(sizes, [None])
    yield "large-scores-mask", large(sizes, [[1, 0, 1, 1], [0, 1, 1, 0]])
    deep = [call(sizes, shape, 421, keep(rows), "float64", echo=True)]
    yield "float64", case(sizes, 42, deep, "float64")
    views = keep(rows, "bool", strided=True)
    made = call(sizes, shape, 431, views, strided=True, echo=True, gradients=True)
    yield "strided", case(sizes, 43, [made])
    wide = (3, 12, 2)
    yield "gradients", case(wide, 44, [call(wide, (2, 2, 3), 441, gradients=True)])
    masked = [call(sizes, shape, 451, keep(rows), gradients=True, echo=True)]
    yield "gradients-mask", case(sizes, 45, masked)
    deep = [call(sizes, shape, 461, keep(rows), "float64", gradients=True)]
    yield "gradients-float64", case(sizes, 46, deep, "float64")
    modes = [call(sizes, shape, 471, keep(rows), mode=mode) for mode in ("train", "eval")]
    lengths = [(1, 1, 1), (3, 2, 1), (2, 3, 2)]
    modes += [call(sizes, other, 480 + i) for i, other in enumerate(lengths)]
    yield "several-calls", case(sizes, 47, modes)
    wide = (5, 40, 6)
    half = keep([[int(i % 3 > 0 or i > 30) for i in range(48)]] * 2)
    yield "longer", case(wide, 48, [call(wide, (2, 4, 12), 491), call(wide, (2, 4, 12), 492, half)])


def large(sizes, masks, gap=25):
    """Scores in the hundreds, the best ahead by `gap` for every query: float32 can tell them."""
    mask = None if masks == [None] else keep(masks)
    for seed in range(1100, 1300):
        made = case(sizes, seed, [call(sizes, (len(masks), 2, 2), seed + 1, mask)], sharp=20.0)
        loaded = load(made)
        videos = cases.make_tensor(made["calls"][0]["video"]).double()
        keys = [picked(video, rows) for video, rows in zip(videos, masks, strict=True)]
        best = [s.sort().values for own in keys for s in all_scores(own, loaded, sizes[0])]
        if min(float(s[-1] - s[-2]) for s in best) > gap:
            return made
    raise ValueError("no such scores")


def load(made):
    """The case's weights in float64, by name."""
    return {name: cases.make_tensor(spec).double() for name, spec in made["weights"].items()}


def linear(x, loaded, name):
    return x @ loaded[f"{name}.weight"].T + loaded[f"{name}.bias"]


def all_scores(keys, loaded, num_heads):
    """Per head and query, the scores of `keys` (number of keys, hidden)."""
    q = linear(loaded["query_tokens"][0], loaded, "wq")
    k = linear(keys, loaded, "wk")
    d = keys.shape[1] // num_heads
    for h in range(num_heads):
        own = slice(h * d, (h + 1) * d)
        for query in q:
            yield torch.stack([(query[own] * key[own]).sum() / d**0.5 for key in k])


def attend(keys, loaded, num_heads):
    """One video's picked keys (number of keys, hidden) -> (q, hidden)."""
    v = linear(keys, loaded, "wv")
    count, hidden = loaded["query_tokens"].shape[1:]
    d = hidden // num_heads
    heads = []
    for i, scores in enumerate(all_scores(keys, loaded, num_heads)):
        own = slice((i // count) * d, (i // count + 1) * d)
        parts = (scores - scores.max()).exp()
        share = parts / parts.sum()
        heads.append(sum(share[j] * v[j, own] for j in range(len(keys))))
    mixed = torch.stack(heads).reshape(num_heads, count, d)
    return linear(torch.cat(list(mixed), dim=1), loaded, "wo")


def picked(video, mask):
    """The patches of one video (t, n, hidden) that `mask` (t*n) keeps, in order."""
    patches = [patch for frame in video for patch in frame]
    return torch.stack([p for i, p in enumerate(patches) if mask is None or mask[i]])


def answer(made):
    for number, one in enumerate(made["calls"], 1):
        prefix = f"call{number}." if len(made["calls"]) > 1 else ""
        for name, entry in answer_call(made, one):
            yield prefix + name, entry


def answer_call(made, one):
    dtype = made["dtype"]
    given = cases.make_tensor(one["video"])
    video = given.double().requires_grad_()
    loaded = {name: weight.requires_grad_() for name, weight in load(made).items()}
    masks = one["mask"]["values"] if "mask" in one else [None] * len(video)
    pairs = zip(video, masks, strict=True)
    out = torch.stack([attend(picked(v, m), loaded, made["num_heads"]) for v, m in pairs])
    yield "out", rounded(out, dtype)
    if "probe" in one:
        (out * cases.make_tensor(one["probe"]).double()).sum().backward()
        yield "grad.video", rounded(video.grad, dtype)
        yield "grad.query_tokens", rounded(loaded["query_tokens"].grad, dtype)
        for name in LINEARS:
            weight, bias = loaded[f"{name}.weight"].grad, loaded[f"{name}.bias"].grad
            yield f"grad.{name}", rounded(torch.cat([weight, bias[:, None]], dim=1), dtype)
    if one.get("echo"):
        yield "query_tokens.requires_grad", "true"
        yield "video", given
        if "mask" in one:
            yield "mask", cases.make_tensor(one["mask"])


write_data(PACKAGE, samples(), secrets(), answer)
