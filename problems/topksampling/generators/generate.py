"""Writes data/: the cases, and the answers by the definition.

    python problems/topksampling/generators/generate.py      (in the runner's environment)

Top-k as in Fan et al.: Hierarchical Neural Story Generation, ACL 2018; top-p as in Holtzman et al.:
The Curious Case of Neural Text Degeneration, ICLR 2020. In float64, row by row.
"""

import math
import random
import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner.calls import named as named_calls  # noqa: E402  (found through the line above)
from runner.cases import make_tensor  # noqa: E402
from tools.case_writer import exactly, kept, part_answers, unchanged, write_data  # noqa: E402

SETTINGS = ["temperature", "top_k", "top_p"]
NEAREST = dict(float32=1e-3, float64=1e-6)
ALMOST_ONE = dict(float32=1 - 2.0**-24, float64=1 - 2.0**-53)


def call(b, v, seed, *settings, **more):
    """The first drawn logits, from `seed` on in steps of 1000, that keep the distance."""
    while True:
        try:
            return drawn(b, v, seed, *settings, **more)
        except TooCloseError:
            seed += 1000


class TooCloseError(Exception):
    """A sum is so near to a limit that rounding may decide."""


def drawn(
    b, v, seed, temperature=None, top_k=None, top_p=None, dtype="float32", layout="",
    spread=3.0, **more,
):  # fmt: skip
    """The numbers `u` lie well inside of the intervals of tokens that may be drawn, which are
    chosen at random; `more` goes into the call."""
    placed = dict(layout=layout) if layout else {}
    made = dict(logits=dict(seed=seed, shape=[b, v], dtype=dtype, scale=spread, **placed), u={})
    chosen = dict(zip(SETTINGS, (temperature, top_k, top_p), strict=True))
    if any(value is not None for value in chosen.values()):
        # Arguments are given in their order.
        defaults = dict(temperature=1.0, top_k=0, top_p=1.0)
        made |= {n: defaults[n] if one is None else one for n, one in chosen.items()}
    made["u"] = dict(values=numbers(made, random.Random(seed)), dtype=dtype, **placed)
    return {**made, **more}


def numbers(made, draw):
    """For each row a number well inside of a token's interval, and now and then a small one."""
    found = []
    for row in make_tensor(made["logits"]).double().tolist():
        sums = [0.0, *cumulative(row, made)[1]]
        wide = [i for i in range(len(sums) - 1) if sums[i + 1] - sums[i] > 0.02]
        at = draw.choice(wide)
        part = draw.choice((0.2, 0.5, 0.8))
        found.append(round(sums[at] + part * (sums[at + 1] - sums[at]), 5))
    return found


def case(*calls):
    return dict(calls=list(calls))


def named(**calls):
    return case(*(dict(one, name=name) for name, one in calls.items()))


def written(logits, u, temperature=1.0, top_k=0, top_p=1.0, dtype="float32", **more):
    """A row for each of the numbers; one list of logits stands for all of them."""
    rows = logits if isinstance(logits[0], list) else [logits] * len(u)
    made = dict(logits=dict(values=rows, dtype=dtype), u=dict(values=u, dtype=dtype))
    return dict(**made, temperature=temperature, top_k=top_k, top_p=top_p, **more)


def samples():
    row = [1, 3, 0, 2]
    yield "1", case(written(row, [0.1, 0.7, 0.9, 0.98], echo=False))
    filtered = [
        written(row, [0.1, 0.7, 0.9], 1.0, 2, echo=False),
        written(row, [0.1, 0.7, 0.9], 1.0, 0, 0.8, echo=False),
        written(row, [0.1, 0.7, 0.9], 0, echo=False),
    ]
    yield "2-filtered", case(*filtered)


def secrets():
    yield "plain", case(call(8, 5, 100), call(6, 12, 110, spread=1.5), call(12, 7, 120))
    temperatures = enumerate((0.25, 0.5, 0.9, 1.5, 3.0))
    drawn = [call(8, 6, 130 + i, t) for i, t in temperatures]
    yield "temperature", case(*drawn, cold(2.0**-6))
    # A tie's second token, were u asked.
    ties = written([[2, 5, 5, 1], [0, 0, 0, 0], [7, 1, 2, 7]], [0.9, 0.7, 0.6], 0)
    yield "greedy", case(call(6, 7, 140, 0), call(5, 4, 141, 0, 2, 0.5), ties)
    limits = enumerate((1, 2, 3, 5, 9, 10, 50))
    yield "top-k", case(*(call(10, 9, 150 + i, None, k, spread=1.0) for i, k in limits))
    limits = enumerate((0.05, 0.3, 0.5, 0.62, 0.8, 0.95))
    yield "top-p", case(*(call(10, 9, 160 + i, None, None, p, spread=2.0) for i, p in limits))
    both = [(1.0, 4, 0.6), (0.7, 5, 0.7), (1.6, 3, 0.7), (2.5, 6, 0.45), (0.5, 8, 0.9)]
    yield "both", case(*(call(10, 9, 170 + i, *one, spread=2.0) for i, one in enumerate(both)))
    yield from ties_and_boundaries()
    yield "sizes", named(**of_one_and_equal())
    yield "large-scores", large_scores()
    yield from repeated()
    yield from tensors()


def cold(temperature):
    """Logits that differ by so little that their quotients, which float32 holds, are integers."""
    row = [1 + places * temperature for places in (0, 1, 3, 2)]
    return written(row, [0.3, 0.7, 0.9, 0.98], temperature)


def ties_and_boundaries():
    flat = [0.5] * 5
    row = [1, 2, 1, 2, 0, 2, 1]
    us = [0.1, 0.3, 0.5, 0.7, 0.9]
    yield (
        "equal-logits",
        case(
            written(flat, [0.1, 0.3, 0.5, 0.7, 0.9]),
            written(flat, us, 1.0, 3),
            written(row, us),
            written(row, us, 1.0, 2),
            written(row, us, 1.0, 5),
            written(row, us, 0.5, 0, 0.7),
        ),
    )
    two, four, eight = [1, 1], [0.5] * 4, [-2] * 8
    yield (
        "boundaries",
        case(
            written(two, [0, 0.25, 0.5, 0.75]),
            written(four, [0, 0.25, 0.5, 0.75, 0.6]),
            written(four, [0.25, 0.5, 0.6, 0.9], 1.0, 0, 0.5),
            written(four, [0.2, 0.6, 0.9], 1.0, 0, 0.25),
            written(four, [0.2, 0.6, 0.9], 2.0, 2, 0.5),
            written(eight, [0.125, 0.5, 0.875, 0.7], 0.5),
            written(eight, [0.3, 0.5, 0.9], 1.0, 0, 0.5),
            written(four, [0.3, 0.5, 0.9], 1.0, 3, 0.9, dtype="float64"),
            written(four, [0.3, 0.5, 0.9], 1.0, 0, 0.5, dtype="float64"),
        ),
    )
    never = -math.inf
    most = ALMOST_ONE["float32"]
    banned = [never, 1, never, 0, 2, never]
    yield (
        "banned-tokens",
        case(
            written(banned, [0.0, 0.5, 0.8, 0.95, most]),
            written(banned, [0.2, 0.8, 0.99, most], 0.5, 5),
            written(banned, [0.1, 0.8, 0.9, most], 1.0, 0, 0.95),
            written([never, -30, never, never], [0.0, 0.5, most]),
            written([never, -30, never, -40], [0.0, 0.5], 0),
            written([*[0] * 7, never, never], [0.05, 0.5, 0.95, most]),
            written([*[0] * 10, never], [0.05, most], 1.0, 0, 0.99),
            written([*[0] * 11, never], [0.5, ALMOST_ONE["float64"]], dtype="float64"),
        ),
    )


def of_one_and_equal():
    return dict(
        one_row=call(1, 6, 200, None, 3),
        one_row_greedy=call(1, 6, 205, 0),
        one_token=call(5, 1, 210, None, None, 0.5),
        one_of_both=call(1, 1, 220, 0.5, 1, 0.9),
        square=call(5, 5, 230),
        square_filtered=call(6, 6, 240, 0.8, 4, 0.8),
    )


def large_scores():
    double = dict(dtype="float64")
    rows = [[2000, 1998, 1999, -3000], [-4000, -4001, -3999, -4000.5], [0, 800, 799, 1]]
    return case(
        written(rows, [0.5, 0.8, 0.9]),
        written(rows, [0.95, 0.3, 0.5], 2.0, 3, 0.8),
        written(rows, [0.5, 0.8, 0.9], **double),
        written(rows, [0.95, 0.3, 0.5], 2.0, 3, 0.8, **double),
        # Quotients of a million.
        cold(2.0**-20),
    )


def repeated():
    yield (
        "contexts",
        case(
            call(6, 7, 300, 0.8, 4, under="no_grad"),
            call(6, 7, 310, 0.8, 4, under="inference_mode"),
            call(6, 7, 320, 0.8, 4, 0.7),
            call(6, 7, 330, under="inference_mode"),
        ),
    )
    settings = [(), (), (0.5,), (1.0, 2), (1.0, 0, 0.5), (1.2, 4, 0.8), (0,)]
    several = [call(6, 7, 340 + i, *one, keep=True) for i, one in enumerate(settings)]
    several[0]["overwrite"] = several[-1]["overwrite"] = True
    yield "several-calls", case(*several, call(4, 9, 350, keep=True))


def tensors():
    layouts = [(one, seed) for seed, one in enumerate(("strided", "transposed"), 400)]
    views = [call(5, 7, seed, 0.9, 4, 0.9, layout=one) for one, seed in layouts]
    yield "layouts", case(*views, *(call(4, 6, seed + 10, layout=one) for one, seed in layouts))
    deep = [call(6, 8, 420, dtype="float64"), call(6, 8, 421, 0.7, 5, 0.8, dtype="float64")]
    yield "float64", case(*deep)
    close = call(12, 6, 430, dtype="float64")
    close["logits"] |= dict(sum_zero=True, offset=4096.0)
    close["u"]["values"] = [
        round(cumulative(row, close)[1][i % 4] + (-1) ** (i // 4) * 1e-5, 6)
        for i, row in enumerate(make_tensor(close["logits"]).tolist())
    ]
    yield "close-float64", case(close)
    elsewhere = [call(5, 6, 440), call(5, 6, 441, 0.8, 3, 0.9, device="meta")]
    yield "another-device", case(*elsewhere, call(4, 7, 442, device="meta"))


def cumulative(row, made):
    """The tokens that may be drawn, in their order, and the sums of their probabilities."""
    temperature, top_k = made.get("temperature", 1.0), made.get("top_k", 0)
    top_p = made.get("top_p", 1.0)
    order = sorted(range(len(row)), key=lambda i: (-row[i], i))
    if temperature == 0:
        return order[:1], [1.0]
    order = [i for i in order[: top_k or None] if row[i] != -math.inf]
    weights = [math.exp((row[i] - row[order[0]]) / temperature) for i in order]
    sums, total = [], math.fsum(weights)
    for n in range(1, len(weights) + 1):
        sums.append(math.fsum(weights[:n]) / total)
        if sums[-1] >= top_p:
            break
    check_distance(sums, top_p, made, len({row[i] for i in order}) == 1)
    return order[: len(sums)], [one / sums[-1] for one in sums]


def check_distance(sums, number, made, equal):
    """The statement promises that rounding decides nothing."""
    least = NEAREST[made["logits"]["dtype"]]
    if number < 1 and not equal and any(abs(one - number) <= least for one in sums):
        raise TooCloseError(made)


def token(row, u, made):
    order, sums = cumulative(row, made)
    dtype = made["logits"]["dtype"]
    if u == ALMOST_ONE[dtype]:
        return order[-1]
    if len({row[i] for i in order}) > 1:
        assert all(abs(one - u) > NEAREST[dtype] for one in sums), made
    return next(i for i, one in zip(order, sums, strict=True) if one > u)


def answer_part(part):
    again = []
    for prefix, made in named_calls(part["calls"]):
        logits, u = make_tensor(made["logits"]), make_tensor(made["u"])
        # A number as it is in its dtype, which for 0.99999994 matters.
        rows = zip(logits.double().tolist(), u.double().tolist(), strict=True)
        out = torch.tensor([token(row, one, made) for row, one in rows], dtype=torch.int64)
        if "device" in made:
            yield f"{prefix}out", out.to(made["device"])
            continue
        yield f"{prefix}out", exactly(out)
        if made.get("echo", True):
            yield f"{prefix}logits", unchanged(logits)
            yield f"{prefix}u", unchanged(u)
        if made.get("keep"):
            again.append((f"{prefix}out.kept", kept(out)))
    yield from again


def answer(made):
    return part_answers(made, answer_part)


write_data(PACKAGE, samples(), secrets(), answer)
