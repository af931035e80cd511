"""Writes data/: the cases, and the answers from a reference that rotates pair by pair.

    python problems/rotaryembedding/generators/generate.py      (in the runner's environment)

The reference is in float64: for each pair of channels it takes the angles and rotates the plane
of the two. Its gradients come from autograd. Rotary position embedding is from Su et al.,
RoFormer: Enhanced transformer with rotary position embedding, 2021 (arXiv:2104.09864), section
3.2, whose pairs are neighbours; channel i with channel i + d/2 is how GPT-NeoX pairs them (Black
et al., GPT-NeoX-20B, 2022), and most libraries since.
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import answers, part_answers, write_data  # noqa: E402

INPUTS = ["x", "positions", "base"]


def call(
    sizes, seed, rows=None, dtype="float32", gradients=False, layout="", whole="int64", **more
):
    """`sizes` is (b, h, s, d), `rows` the positions (else drawn ones); `more` goes into the call.

    `whole` is the positions' dtype.
    """
    b, _, s, _ = sizes
    placed = dict(layout=layout) if layout else {}
    made = dict(x=dict(seed=seed, shape=list(sizes), dtype=dtype, scale=2.0, **placed))
    rows = drawn(b, s, seed, 4096 if dtype == "float64" else 120) if rows is None else rows
    made["positions"] = dict(values=rows, dtype=whole, **placed)
    if gradients:
        made["probe"] = dict(seed=seed + 7, shape=list(sizes), dtype=dtype)
    return {**made, **more}


def drawn(b, s, seed, below):
    return cases.make_tensor(dict(seed=seed + 3, shape=[b, s], below=below, dtype="int64")).tolist()


def counted(b, s, start=0):
    """The same positions in each sequence, from `start` on."""
    return [list(range(start, start + s))] * b


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def samples():
    x = dict(values=[[[[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 2], [1, 2, 3, 4]]]])
    yield "1", case(dict(x=x, positions=dict(values=[[0, 1, 2, 3]], dtype="int64"), echo=False))
    other = dict(positions=dict(values=[[7, 3, 3, 0]], dtype="int64"), base=100.0)
    yield "2-positions-and-base", case(dict(x=x, **other, echo=False))


def secrets():
    yield from numbers()
    yield from sizes()
    yield from repeated()
    yield from tensors()


def numbers():
    yield "in-order", case(call((1, 2, 6, 8), 100, counted(1, 6)), call((2, 3, 5, 8), 110))
    rows = [[0, 1, 2, 3, 4], [17, 18, 19, 20, 21]]
    each = dict(
        offset=call((2, 3, 4, 8), 120, counted(2, 4, 30)),
        one_step=call((2, 3, 1, 8), 121, [[5], [99]]),
        each_its_own=call((2, 3, 5, 8), 122, rows),
        in_any_order=call((2, 3, 5, 8), 123, [[4, 0, 2, 2, 90], [8, 7, 6, 5, 4]]),
        padded_left=call((2, 3, 5, 8), 124, [[0, 0, 0, 1, 2], [0, 1, 2, 3, 4]]),
        far=call((2, 3, 5, 8), 125, [[255, 254, 0, 128, 3], [100, 200, 250, 1, 2]]),
        int32=call((2, 3, 5, 8), 126, rows, whole="int32"),
    )
    yield "positions", named(**each)
    bases = [call((2, 3, 5, 8), 130, base=base) for base in (10000.0, 100.0, 500000.0, 2.0)]
    bases += [call((2, 3, 5, 8), 130), call((2, 3, 5, 8), 131, base=1000000)]
    bases += [call((2, 3, 5, 8), 132, base=2.5)]
    yield "bases", case(*bases)


def sizes():
    ones = dict(
        batch=call((1, 3, 5, 8), 140),
        head=call((2, 1, 5, 8), 141),
        token=call((2, 3, 1, 8), 142),
        all=call((1, 1, 1, 2), 143),
        one_pair=call((2, 3, 5, 2), 144),
    )
    equal = dict(
        batch_and_heads=call((3, 3, 5, 8), 150),
        batch_and_tokens=call((5, 3, 5, 8), 151),
        batch_and_channels=call((4, 3, 5, 4), 152),
        heads_and_tokens=call((2, 5, 5, 8), 153),
        heads_and_channels=call((2, 8, 5, 8), 154),
        tokens_and_channels=call((2, 3, 8, 8), 155),
        tokens_and_pairs=call((2, 3, 4, 8), 156),
        heads_and_pairs=call((2, 4, 5, 8), 157),
        all_equal=call((4, 4, 4, 4), 158),
    )
    wide = call((1, 2, 3, 64), 159)
    yield "sizes", named(**ones, **equal, wide=wide, odd_pairs=call((2, 3, 5, 6), 160))


def repeated():
    size, own = (2, 3, 5, 8), (1, 2, 4, 6)
    first = [call(size, 201, gradients=True, keep=True, overwrite=True)]
    first += [call(own, 202 + i, gradients=True, base=base) for i, base in enumerate((100.0, 1e5))]
    yield "gradients", case(*first, call(size, 205, gradients=True))
    rows = [[3, 4, 5, 6]]
    some = [call(own, 211, rows, under="inference_mode"), call(own, 212, rows, gradients=True)]
    some += [call(own, 213, under="no_grad", keep=True, overwrite=True), call(own, 214)]
    some += [call(own, 215, gradients=True)]
    yield "with-and-without-gradients", case(*some)
    several = [call(size, 220 + i, keep=True, overwrite=i > 1) for i in range(3)]
    several += [call(size, 220, counted(2, 5), keep=True), call(size, 220, base=50.0, keep=True)]
    several += [call((2, 1, 5, 8), 224), call((1, 3, 7, 8), 225), call((2, 3, 5, 4), 226)]
    several += [call(size, 220, counted(2, 5, 1)), call(size, 227, under="no_grad", keep=True)]
    several += [call(size, 228, under="no_grad"), call(size, 229, [[0] * 5] * 2, keep=True)]
    # After one of another dtype.
    several += [call((1, 2, 5, 12), 230, dtype="float64"), call((1, 2, 5, 12), 231)]
    yield "several-calls", case(*several)


def tensors():
    words = ("strided", "transposed", "channels_last", "tokens_first")
    views = [call((2, 3, 5, 8), 311, layout=word, gradients=True) for word in words[:2]]
    for word in words[2:]:
        made = call((2, 3, 5, 8), 312, gradients=True)
        made["x"]["layout"] = word
        views.append(made)
    yield "layouts", case(*views)
    deep = [call((2, 3, 5, 8), 321, dtype="float64", gradients=True)]
    deep += [call((1, 2, 4, 16), 322, [[4095, 4000, 3, 0]], "float64")]
    deep += [call((2, 1, 3, 4), 323, dtype="float64", base=500000.0, whole="int32")]
    yield "float64", case(*deep)
    elsewhere = [dict(call((2, 3, 5, 8), 330 + i), device="meta") for i in range(2)]
    elsewhere[1]["base"] = 100.0
    yield "another-device", case(call((2, 3, 5, 8), 335), *elsewhere)


def rotate(made, loaded, given):
    """(b, h, s, d) -> (b, h, s, d)."""
    x, positions, base = given["x"], given["positions"].double(), given.get("base", 10000.0)
    half = x.shape[3] // 2
    rotated = [None] * (2 * half)
    for i in range(half):
        # (b, 1, s): each head of a token is turned by the same angle.
        angle = (positions * float(base) ** (-2 * i / (2 * half)))[:, None]
        one, other = x[..., i], x[..., i + half]
        rotated[i] = one * angle.cos() - other * angle.sin()
        rotated[i + half] = one * angle.sin() + other * angle.cos()
    return torch.stack(rotated, dim=-1)


def answer(made):
    return part_answers(made, lambda part: answers(part, rotate, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
