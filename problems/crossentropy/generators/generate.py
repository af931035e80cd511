"""Writes data/: the cases, and the answers by the definition.

    python problems/crossentropy/generators/generate.py      (in the runner's environment)

As torch.nn.CrossEntropyLoss documents it, with class indices as targets and the mean as reduction;
label smoothing is from Szegedy et al.: Rethinking the Inception Architecture for Computer Vision,
CVPR 2016, section 7. In float64, row by row; gradients come from autograd over that.
"""

import random
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from tools.case_writer import answers, part_answers, write_data  # noqa: E402  (found through the line above)

INPUTS = ["logits", "targets", "ignore_index", "label_smoothing"]
ONE = dict(values=0.75, dtype="float32")


def call(
    n, c, seed, ignore=None, smoothing=None, dtype="float32", layout="", gradients=False, **more
):
    """About a third of the rows is ignored where `ignore` is a number: the second always, and
    never the first. `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    draw = random.Random(seed)
    classes = [k for k in range(c) if k != ignore]
    rows = [draw.choice(classes) for _ in range(n)]
    if ignore is not None:
        rows = [
            ignore if i == 1 or (i > 1 and draw.random() < 0.3) else t for i, t in enumerate(rows)
        ]
    made = dict(
        logits=dict(seed=seed, shape=[n, c], dtype=dtype, scale=3.0, **placed),
        targets=dict(values=rows, dtype="int64", **placed),
    )
    if ignore is not None or smoothing is not None:
        made["ignore_index"] = -100 if ignore is None else ignore
    if smoothing is not None:
        made["label_smoothing"] = smoothing
    if gradients:
        made["probe"] = dict(ONE, dtype=dtype)
    return {**made, **more}


def changed(made, name, **keys):
    """The call with other keys in one tensor's spec."""
    return {**made, name: {**made[name], **keys}}


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def written(logits, targets, dtype="float32", **more):
    return dict(
        logits=dict(values=logits, dtype=dtype), targets=dict(values=targets, dtype="int64"), **more
    )


def samples():
    logits, shown = [[2, 1, 0], [0, 0, 0], [1, -1, 3]], dict(echo=False)
    yield "1", case(written(logits, [0, 2, 1], **shown))
    few = written(logits, [0, -100, 1], **shown)
    smoothed = written(logits, [0, 255, 1], ignore_index=255, label_smoothing=0.1, **shown)
    yield "2-ignored-and-smoothed", case(few, smoothed)


def secrets():
    yield from losses()
    yield from gradients()
    yield from repeated()
    yield from tensors()


def losses():
    yield "plain", case(call(5, 4, 100), call(3, 7, 105), call(40, 11, 110))
    ignored = dict(
        default=changed(call(6, 4, 120), "targets", values=[1, -100, 3, -100, -100, 0]),
        minus_one=call(7, 4, 125, ignore=-1),
        a_class=call(7, 5, 130, ignore=0),
        another_class=call(8, 5, 135, ignore=3),
        beyond_the_classes=call(7, 5, 140, ignore=255),
        far_below=call(7, 5, 145, ignore=-(10**6)),
        none_ignored=call(5, 4, 150, ignore=None, smoothing=0.0),
        one_left=changed(call(4, 3, 155), "targets", values=[-100, -100, 2, -100]),
    )
    yield "ignored", named(**ignored)
    smoothed = dict(
        some=call(5, 4, 160, smoothing=0.1),
        much=call(6, 3, 165, smoothing=0.6),
        all=call(5, 4, 170, smoothing=1.0),
        none=call(5, 4, 175, smoothing=0.0),
    )
    yield "smoothed", named(**smoothed)
    both = dict(
        default=call(8, 5, 180, ignore=-100, smoothing=0.2),
        a_class=call(9, 5, 185, ignore=2, smoothing=0.3),
        beyond_the_classes=call(9, 5, 190, ignore=5, smoothing=0.1),
        many_rows=call(150, 7, 195, ignore=-100, smoothing=0.1, gradients=True, echo=False),
    )
    yield "ignored-and-smoothed", named(**both)


def gradients():
    own = [call(5, 4, 200, gradients=True, keep=True, overwrite=True)]
    own += [call(6, 3, 205, gradients=True, smoothing=0.2)]
    own += [call(8, 5, 210, ignore=-100, gradients=True)]
    own += [call(9, 5, 215, ignore=1, smoothing=0.3, gradients=True)]
    own += [call(9, 5, 220, ignore=255, smoothing=0.1, gradients=True)]
    yield "gradients", case(*own)
    sizes = dict(
        one_row=call(1, 5, 230, smoothing=0.1, gradients=True),
        one_class=call(4, 1, 235, ignore=-1, smoothing=0.1, gradients=True),
        one_of_both=call(1, 1, 240, gradients=True),
        square=call(4, 4, 245, smoothing=0.1, gradients=True),
        square_ignored=call(5, 5, 250, ignore=-1, gradients=True),
    )
    yield "sizes", named(**sizes)
    yield "large-scores", together(float32=large("float32"), float64=large("float64"))


def large(dtype):
    """Differences of some hundreds, in float64 of more than 709, below which its exp holds; rows
    that lie far apart from each other, and gaps wide enough that float32 can tell them."""
    size = 2.0 if dtype == "float64" else 1.0
    rows = [
        [400, -200, 300, 0], [-500, -450, -900, -600], [30, 60, -30, 0], [0, 450, 1, -450],
        [900, 860, 100, -300],
    ]  # fmt: skip
    rows = [[size * value for value in row] for row in rows]
    targets, probe, big = [1, 3, 0, 2, 0], dict(ONE, dtype=dtype), size * 1000
    return case(
        written(rows, targets, dtype, probe=probe),
        written(
            rows[::-1], [0, 2, 7, 3, 1], dtype, ignore_index=7, label_smoothing=0.1, probe=probe
        ),
        written([[big, 0], [0, big]], [0, 1], dtype, probe=probe),
        written([[-big] * 3, [big] * 3], [0, 1], dtype, probe=probe),
        written([[big, -big], [-big, big]], [1, 0], dtype, probe=probe),
    )


def repeated():
    some = [call(5, 4, 305, smoothing=0.1)]
    some += [call(5, 4, 306, under="no_grad", keep=True, overwrite=True)]
    some += [call(6, 4, 308, ignore=-1, under="inference_mode")]
    some += [call(6, 4, 310, ignore=-1, smoothing=0.1, gradients=True)]
    first = [call(5, 4, 315, under="inference_mode"), call(5, 4, 320, gradients=True)]
    both = dict(both=case(*some), inference_first=case(*first))
    yield "with-and-without-gradients", together(**both)
    several = [call(6, 4, seed, ignore=-100, keep=True) for seed in (330, 340)]
    several += [call(6, 4, 340, ignore=3, smoothing=0.2, keep=True)]
    several += [call(6, 4, 340, ignore=-100, smoothing=0.4, keep=True), call(6, 4, 345, keep=True)]
    several += [call(6, 4, 350, ignore=-1, under="no_grad", keep=True)]
    several += [call(6, 4, 355, under="no_grad", keep=True), call(3, 4, 360, keep=True)]
    yield "several-calls", case(*several)


def tensors():
    views = [
        call(6, 4, 410 + 5 * i, ignore=-100, smoothing=0.1, layout=layout, gradients=True)
        for i, layout in enumerate(("strided", "transposed"))
    ]
    yield "layouts", case(*views, call(4, 4, 420, layout="transposed", gradients=True))
    deep = [call(6, 4, 430, -100, 0.1, "float64", gradients=True), call(5, 3, 435, dtype="float64")]
    yield "float64", case(*deep)
    far = [call(6, 4, 440, -100, 0.1, "float64"), call(5, 3, 445, dtype="float64")]
    far = [changed(one, "logits", sum_zero=True, offset=4096.0) for one in far]
    yield "cancelling-float64", case(*far)
    elsewhere = [call(5, 4, 450), call(5, 4, 455, device="meta")]
    elsewhere += [call(6, 4, 460, ignore=-1, smoothing=0.1, device="meta")]
    yield "another-device", case(*elsewhere)


def loss(made, loaded, given):
    """(n, c), (n,) -> a scalar."""
    logits, targets = given["logits"], given["targets"].tolist()
    ignored, smoothing = given.get("ignore_index", -100), given.get("label_smoothing", 0.0)
    found = []
    for row, target in zip(logits, targets, strict=True):
        if target == ignored:
            continue
        shifted = row - row.detach().max()
        surprise = shifted.exp().sum().log() - shifted
        found.append((1 - smoothing) * surprise[target] + smoothing * surprise.sum() / len(row))
    return sum(found) / len(found)


def answer(made):
    return part_answers(made, lambda part: answers(part, loss, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
