"""Writes data/: the cases, and the answers from a reference that rotates pair by pair.

    python problems/mrope/generators/generate.py      (in the runner's environment)

In float64; gradients come from autograd over that. M-RoPE: Wang et al., Qwen2-VL, 2024
(arXiv:2409.12191), section 2.1; that the axes have one section each, in this order, and share one
row of speeds, is how its code has it (`apply_multimodal_rotary_pos_emb` in transformers).
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

INPUTS = ["x", "positions", "sections", "base"]


def call(
    sizes,
    sections,
    seed,
    rows=None,
    dtype="float32",
    gradients=False,
    layout="",
    whole="int64",
    **more,
):
    """`sizes` is (b, h, s), `rows` the positions (else drawn ones), `whole` their dtype; `more`
    goes into the call."""
    b, _, s = sizes
    shape = [*sizes, 2 * sum(sections)]
    placed = dict(layout=layout) if layout else {}
    made = dict(x=dict(seed=seed, shape=shape, dtype=dtype, scale=2.0, **placed))
    below = 4096 if dtype == "float64" else 120
    rows = drawn(b, s, seed, below) if rows is None else rows
    made["positions"] = dict(values=rows, dtype=whole, **placed)
    made["sections"] = list(sections)
    if gradients:
        made["probe"] = dict(seed=seed + 7, shape=shape, dtype=dtype)
    return {**made, **more}


def drawn(b, s, seed, below):
    spec = dict(seed=seed + 3, shape=[3, b, s], below=below, dtype="int64")
    return cases.make_tensor(spec).tolist()


def text(b, s, start=0):
    """The same on all three axes, from `start` on."""
    return [[list(range(start, start + s))] * b] * 3


def picture(start, height, width, after):
    """One sequence: a picture's grid that starts at `start`, then `after` tokens of text."""
    cells = [(start, start + i, start + j) for i in range(height) for j in range(width)]
    behind = start + max(height, width)
    cells += [(behind + n,) * 3 for n in range(after)]
    return [[[cell[axis] for cell in cells]] for axis in range(3)]


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def samples():
    rows = [[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [1, 2, 3, 4, 5, 6]]
    x = dict(values=[[rows]])
    given = dict(x=x, sections=[1, 1, 1], echo=False)
    apart = dict(values=[[[1, 1, 1, 0]], [[2, 2, 2, 1]], [[3, 3, 3, 0]]], dtype="int64")
    yield "1", case(dict(given, positions=apart, base=100.0))
    yield "2-text", case(dict(given, positions=dict(values=text(1, 4), dtype="int64")))


def secrets():
    plain = [call((1, 2, 6), (1, 2, 1), 100, text(1, 6))]
    yield "text", case(*plain, call((2, 3, 5), (2, 3, 2), 110, text(2, 5, 17)))
    seen = [call((1, 2, 8), (2, 3, 3), 120, picture(3, 2, 3, 2))]
    yield "image", case(*seen, call((1, 3, 13), (1, 2, 2), 130, picture(0, 3, 4, 1)))
    sections = [(1, 1, 1), (1, 2, 3), (3, 2, 1), (1, 4, 1), (4, 6, 6), (5, 1, 2), (2, 2, 2)]
    yield "sections", case(*(call((2, 3, 4), one, 140 + 5 * i) for i, one in enumerate(sections)))
    anywhere = [[[4, 0, 2, 2, 90], [8, 7, 6, 5, 4]], [[0, 0, 0, 1, 2], [17, 18, 19, 20, 21]]]
    anywhere += [[[255, 254, 0, 128, 3], [100, 200, 250, 1, 2]]]
    each = dict(
        in_any_order=call((2, 3, 5), (1, 2, 2), 180, anywhere),
        one_step=call((2, 3, 1), (1, 2, 2), 185, [[[5], [99]], [[7], [3]], [[0], [255]]]),
        int32=call((2, 3, 5), (1, 2, 2), 190, anywhere, whole="int32"),
        zeros=call((2, 3, 5), (1, 2, 2), 195, [[[0] * 5] * 2] * 3),
    )
    yield "positions", named(**each)
    bases = [call((2, 3, 5), (1, 2, 1), 200, base=b) for b in (10000.0, 100.0, 500000.0, 2.0)]
    bases += [call((2, 3, 5), (1, 2, 1), 200), call((2, 3, 5), (1, 2, 1), 205, base=1000000)]
    bases += [call((2, 3, 5), (1, 2, 1), 207, base=2.5)]
    yield "bases", case(*bases)
    yield "sizes", named(**sizes())
    yield from repeated()
    yield from tensors()


def sizes():
    return dict(
        one_sequence=call((1, 3, 5), (1, 2, 1), 210),
        one_head=call((2, 1, 5), (1, 2, 1), 215),
        one_token=call((2, 3, 1), (1, 2, 1), 220),
        all_one=call((1, 1, 1), (1, 1, 1), 225),
        sequences_as_heads=call((3, 3, 5), (1, 2, 1), 230),
        sequences_as_tokens=call((5, 3, 5), (1, 2, 1), 235),
        sequences_as_channels=call((6, 2, 3), (1, 1, 1), 240),
        heads_as_tokens=call((2, 5, 5), (1, 2, 1), 245),
        heads_as_channels=call((2, 8, 5), (1, 2, 1), 250),
        tokens_as_channels=call((2, 3, 8), (1, 2, 1), 255),
        three_of_all=call((3, 3, 3), (1, 1, 1), 260),
        all_equal=call((6, 6, 6), (1, 1, 1), 265),
        odd_pairs=call((2, 3, 5), (2, 2, 1), 270),
    )


def repeated():
    size, sections = (2, 3, 5), (1, 2, 1)
    first = [call(size, sections, 300, gradients=True, keep=True, overwrite=True)]
    first += [call((1, 2, 4), (2, 1, 2), 310, gradients=True, base=100.0)]
    yield "gradients", case(*first, call(size, sections, 320, gradients=True))
    some = [call(size, sections, 330, under="inference_mode")]
    some += [call(size, sections, 335, gradients=True)]
    some += [call(size, sections, 340, under="no_grad", keep=True, overwrite=True)]
    some += [call(size, sections, 345), call(size, sections, 350, gradients=True)]
    yield "with-and-without-gradients", case(*some)
    several = [call(size, sections, 360 + 5 * i, keep=True) for i in range(3)]
    several += [call(size, (2, 1, 1), 375, keep=True), call(size, sections, 380, base=50.0)]
    several += [call(size, sections, 360, text(2, 5), keep=True), call((1, 2, 7), sections, 385)]
    several += [call(size, sections, 390 + 5 * i, under="no_grad", keep=True) for i in range(2)]
    # After one of another dtype.
    several += [
        call(size, (1, 3, 2), seed, dtype=d) for seed, d in ((400, "float64"), (405, "float32"))
    ]
    yield "several-calls", case(*several)


def tensors():
    words = ("strided", "transposed", "channels_last", "tokens_first")
    views = []
    for i, word in enumerate(words):
        made = call((2, 3, 5), (1, 2, 1), 410 + 10 * i, gradients=True)
        made["x"]["layout"] = word
        if i < 2:
            made["positions"]["layout"] = word
        views.append(made)
    yield "layouts", case(*views)
    deep = [call((2, 3, 5), (1, 2, 1), 460, dtype="float64", gradients=True)]
    deep += [call((1, 2, 4), (2, 3, 3), 470, dtype="float64")]
    deep += [call((2, 1, 3), (1, 1, 2), 480, dtype="float64", base=500000.0, whole="int32")]
    yield "float64", case(*deep)
    elsewhere = [call((2, 3, 5), (1, 2, 1), 490 + 5 * i, device="meta") for i in range(2)]
    elsewhere[1]["base"] = 100.0
    yield "another-device", case(call((2, 3, 5), (1, 2, 1), 500), *elsewhere)


def rotate(made, loaded, given):
    """(b, h, s, d) -> (b, h, s, d)."""
    x, positions = given["x"], given["positions"].double()
    base, half = float(given.get("base", 10000.0)), x.shape[3] // 2
    axes = [axis for axis, count in enumerate(given["sections"]) for _ in range(count)]
    rotated = [None] * (2 * half)
    for i, axis in enumerate(axes):
        # (b, 1, s): each head of a token is turned by the same angle.
        angle = (positions[axis] * base ** (-2 * i / (2 * half)))[:, None]
        one, other = x[..., i], x[..., i + half]
        rotated[i] = one * angle.cos() - other * angle.sin()
        rotated[i + half] = one * angle.sin() + other * angle.cos()
    return torch.stack(rotated, dim=-1)


def answer(made):
    return part_answers(made, lambda part: answers(part, rotate, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
