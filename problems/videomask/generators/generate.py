"""Writes data/: videos of several shapes, kinds and devices, and their masks of ones.

python problems/videomask/generators/generate.py      (in the runner's environment)
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import write_data  # noqa: E402


def video(*shape, seed=1, dtype="float32", **more):
    return dict(seed=seed, shape=list(shape), dtype=dtype, **more)


def case(*videos):
    return dict(videos=list(videos))


def samples():
    yield "1", case(video(2, 3, 4, 5))


def secrets():
    yield "one-video", case(video(1, 2, 3, 4, seed=11, echo=True))
    yield "one-frame", case(video(3, 1, 5, 2, seed=12, echo=True))
    yield "one-patch", case(video(2, 7, 1, 3, seed=13))
    yield "one-channel", case(video(2, 3, 5, 1, seed=14))
    yield "all-different", case(video(5, 3, 2, 7, seed=15), video(2, 5, 7, 3, seed=16))
    yield "zeros", case(video(2, 3, 2, 4, fill="0"), video(1, 2, 3, 2, fill="0", echo=True))
    odd = [video(2, 2, 3, 2, fill=fill) for fill in ("nan", "inf", "-inf")]
    yield "no-numbers", case(*odd)
    signs = dict(values=[[[[1, -1], [2, -2]], [[0.5, -0.5], [-3, 3]]]], shape=[1, 2, 2, 2])
    yield "cancelling", case(signs)
    yield "negative", case(video(2, 3, 3, 2, fill="-1"), video(2, 2, 3, 2, fill="0.25"))
    yield "float64", case(video(2, 3, 4, 2, seed=17, dtype="float64", echo=True))
    yield "strided", case(video(2, 3, 4, 5, seed=18, strided=True, echo=True))
    yield "needs-gradients", case(video(2, 3, 4, 2, seed=19, tracked=True))
    yield "other-device", case(video(2, 3, 4, 5, device="meta"))
    yield "other-device-float64", case(video(3, 2, 5, 1, dtype="float64", device="meta"))
    yield "long", case(video(2, 32, 64, 1, seed=20))


def answer(made):
    for number, spec in enumerate(made["videos"], 1):
        prefix = f"video{number}." if len(made["videos"]) > 1 else ""
        b, t, n, _ = spec["shape"]
        if "device" not in spec:
            yield f"{prefix}mask", torch.ones(b, t * n, dtype=torch.int64)
        yield f"{prefix}shape", f"{b}x{t * n}"
        yield f"{prefix}dtype", "torch.int64"
        yield f"{prefix}device", spec.get("device", "cpu")
        yield f"{prefix}requires_grad", "false"
        if spec.get("echo"):
            plain = cases.make_tensor(spec)
            yield f"{prefix}video", plain.fill_(float(spec["fill"])) if "fill" in spec else plain


write_data(PACKAGE, samples(), secrets(), answer)
