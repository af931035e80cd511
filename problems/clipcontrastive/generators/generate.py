"""Writes data/: the cases, and the answers by the definition.

    python problems/clipcontrastive/generators/generate.py      (in the runner's environment)

Radford et al.: Learning Transferable Visual Models From Natural Language Supervision, ICML 2021,
figure 3. In float64, pair by pair; gradients come from autograd over that.
"""

import math
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from tools.case_writer import answers, part_answers, write_data  # noqa: E402  (found through the line above)

INPUTS = ["image", "text", "logit_scale"]


def call(
    n, d, seed, scale=1 / 0.07, dtype="float32", layout="", gradients=False, spread=2.0, **more
):
    """`gradients` backpropagates; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    made = {
        name: dict(seed=seed + i, shape=[n, d], dtype=dtype, scale=spread, **placed)
        for i, name in enumerate(("image", "text"))
    }
    made["logit_scale"] = dict(values=round(math.log(scale), 4), dtype=dtype)
    if gradients:
        made["probe"] = dict(values=0.75, dtype=dtype)
    return {**made, **more}


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def written(image, text, logit_scale, dtype="float32", **more):
    given = dict(image=image, text=text, logit_scale=logit_scale)
    return {name: dict(values=values, dtype=dtype) for name, values in given.items()} | more


def samples():
    image, text = [[3, 4], [1, 0], [0, -2]], [[4, 3], [2, 0], [-1, -1]]
    yield "1", case(written(image, text, 0.0, echo=False))
    yield "2-scale", case(written(image, text, 2.0, echo=False))


def secrets():
    yield (
        "values",
        named(few=call(4, 6, 100), more=call(9, 5, 110), small=call(3, 8, 120, spread=0.5)),
    )
    scales = dict(one=1.0, below_one=0.3, five=5.0, twenty=20.0, two_hundred=200.0)
    yield (
        "scales",
        named(
            **{
                name: call(5, 4, 130 + 10 * i, scale)
                for i, (name, scale) in enumerate(scales.items())
            }
        ),
    )
    yield (
        "gradients",
        case(
            call(4, 6, 200, gradients=True, keep=True, overwrite=True),
            call(6, 3, 210, 4.0, gradients=True),
            call(5, 7, 220, 0.5, gradients=True, spread=0.7),
        ),
    )
    sizes = dict(
        one_pair=call(1, 5, 230, gradients=True),
        one_channel=call(4, 1, 240, 3.0, gradients=True),
        one_of_both=call(1, 1, 250),
        square=call(4, 4, 260, gradients=True),
        larger_square=call(6, 6, 270),
    )
    yield "sizes", named(**away_from_zero(sizes))
    large = {dtype: large_scores(dtype) for dtype in ("float32", "float64")}
    yield "large-scores", together(**large)
    yield from repeated()
    yield from tensors()


def away_from_zero(calls):
    """Rows of one channel have a norm that is drawn; it must not be tiny."""
    for made in calls.values():
        for name in ("image", "text"):
            if made[name]["shape"][1] == 1:
                n = made[name]["shape"][0]
                values = [
                    [(-1.0) ** (i // 2 + (name == "text") * i) * (1 + 0.5 * i)] for i in range(n)
                ]
                made[name] = dict(values=values, dtype=made[name]["dtype"])
    return calls


def large_scores(dtype):
    """Pairs that are far from each other, so that losses are as large as the scale; in float64
    beyond 709, below which its exp holds."""
    image = [[1, 0], [0, 2], [-3, 0], [3, 4]]
    text = [[0, 1], [1, 0], [4, 3], [-1, 0]]
    probe = dict(values=0.75, dtype=dtype)
    return case(
        written(image, text, 6.0, dtype, probe=probe),
        written(image, text, 8.25, dtype, probe=probe),
        written(image[:2], text[1::-1], 8.0, dtype, probe=probe),
    )


def repeated():
    some = [call(4, 5, 300), call(4, 5, 310, under="no_grad", keep=True, overwrite=True)]
    some += [call(5, 3, 320, under="inference_mode"), call(5, 3, 330, gradients=True)]
    parts = dict(
        both=case(*some),
        inference_first=case(
            call(4, 3, 340, under="inference_mode"), call(4, 3, 350, gradients=True)
        ),
        some_need_none=case(
            *(
                call(4, 5, 360 + 10 * i, gradients=True, needs=[name])
                for i, name in enumerate(INPUTS)
            )
        ),
    )
    yield "with-and-without-gradients", together(**parts)
    several = [call(4, 5, 400 + 10 * i, keep=True) for i in range(2)]
    several += [call(4, 5, 420, scale, keep=True) for scale in (3.0, 40.0)]
    several += [call(4, 5, seed, under="no_grad", keep=True) for seed in (430, 440)]
    yield "several-calls", case(*several, call(3, 7, 450, keep=True))


def tensors():
    layouts = enumerate(("strided", "transposed"))
    views = [call(4, 6, 460 + 10 * i, layout=layout, gradients=True) for i, layout in layouts]
    yield "layouts", case(*views)
    deep = [call(5, 4, 480, dtype="float64", gradients=True), call(3, 6, 490, dtype="float64")]
    yield "float64", case(*deep)
    far = call(5, 4, 500, 1e6, dtype="float64")
    for name in ("image", "text"):
        far[name] |= dict(sum_zero=True, offset=4096.0)
    yield "cancelling-float64", case(far)
    elsewhere = [call(4, 5, 510), call(4, 5, 520, device="meta"), call(3, 3, 530, device="meta")]
    yield "another-device", case(*elsewhere)


def loss(made, loaded, given):
    """(n, d), (n, d), a scalar -> a scalar."""
    image = [row / row.square().sum().sqrt() for row in given["image"]]
    text = [row / row.square().sum().sqrt() for row in given["text"]]
    scale, found = given["logit_scale"].exp(), []
    for i in range(len(image)):
        texts = torch.stack([scale * (image[i] * one).sum() for one in text])
        images = torch.stack([scale * (text[i] * one).sum() for one in image])
        found += [surprise(texts, i), surprise(images, i)]
    return sum(found) / len(found)


def surprise(logits, right):
    """-log of the softmax's number `right`."""
    shifted = logits - logits.detach().max()
    return shifted.exp().sum().log() - shifted[right]


def answer(made):
    return part_answers(made, lambda part: answers(part, loss, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
