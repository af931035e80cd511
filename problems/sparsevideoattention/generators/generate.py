"""Writes data/: the cases, and the answers from a reference that goes frame by frame.

    python problems/sparsevideoattention/generators/generate.py      (in the runner's environment)

The reference is in float64: it lists, per frame, the tokens that may be attended, picks them by
index and spells the softmax out; its gradients come from autograd over that.
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import rounded, write_data  # noqa: E402


def call(sizes, window, seed, dtype="float32", sharp=1.0, gradients=False, strided=False, **more):
    """`sizes` is (b, h, frames, n, d); `more`: `echo`, `tokens_first`, `sampled`.

    Scores have a spread near `sharp` squared: q and k are uniform with a variance near 1.3.
    """
    b, h, frames, n, d = sizes
    shape = [b, h, frames * n, d]
    layout = dict(strided=True) if strided else {}
    made = dict(frames=frames, window=window)
    for i, name in enumerate("qkv"):
        scale = 2.0 * sharp if name != "v" else 1.0
        made[name] = dict(seed=seed + i, shape=shape, dtype=dtype, scale=scale, **layout)
    if gradients:
        made["probe"] = dict(seed=seed + 5, shape=shape, dtype=dtype)
    if "sampled" in more:
        made["weighted"] = dict(seed=seed + 6, shape=shape, dtype=dtype)
    return {**made, **more}


def case(*calls):
    return dict(calls=list(calls))


def samples():
    q = [[[[1, 0], [0, 1], [1, 1], [2, 0], [0, 2], [1, -1]]]]
    k = [[[[1, 1], [0, 2], [2, 0], [-1, 1], [1, 0], [0, 1]]]]
    v = [[[[1, 0], [2, 0], [3, 0], [4, 0], [0, 5], [0, 6]]]]
    given = dict(zip("qkv", (dict(values=values) for values in (q, k, v)), strict=True))
    yield "1", case(dict(frames=3, window=1, **given))
    yield "2-own-frame", case(dict(frames=3, window=0, **given))


def secrets():
    yield from small()
    yield from others()
    yield from long()


def small():
    sizes = (1, 2, 5, 3, 4)
    yield "window-one", case(call(sizes, 1, 100, echo=True))
    yield "window-zero", case(call(sizes, 0, 110, echo=True))
    yield "window-two", case(call((2, 3, 6, 2, 5), 2, 120))
    wide = [call(sizes, window, 130) for window in (4, 5, 100)]
    yield "window-of-all-frames", case(*wide)
    yield "window-short-by-one", case(call(sizes, 3, 140), call((1, 1, 7, 2, 3), 5, 145))
    yield "one-patch", case(call((2, 2, 8, 1, 3), 1, 150))
    yield "one-frame", case(call((2, 2, 1, 6, 3), 1, 160), call((1, 1, 1, 1, 1), 0, 165))
    yield "many-patches", case(call((1, 2, 3, 11, 4), 1, 170))


def others():
    sizes = (2, 2, 5, 3, 4)
    yield "large-scores", large(1)
    yield "large-scores-own-frame", large(0)
    yield "float64", case(call(sizes, 1, 210, "float64", echo=True))
    yield "strided", case(call(sizes, 1, 220, strided=True, gradients=True, echo=True))
    first = [call(sizes, 1, 230, tokens_first=True), call(sizes, 0, 235, tokens_first=True)]
    yield "tokens-first", case(*first)
    yield "gradients", case(call(sizes, 1, 240, gradients=True))
    own = (1, 2, 4, 3, 5)
    edges = [call(own, window, 250 + window, gradients=True) for window in (0, 2, 9)]
    yield "gradients-windows", case(*edges)
    yield "gradients-float64", case(call(sizes, 1, 260, "float64", gradients=True))


def long():
    """6,144 tokens: all scores of 4 heads would take 604 MB, those inside the windows 20 to 25."""
    yield "long", case(call((1, 4, 96, 64, 16), 1, 300, sampled=97))
    yield "long-own-frame", case(call((1, 4, 24, 256, 16), 0, 310, sampled=97))
    yield "long-many-frames", case(call((1, 4, 384, 16, 16), 6, 320, sampled=97))


def large(window, gap=25):
    """Scores in the hundreds, the best ahead by `gap` for every query: float32 can tell them."""
    for seed in range(1000, 3000, 10):
        made = call((1, 2, 4, 2, 4), window, seed, sharp=20.0)
        q, k, _ = (cases.make_tensor(made[name]).double() for name in "qkv")
        best = [s.sort().values for s in all_scores(q, k, 4, window)]
        if min(float((s[..., -1] - s[..., -2]).min()) for s in best) > gap:
            return case(made)
    raise ValueError("no such scores")


def attended(frame, frames, n, window):
    """The tokens that the tokens of `frame` attend to."""
    return [i for i in range(frames * n) if abs(i // n - frame) <= window]


def all_scores(q, k, frames, window):
    """Per frame: (b, h, n, attended tokens)."""
    n, d = q.shape[2] // frames, q.shape[3]
    for frame in range(frames):
        keys = attended(frame, frames, n, window)
        own = list(range(frame * n, (frame + 1) * n))
        yield torch.einsum("bhid,bhjd->bhij", q[:, :, own], k[:, :, keys]) / d**0.5


def attend(q, k, v, frames, window):
    n, outs = q.shape[2] // frames, []
    for frame, scores in enumerate(all_scores(q, k, frames, window)):
        keys = attended(frame, frames, n, window)
        parts = (scores - scores.amax(dim=-1, keepdim=True)).exp()
        share = parts / parts.sum(dim=-1, keepdim=True)
        outs.append(torch.einsum("bhij,bhjd->bhid", share, v[:, :, keys]))
    return torch.cat(outs, dim=2)


def answer(made):
    for number, one in enumerate(made["calls"], 1):
        prefix = f"call{number}." if len(made["calls"]) > 1 else ""
        for name, entry in answer_call(one):
            plain = isinstance(entry, str)
            dtype = one["q"].get("dtype", "float32")
            yield prefix + name, entry if plain else rounded(entry, dtype)


def answer_call(one):
    given = [cases.make_tensor(one[name]).double() for name in "qkv"]
    leaves = [tensor.requires_grad_("probe" in one) for tensor in given]
    out = attend(*leaves, one["frames"], one["window"])
    yield "out.shape", "x".join(map(str, out.shape))
    if "sampled" in one:
        weighted = out * cases.make_tensor(one["weighted"]).double()
        yield "out.sampled", out[:, :, :: one["sampled"]]
        yield "out.frame_sums", weighted.unflatten(2, (one["frames"], -1)).sum((3, 4))
    else:
        yield "out", out
    if "probe" in one:
        (out * cases.make_tensor(one["probe"]).double()).sum().backward()
        for name, leaf in zip("qkv", leaves, strict=True):
            yield f"grad.{name}", leaf.grad
    if one.get("echo"):
        yield from zip("qkv", given, strict=True)


write_data(PACKAGE, samples(), secrets(), answer)
