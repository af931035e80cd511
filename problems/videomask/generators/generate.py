"""Writes data/: videos of several shapes, kinds and devices, and their masks of ones.

python problems/videomask/generators/generate.py      (in the runner's environment)
"""

import itertools
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import calls, cases  # noqa: E402  (found through the line above)
from tools.case_writer import kept, unchanged, write_data  # noqa: E402


def video(*shape, seed=1, dtype="float32", **more):
    """The call of one video; `more` goes into the tensor's spec."""
    return dict(video_embeds=dict(seed=seed, shape=list(shape), dtype=dtype, **more))


def case(*made):
    return dict(calls=list(made))


def samples():
    yield "1", case({**video(2, 3, 4, 5), "echo": False})


def secrets():
    yield "one-video", case(video(1, 2, 3, 4, seed=11))
    yield "one-frame", case(video(3, 1, 5, 2, seed=12))
    yield "one-patch", case(video(2, 7, 1, 3, seed=13))
    yield "one-channel", case(video(2, 3, 5, 1, seed=14), video(1, 1, 1, 1, seed=14))
    yield "all-different", case(video(5, 3, 2, 7, seed=15), video(2, 5, 7, 3, seed=16))
    yield "equal-sizes", case(*equal_sizes())
    yield "zeros", case(video(2, 3, 2, 4, fill="0"), video(1, 2, 3, 2, fill="0"))
    yield "no-numbers", case(*(video(2, 2, 3, 2, fill=fill) for fill in ("nan", "inf", "-inf")))
    signs = dict(values=[[[[1, -1], [2, -2]], [[0.5, -0.5], [-3, 3]]]])
    yield "cancelling", case(dict(video_embeds=signs))
    yield "negative", case(video(2, 3, 3, 2, fill="-1"), video(2, 2, 3, 2, fill="0.25"))
    yield "float64", case(video(2, 3, 4, 2, seed=17, dtype="float64"))
    layouts = ("strided", "transposed", "channels_last")
    yield "layouts", case(*(video(2, 3, 4, 5, seed=18, layout=word) for word in layouts))
    yield "needs-gradients", case({**video(2, 3, 4, 2, seed=19), "needs": ["video_embeds"]})
    under = ("no_grad", "inference_mode")
    yield "without-gradients", case(*({**video(3, 2, 4, 5, seed=21), "under": u} for u in under))
    first = {**video(3, 2, 5, 4, seed=22), "keep": True}
    more = [video(2, 4, 3, 5, seed=23), video(3, 2, 5, 4, seed=24), video(1, 9, 3, 2, fill="nan")]
    yield "several-calls", case(first, *more)
    yield "other-device", case({**video(2, 3, 4, 5), "device": "meta"})
    deep = {**video(3, 2, 5, 1, dtype="float64"), "device": "meta"}
    yield "other-device-after-the-cpu", case(video(3, 2, 5, 1), deep)
    yield "long", case(video(2, 32, 64, 1, seed=20))


def equal_sizes():
    """For every two of the dimensions a video in which these, and no others, are as large."""
    for one, other in itertools.combinations(range(4), 2):
        shape = [2, 3, 4, 5]
        shape[other] = shape[one]
        yield {**video(*shape, seed=30 + 4 * one + other), "keep": True}


def answer(made):
    again = []
    for prefix, call in calls.named(made["calls"]):
        given = cases.make_tensor(call["video_embeds"])
        b, t, n, _ = given.shape
        mask = torch.ones(b, t * n, dtype=torch.int64)
        if "device" in call:
            yield f"{prefix}out", mask.to("meta")
            continue
        yield f"{prefix}out", mask
        if call.get("echo", True):
            yield f"{prefix}video_embeds", unchanged(given)
        again += [(f"{prefix}out.kept", kept(mask))] if call.get("keep") else []
    yield from again


write_data(PACKAGE, samples(), secrets(), answer)
