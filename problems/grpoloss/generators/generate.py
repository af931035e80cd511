"""Writes data/: the cases, and the answers by the definition.

    python problems/grpoloss/generators/generate.py      (in the runner's environment)

Shao et al.: DeepSeekMath, 2024 (arXiv 2402.03300), equation 3 without its KL term. In float64,
answer by answer; gradients come from autograd over that.
"""

import math
import random
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from tools.case_writer import answers, part_answers, write_data  # noqa: E402  (found through the line above)

INPUTS = ["log_p", "old_log_p", "rewards", "mask", "group_size", "clip", "eps"]
MASKS = ("bool", "uint8", "int8", "int16", "int32", "int64")
NOT_FINITE = (math.nan, -math.inf, math.inf)
FAR = (2000.0, -2000.0)
"""Finite numbers whose differences overflow in exp."""


def call(
    n, s, g, seed, clip=None, eps=None, masked=True, dtype="float32", masks="bool", layout="",
    gradients=False, apart=0.5, odd=(), **more,
):  # fmt: skip
    """`apart` is how far the two policies are from each other; with `masked` each answer ends
    somewhere; what comes then is taken from `odd`, in turn; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    draw = random.Random(seed)
    rows = [draw.randint(1, s) if masked else s for _ in range(n)]
    old = [[-round(0.2 + 2 * draw.random(), 3) for _ in range(s)] for _ in range(n)]
    new = [[round(one + apart * draw.uniform(-1, 1), 3) for one in row] for row in old]
    for i, (length, *both) in enumerate(zip(rows, new, old, strict=True)):
        for j, row in enumerate(both if odd else ()):
            row[length:] = [odd[(i + j) % len(odd)]] * (s - length)
    made = dict(
        log_p=dict(values=new, dtype=dtype, **placed),
        old_log_p=dict(values=old, dtype=dtype, **placed),
        rewards=dict(seed=seed, shape=[n], dtype=dtype, scale=2.0, **placed),
        mask=dict(
            values=[[int(t < length) for t in range(s)] for length in rows], dtype=masks, **placed
        ),
        group_size=g,
    )
    if clip is not None or eps is not None:
        made["clip"] = 0.2 if clip is None else clip
    if eps is not None:
        made["eps"] = eps
    if gradients:
        made |= dict(probe=dict(values=0.75, dtype=dtype), needs=["log_p"])
    return {**made, **more}


def rewarded(made, rewards):
    """The call with rewards that are written out."""
    return made | dict(rewards=dict(values=rewards, dtype=made["rewards"]["dtype"]))


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def samples():
    first = rewarded(call(4, 3, 2, 50, masked=False, echo=False), [1, 0, 0.5, 2])
    yield "1", case(first)
    second = rewarded(call(4, 3, 4, 52, 0.1, apart=1.0, echo=False), [1, 0, 0, 1])
    yield "2-clipped-and-masked", case(second)


def secrets():
    close = dict(masked=False, apart=0.1)
    yield (
        "advantages",
        named(
            groups_of_three=call(6, 5, 3, 100, **close),
            groups_of_two=call(8, 4, 2, 101, **close),
            one_group=call(5, 4, 5, 102, **close),
            right_or_wrong=rewarded(call(8, 3, 4, 103, **close), [1, 0, 0, 0, 1, 1, 0, 1]),
            one_policy=call(6, 4, 3, 104, masked=False, apart=0.0),
        ),
    )
    near = [0.5, 0.53125, 0.5, 0.5, 0.25, 0.75]
    yield (
        "eps",
        named(
            equal=rewarded(call(6, 4, 3, 110, masked=False), [0.5, 0.5, 0.5, 1, 0, 0]),
            nearly_equal=rewarded(call(6, 4, 3, 111, masked=False), near),
            large=call(6, 4, 3, 112, None, 0.5, masked=False),
            small=rewarded(call(6, 4, 3, 113, None, 1e-3, masked=False), near),
        ),
    )
    clips = enumerate((None, 0.1, 0.3, 0.6))
    yield (
        "clipped",
        case(
            *(call(8, 6, 4, 120 + i, clip, masked=False, apart=1.0) for i, clip in clips),
            call(6, 4, 2, 128, masked=False, apart=3.0),
            # The largest that the statement allows, where the ratio is not clipped.
            call(6, 4, 2, 129, masked=False, apart=19.5),
        ),
    )
    dtypes = {name: call(6, 5, 3, 130 + i, masks=name) for i, name in enumerate(MASKS)}
    yield "masks", named(**dtypes, longer=call(8, 20, 4, 140, apart=0.8))
    yield (
        "gradients",
        case(
            call(6, 5, 3, 150, gradients=True, keep=True, overwrite=True),
            call(8, 4, 4, 151, 0.1, gradients=True, masked=False),
            call(4, 6, 2, 152, gradients=True, apart=1.5),
            call(6, 4, 3, 153, gradients=True, apart=0.0),
        ),
    )
    yield (
        "odd-values",
        named(
            result=call(6, 6, 3, 160, odd=NOT_FINITE),
            gradients=call(6, 5, 3, 161, odd=NOT_FINITE, gradients=True),
            double=call(4, 6, 2, 162, dtype="float64", odd=NOT_FINITE, gradients=True),
            far=call(6, 6, 3, 163, odd=FAR, gradients=True),
        ),
    )
    yield "sizes", named(**of_one_and_equal())
    yield from repeated()
    yield from tensors()


def of_one_and_equal():
    return dict(
        one_answer=call(1, 4, 1, 170, gradients=True),
        groups_of_one=call(4, 3, 1, 171),
        one_token=call(6, 1, 3, 172, gradients=True),
        all_one=call(1, 1, 1, 173),
        answers_as_tokens=call(6, 6, 3, 174, gradients=True),
        one_group=call(5, 3, 5, 175),
        tokens_as_group=call(6, 3, 3, 176, gradients=True),
        all_equal=call(4, 4, 4, 177),
    )


def repeated():
    some = [call(6, 5, 3, 200), call(6, 5, 3, 201, under="no_grad", keep=True, overwrite=True)]
    some += [call(4, 5, 2, 202, under="inference_mode"), call(4, 5, 2, 203, gradients=True)]
    first = [call(6, 4, 2, 204, under="inference_mode"), call(6, 4, 2, 205, gradients=True)]
    yield "with-and-without-gradients", together(both=case(*some), inference_first=case(*first))
    several = [call(6, 5, 3, seed, keep=True) for seed in (210, 211)]
    several += [call(6, 5, 3, 212, 0.05, keep=True), call(6, 5, 3, 213, 0.4, 0.3, keep=True)]
    several += [call(6, 5, 3, seed, under="no_grad", keep=True) for seed in (214, 215)]
    yield "several-calls", case(*several, call(6, 5, 2, 216, keep=True))


def tensors():
    layouts = enumerate(("strided", "transposed"))
    views = [call(6, 5, 3, 220 + i, layout=layout, gradients=True) for i, layout in layouts]
    yield "layouts", case(*views)
    deep = [
        call(6, 5, 3, 230, dtype="float64", gradients=True),
        call(8, 4, 4, 231, dtype="float64"),
    ]
    yield "float64", case(*deep)
    far = [call(6, 5, 3, seed, dtype="float64", apart=0.3, masked=False) for seed in (240, 241)]
    for one in far:
        for i, name in enumerate(("log_p", "old_log_p")):
            drawn = dict(seed=250 + i, shape=[6, 5], dtype="float64", scale=0.15)
            one[name] = drawn | dict(sum_zero=True, offset=-4096.0)
    yield "cancelling-float64", case(*far)
    elsewhere = [call(6, 5, 3, 260), call(6, 5, 3, 261, 0.3, device="meta")]
    yield "another-device", case(*elsewhere, call(4, 3, 2, 262, masks="int64", device="meta"))


def loss(made, loaded, given):
    """(n, s), (n, s), (n,), (n, s) and the group's size -> a scalar."""
    g, clip, eps = given["group_size"], given.get("clip", 0.2), given.get("eps", 1e-8)
    rewards, found = given["rewards"].tolist(), []
    for i, reward in enumerate(rewards):
        group = rewards[i - i % g : i - i % g + g]
        mean = math.fsum(group) / g
        spread = math.sqrt(math.fsum((one - mean) ** 2 for one in group) / g)
        advantage = (reward - mean) / (spread + eps)
        counts = given["mask"][i].bool()
        ratios = (given["log_p"][i][counts] - given["old_log_p"][i][counts]).exp()
        gains = [gain(ratio, advantage, clip) for ratio in ratios]
        found.append(sum(gains) / len(gains))
    return -sum(found) / len(found)


def gain(ratio, advantage, clip):
    """One token's; where the ratio is clipped it has no gradient."""
    assert abs(abs(float(ratio.detach()) - 1) - clip) > 1e-4, (
        "the statement promises that no ratio is there"
    )
    if advantage > 0 and ratio > 1 + clip:
        return 0 * ratio.detach() + (1 + clip) * advantage
    if advantage < 0 and ratio < 1 - clip:
        return 0 * ratio.detach() + (1 - clip) * advantage
    return ratio * advantage


def answer(made):
    return part_answers(made, lambda part: answers(part, loss, INPUTS))


write_data(PACKAGE, samples(), secrets(), answer)
