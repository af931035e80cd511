"""Writes data/: the cases, and the answers from a reference that goes frame by frame.

    python problems/sparsevideoattention/generators/generate.py      (in the runner's environment)

The reference is in float64: it lists, per frame, the tokens that may be attended, picks them by
index and spells the softmax out; its gradients come from autograd over that.
"""

import math
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

INPUTS = ["q", "k", "v", "frames", "window"]


def call(sizes, window, seed, dtype="float32", sharp=1.0, gradients=False, layout="", **more):
    """`sizes` is (b, h, frames, n, d); `more` goes into the call.

    Scores have a spread near `sharp` squared: q and k are uniform with a variance near 1.3.
    """
    b, h, frames, n, d = sizes
    shape = [b, h, frames * n, d]
    placed = dict(layout=layout) if layout else {}
    made = dict(frames=frames, window=window)
    for i, name in enumerate("qkv"):
        scale = 2.0 * sharp if name != "v" else 1.0
        made[name] = dict(seed=seed + i, shape=shape, dtype=dtype, scale=scale, **placed)
    if gradients:
        made["probe"] = dict(seed=seed + 5, shape=shape, dtype=dtype)
    return {**made, **more}


def case(*calls):
    return dict(calls=list(calls))


def together(**named):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in named.items()])


def samples():
    q = [[[[1, 0], [0, 1], [1, 1], [2, 0], [0, 2], [1, -1]]]]
    k = [[[[1, 1], [0, 2], [2, 0], [-1, 1], [1, 0], [0, 1]]]]
    v = [[[[1, 0], [2, 0], [3, 0], [4, 0], [0, 5], [0, 6]]]]
    given = dict(zip("qkv", (dict(values=values) for values in (q, k, v)), strict=True))
    yield "1", case(dict(frames=3, window=1, **given, echo=False))
    yield "2-own-frame", case(dict(frames=3, window=0, **given, echo=False))


def secrets():
    yield from small()
    yield from repeated()
    yield from tensors()
    yield from long()


def small():
    sizes = (1, 2, 5, 3, 4)
    yield "window-one", case(call(sizes, 1, 100))
    yield "window-zero", case(call(sizes, 0, 110))
    yield "window-two", case(call((2, 3, 6, 2, 5), 2, 120))
    yield "window-of-all-frames", case(*(call(sizes, window, 130) for window in (4, 5, 100)))
    yield "window-short-by-one", case(call(sizes, 3, 140), call((1, 1, 7, 2, 3), 5, 145))
    yield "many-patches", case(call((1, 2, 3, 11, 4), 1, 170))
    ones = dict(
        patch=call((2, 2, 8, 1, 3), 1, 150),
        frame=call((2, 2, 1, 6, 3), 1, 160),
        channel=call((2, 3, 4, 2, 1), 1, 165),
        head=call((3, 1, 4, 2, 5), 1, 166),
        video=call((1, 3, 4, 2, 5), 1, 167),
        all=call((1, 1, 1, 1, 1), 0, 168),
    )
    yield "sizes-of-one", case(*(dict(one, name=name) for name, one in ones.items()))
    equal = dict(
        heads_and_frames=call((2, 5, 5, 3, 4), 2, 180),
        heads_and_channels=call((2, 4, 6, 1, 4), 1, 181),
        heads_and_tokens=call((2, 6, 3, 2, 4), 1, 182),
        frames_and_patches=call((2, 3, 4, 4, 5), 1, 183),
        frames_and_channels=call((4, 2, 5, 3, 5), 1, 184),
        tokens_and_channels=call((2, 3, 3, 2, 6), 1, 185),
        videos_and_heads=call((3, 3, 4, 2, 5), 1, 186),
        videos_and_frames=call((4, 2, 4, 2, 3), 1, 187),
        videos_and_tokens=call((6, 2, 3, 2, 4), 1, 188),
        videos_and_channels=call((4, 2, 3, 2, 4), 1, 189),
        frames_and_tokens=call((2, 3, 7, 1, 4), 2, 190),
    )
    yield "equal-sizes", case(*(dict(one, name=name) for name, one in equal.items()))


def repeated():
    sizes, own = (2, 2, 5, 3, 4), (1, 2, 4, 3, 5)
    first = [call(sizes, 1, 240, gradients=True, keep=True, overwrite=True)]
    first += [call(own, window, 250 + window, gradients=True) for window in (0, 2, 9)]
    yield "gradients", case(*first, call(sizes, 1, 265, gradients=True))
    some = [call(own, 1, 271 + i, gradients=True, needs=[name]) for i, name in enumerate("qkv")]
    some += [call(own, 1, 275, under="no_grad", keep=True, overwrite=True)]
    some += [call(own, 1, 276, under="inference_mode"), call(own, 1, 277)]
    some += [call(own, 1, 278, gradients=True)]
    yield "with-and-without-gradients", case(*some)
    several = [call(sizes, 1, 280 + i, keep=True, overwrite=i > 1) for i in range(3)]
    several += [call(sizes, 0, 280, keep=True), call((2, 2, 3, 5, 4), 1, 280, keep=True)]
    several += [call((1, 2, 5, 3, 4), 1, 286), call(sizes, 1, 287, under="no_grad", keep=True)]
    several += [call(sizes, 1, 288, under="no_grad")]
    alone = [call((1, 1, 1, 1, 2), 0, 289, keep=True, overwrite=True)]
    alone += [call((1, 2, 3, 1, 2), 0, 290, keep=True, overwrite=True)]
    yield "several-calls", case(*several, *alone)


def tensors():
    sizes = (2, 2, 5, 3, 4)
    steep = dict(window=large(1), own=large(0), float64=large(1, "float64"))
    yield "large-scores", together(**steep, low=large(0, below=-150))
    words = ("strided", "transposed", "channels_last", "tokens_first")
    yield "layouts", case(*(call(sizes, 1, 220, layout=word, gradients=True) for word in words))
    deep = [call(sizes, 1, 210, "float64", gradients=True), call(sizes, 0, 215, "float64")]
    yield "float64", case(*deep)
    yield "cancelling-float64", case(cancelling(sizes))
    elsewhere = [dict(call(sizes, 1, 230 + i), device="meta") for i in range(2)]
    elsewhere[1]["window"] = 9
    yield "another-device", case(call(sizes, 1, 235), *elsewhere)


def cancelling(sizes):
    """Large numbers that cancel in the scores."""
    made = call(sizes, 1, 238, "float64")
    made["q"]["sum_zero"] = True
    made["k"]["offset"] = 4096
    return made


def long():
    """6,144 tokens: all scores of 4 heads would take 604 MB, those inside the windows 20 to 25."""
    for name, sizes, window, seed in (
        ("long", (1, 4, 96, 64, 16), 1, 300),
        ("long-own-frame", (1, 4, 24, 256, 16), 0, 310),
        ("long-many-frames", (1, 4, 384, 16, 16), 6, 320),
    ):
        made = call(sizes, window, seed, sampled=97, echo=False)
        made["weighted"] = dict(made["q"], seed=seed + 6, scale=1.0)
        yield name, case(made)


def large(window, dtype="float32", gap=25, below=math.inf):
    """Scores in the hundreds, the best ahead by `gap` for every query: float32 can tell them. Some
    query's best lies under `below`.

    In float64 exp overflows beyond 709 only, so some score is above that.
    """
    least = 720 if dtype == "float64" else 300
    for seed in range(1000, 5000, 10):
        made = call((1, 2, 4, 2, 4), window, seed, dtype, sharp=18.0)
        q, k, _ = (cases.make_tensor(made[name]).double() for name in "qkv")
        best = [s.sort().values for s in all_scores(q, k, 4, window)]
        greatest = max(float(s[..., -1].max()) for s in best)
        margin = min(float((s[..., -1] - s[..., -2]).min()) for s in best)
        lowest = min(float(s[..., -1].min()) for s in best)
        if least < greatest < 1000 and margin > gap and lowest < below:
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


def attend(made, loaded, given):
    """(b, h, t*n, d) -> (b, h, t*n, d)."""
    q, k, v, frames, window = (given[name] for name in INPUTS)
    n, outs = q.shape[2] // frames, []
    for frame, scores in enumerate(all_scores(q, k, frames, window)):
        keys = attended(frame, frames, n, window)
        parts = (scores - scores.amax(dim=-1, keepdim=True)).exp()
        share = parts / parts.sum(dim=-1, keepdim=True)
        outs.append(torch.einsum("bhij,bhjd->bhid", share, v[:, :, keys]))
    return torch.cat(outs, dim=2)


def shown(out, one):
    """Of a long video every `sampled`-th token, and weighted sums per frame; see the driver."""
    if "sampled" not in one:
        return out
    weighted = out * cases.make_tensor(one["weighted"]).double()
    sums = weighted.unflatten(2, (one["frames"], -1)).sum((3, 4))
    scale = (weighted[0, 0].numel() / one["frames"]) ** -0.5
    return torch.cat([out[:, :, :: one["sampled"]].flatten(2), sums * scale], 2)


def answer(made):
    return part_answers(made, lambda part: answers(part, attend, INPUTS, (), shown))


write_data(PACKAGE, samples(), secrets(), answer)
