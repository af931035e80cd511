"""Writes data/: the cases, and the answers by the definition.

    python problems/beamsearch/generators/generate.py      (in the runner's environment)

Beam search as in Sutskever, Vinyals, Le: Sequence to Sequence Learning with Neural Networks,
NIPS 2014: a hypothesis that gets the end token leaves the beam. In float64, with lists.
"""

import math
import sys
from itertools import count, product
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner.calls import named as named_calls  # noqa: E402  (found through the line above)
from runner.cases import make_tensor  # noqa: E402
from tools.case_writer import (  # noqa: E402
    exactly,
    kept,
    part_answers,
    rounded,
    unchanged,
    write_data,
)

NEAREST = dict(float32=1e-3, float64=1e-6)
DOUBLE = dict(dtype="float64")


class TooCloseError(Exception):
    """Two sums, or two scores, are so near to each other that rounding may decide."""


def drawn(v, beam_size, max_new_tokens, seed, eos=0, alpha=None, prompt=(1,), **more):
    """A search over a drawn table, of the first seed (in steps of 1000) by which no two sums are
    near each other where that matters, and the result is another than with a smaller beam."""
    table = dict(shape=[more.pop("contexts", 41), v], scale=more.pop("spread", 2.0))
    table |= {key: more.pop(key) for key in ("dtype", "sum_zero", "offset") if key in more}
    telling = more.pop("telling", beam_size > 1)
    tables = (table | dict(seed=number) for number in count(seed, 1000))
    settings = (prompt, beam_size, max_new_tokens, eos, alpha)
    every = (laid_out(search(each, *settings) | more) for each in tables)
    return next(one for one in every if is_clear(one, telling))


def is_clear(one, telling=False, least=0.0):
    """Whether rounding decides nothing, and, if asked, the beam's size something."""
    try:
        tokens, _ = best(one, least)
        return not telling or tokens != best(one | dict(beam_size=one["beam_size"] - 1))[0]
    except TooCloseError:
        return False


def search(table, prompt, beam_size, max_new_tokens, eos, alpha=None):
    prompt = dict(values=list(prompt), dtype="int64")
    made = dict(table=table, prompt=prompt, beam_size=beam_size)
    made |= dict(max_new_tokens=max_new_tokens, eos=eos, layout="", echo=False)
    return made if alpha is None else made | dict(alpha=alpha)


def laid_out(one):
    """The inputs lie in memory as the logits do."""
    if not one["layout"]:
        return one
    inputs = {name: one[name] | dict(layout=one["layout"]) for name in ("table", "prompt")}
    return one | inputs


def written(rows, other, beam_size, max_new_tokens, eos, alpha=None, prompt=(1,), **more):
    """A search whose model is written out: `rows` are the logits after these new tokens, `other`
    those after all else (of three tokens and more also the same, as it comes)."""
    v = len(other)
    for contexts in count(len(rows) + 1):
        places = {place((*prompt, *new), v, contexts): row for new, row in rows.items()}
        every = (new for n in range(min(max_new_tokens, 3)) for new in product(range(v), repeat=n))
        others = (place((*prompt, *new), v, contexts) for new in every if new not in rows)
        if len(places) == len(rows) and places.keys().isdisjoint(others):
            break
    values = [list(places.get(at, other)) for at in range(contexts)]
    table = dict(values=values, dtype=more.pop("dtype", "float32"))
    return search(table, prompt, beam_size, max_new_tokens, eos, alpha) | more


def place(history, v, contexts):
    """The row of the table, as in the driver."""
    found = 0
    for token in history:
        found = (found * v + token + 1) % contexts
    return found


def odds(*parts):
    """Logits of probabilities, or of their multiples."""
    return [round(math.log(one), 4) if one else -math.inf for one in parts]


def case(*searches, **named):
    """For each search a call that answers its tokens, and one that answers its score."""
    every = {f"search{n}": one for n, one in enumerate(searches, 1)} | named
    calls = [
        dict(one, returned=returned, name=f"{name}_{what}")
        for name, one in every.items()
        for returned, what in enumerate(("tokens", "score"))
    ]
    return dict(calls=calls)


def samples():
    rows = {(): odds(1, 5, 4), (1,): odds(4, 3, 3), (2,): odds(90, 5, 5)}
    yield "1", case(written(rows, [0, 0, 0], 2, 3, 0, 0.0))
    rows = {(): odds(3, 4, 3), (1,): odds(1, 6, 3), (1, 1): odds(7, 1, 2)}
    yield "2-normalised", case(written(rows, [0, 0, 0], 2, 3, 0, prompt=(2, 1)))


def secrets():
    yield "one-beam", case(*(drawn(5, 1, 6, 100 + i, i, 0.0) for i in range(4)))
    sizes = enumerate((2, 2, 3, 3, 4, 5))
    yield "beams", case(*(drawn(6, k, 4, 110 + i, 0, 0.0, spread=1.0) for i, k in sizes))
    sizes = enumerate(((3, 4), (2, 6), (4, 20), (5, 8)))
    wide = (drawn(v, k, 4, 120 + i, 0, 0.0, telling=False) for i, (v, k) in sizes)
    yield "wide", case(*wide)
    alphas = enumerate((0.5, 1.0, None, 2.0, 0.7, None))
    yield "normalised", case(*(drawn(5, 3, 6, 130 + i, 3, a, spread=1.5) for i, a in alphas))
    yield "end-token", case(*ends())
    yield "without-an-end", case(*without_an_end())
    prompts = enumerate(((2, 3, 1), (0, 0), (4, 0, 3, 2, 1, 0), (3,), (1, 1, 4, 4)))
    yield "prompts", case(*(drawn(5, 3, 5, 160 + i, 0, 0.6, one) for i, one in prompts))
    yield "ties", case(*ties())
    yield "banned-tokens", case(*banned())
    yield "sizes", case(**of_one_and_equal())
    large = dict(offset=300.0, spread=3.0)
    yield (
        "large-scores",
        case(
            drawn(4, 2, 3, 190, 0, 0.0, **large),
            drawn(5, 3, 4, 191, 0, 0.5, **large),
            drawn(4, 2, 4, 192, 0, 0.0, offset=3000.0, **DOUBLE),
            drawn(5, 3, 4, 193, 0, 1.0, spread=2500.0, telling=False, **DOUBLE),
        ),
    )
    yield "long", case(long(2, 200, 0.5), long(1, 210, 0.0))
    yield from repeated()
    yield from tensors()
    # A second text that is too long: one wrong answer of no score says too little.
    yield "long-and-normalised", case(long(3, 220, 1.0, 160))


def ends():
    """The first ends at once and is not the best; then several end, one after the other."""
    rows = {(): odds(40, 35, 25), (1,): odds(5, 90, 5), (1, 1): odds(95, 3, 2)}
    yield written(rows, odds(30, 40, 30), 2, 4, 0, 1.0)
    rows = {(): odds(50, 30, 20), (1,): odds(20, 75, 5), (2,): odds(10, 10, 80)}
    rows |= {(1, 1): odds(90, 5, 5), (2, 2): odds(97, 2, 1)}
    for beam_size, alpha in ((2, 0.0), (2, 1.0), (3, 0.7), (3, 2.0)):
        yield written(rows, odds(20, 50, 30), beam_size, 4, 0, alpha)
    for i, (beam_size, alpha) in enumerate(((2, 1.0), (3, 1.5), (4, 0.8), (3, 2.0))):
        yield drawn(4, beam_size, 7, 140 + i, 2, alpha, spread=1.2)


def without_an_end():
    """Some of the best have no end token when there is no more room."""
    never = [odds(1, 500, 400, 300), odds(1, 30, 40, 50)]
    for i, (beam_size, room) in enumerate(((1, 3), (2, 3), (3, 2))):
        rows = {(): never[0], (1,): never[1], (2,): odds(1, 90, 5, 5)}
        yield written(rows, never[i % 2], beam_size, room, 0, prompt=(3,))
    for i, (beam_size, room) in enumerate(((2, 1), (3, 1), (2, 3), (3, 4))):
        yield drawn(5, beam_size, room, 150 + i, 4, 1.0, spread=1.0, telling=room > 1)


def ties():
    """Sums that are equal in whatever way they are computed: the same logits, in the same order."""
    flat = [0, 0, 0, 0]
    # Of one hypothesis: tokens 1, 2, 3 tie for two places; 3 would go on best.
    rows = {(): odds(1, 3, 3, 3), (1,): odds(1, 5, 3, 1), (2,): odds(9, 2, 2, 2)}
    rows |= {(3,): odds(97, 1, 1, 1)}
    yield written(rows, flat, 2, 3, 0, 0.0)
    # Of two: tokens 2 and 3 tie, and what comes after them is the same.
    same = odds(2, 3, 8, 1)
    rows = {(): odds(1, 1, 4, 4), (2,): same, (3,): same}
    rows |= {(2, 2): odds(6, 1, 2, 1), (3, 2): odds(98, 1, 1, 1)}
    yield written(rows, odds(1, 6, 2, 2), 1, 3, 0, 0.0)
    yield written(rows, odds(1, 6, 2, 2), 2, 2, 0, 0.0)
    same = odds(1, 7, 4, 4)
    rows = {(): odds(1, 4, 4, 1), (1,): same, (2,): same, (1, 1): odds(3, 3, 3, 1)}
    rows |= {(2, 1): odds(2, 2, 2, 4), (1, 2): odds(98, 1, 1, 1), (2, 2): odds(99, 1, 1, 1)}
    yield written(rows, flat, 3, 3, 0, 0.0)
    # Everything ties; the end token is the second of three, or the last.
    yield written({}, [0, 0, 0], 2, 2, 1, 0.0)
    yield written({}, [0, 0, 0, 0], 2, 3, 3, 0.0)
    yield written({}, [0, 0], 1, 3, 1, 0.0)
    # Scores of two lengths tie: half of a sum of two is the one of one.
    yield written({}, [0, 0], 2, 2, 0, 1.0)
    yield written({}, [0, 0], 2, 2, 1, 1.0)
    # Hypotheses tie, and each has two tokens that tie at the cut: the first one's second token is
    # kept and goes on best, where others' first tokens might be.
    same = odds(1, 1, 6, 6)
    for beam_size, first in ((2, odds(1, 4, 4, 1)), (3, odds(1, 4, 4, 4))):
        rows = {(): first, (1,): same, (2,): same, (3,): same, (1, 3): odds(97, 1, 1, 1)}
        yield written(rows, odds(1, 1, 3, 2), beam_size, 3, 0, 0.0)
    # 12 equal ones: too many for a partial sort to keep their order.
    wide = [0.0] * 24
    yield written({(): wide, (5,): [*[0] * 23, 4]}, wide, 5, 2, 20, 0.0)
    rows = {(): [*[1.0] * 3, *[0.5] * 40], (20,): [*[0] * 42, 9]}
    yield written(rows, [*[0] * 42, 6], 9, 2, 30, 0.0)


def banned():
    rows = {(): odds(0, 5, 4), (1,): odds(0, 1, 0), (2,): odds(1, 0, 3), (1, 1): odds(1, 1, 0)}
    for beam_size, alpha in ((1, 0.0), (2, 1.0), (4, 0.5)):
        yield written(rows, odds(2, 0, 1), beam_size, 4, 0, alpha)
    only = {(): odds(0, 0, 1), (2,): odds(0, 3, 1), (2, 1): odds(1, 0, 0)}
    yield written(only, odds(0, 2, 1), 3, 3, 0)
    yield written(only, odds(0, 2, 1), 5, 4, 0, 0.0, dtype="float64")


def of_one_and_equal():
    one = dict(telling=False)
    return dict(
        one_of_all=drawn(1, 1, 1, 170, prompt=(0,), contexts=1, **one),
        one_token=drawn(1, 3, 4, 171, prompt=(0, 0), contexts=5, **one),
        one_row=drawn(4, 3, 4, 172, contexts=1, **one),
        equal=drawn(3, 3, 3, 173, prompt=(1, 2, 0), contexts=3, **one),
        different=drawn(5, 2, 6, 174, prompt=(1, 0, 3)),
        two=drawn(2, 2, 2, 175, prompt=(1, 1), **one),
        four=drawn(4, 4, 4, 176, prompt=(1, 2, 3, 0), **one),
    )


def long(beam_size, seed, alpha, room=110):
    """As many tokens as there is room for: their probability is below what float32 holds."""
    for number in count(seed, 1000):
        rows = make_tensor(dict(shape=[7, 4], seed=number, scale=0.3)).tolist()
        values = [[*(round(one, 4) for one in row[:3]), -30.0] for row in rows]
        one = search(dict(values=values), (1,), beam_size, room, 3, alpha)
        if is_clear(one, least=2e-3):
            break
    return one


def repeated():
    contexts = ("no_grad", "inference_mode", "grad")
    yield "contexts", case(*(drawn(5, 3, 4, 220 + i, under=one) for i, one in enumerate(contexts)))
    settings = [(3, 4, 0), (3, 4, 0), (2, 4, 0), (3, 3, 1), (3, 4, 0, 0.0), (3, 4, 0, 2.0)]
    several = [drawn(5, *one[:2], 230 + i, *one[2:], keep=True) for i, one in enumerate(settings)]
    yield "several-calls", case(*(one | dict(echo=True) for one in several))


def tensors():
    layouts = enumerate(("strided", "transposed"))
    views = [
        drawn(5, 3, 4, 240 + i, prompt=(1, 2, 3, 0), contexts=11, layout=one) for i, one in layouts
    ]
    yield "layouts", case(*(one | dict(echo=True) for one in views))
    yield "float64", case(drawn(6, 3, 5, 250, **DOUBLE), drawn(5, 4, 6, 251, 2, 0.6, **DOUBLE))
    close = dict(sum_zero=True, offset=4096.0, **DOUBLE)
    yield "cancelling-float64", case(drawn(5, 3, 5, 260, **close), drawn(6, 4, 3, 261, **close))


def best(one, least=0.0):
    """The tokens and the score, by the statement's words. Raises TooCloseError where two sums or
    scores are near each other, the order matters, and the statement doesn't say that they tie."""
    spec = one["table"]
    table = make_tensor(spec).double().tolist()
    least = least or NEAREST[spec.get("dtype", "float32")]
    prompt, eos, room = one["prompt"]["values"], one["eos"], one["max_new_tokens"]
    left, alpha = one["beam_size"], one.get("alpha", 1.0)
    live, finished = [((), ())], []  # the new tokens, and the log probability of each
    for length in range(1, room + 1):
        candidates = []
        for new, logs in live:
            row = table[place((*prompt, *new), len(table[0]), len(table))]
            top = max(row)
            log_sum = math.log(math.fsum(math.exp(x - top) for x in row))
            candidates += [((*new, i), (*logs, x - top - log_sum)) for i, x in enumerate(row)]
        candidates = [each for each in candidates if sum(each[1]) > -math.inf]
        candidates.sort(key=lambda each: -sum(each[1]))  # which keeps the order of equal ones
        sums = [(sum(logs), logs) for _, logs in candidates]
        check_distance(sums[:left], sums[left:], least)
        live = []
        for new, logs in candidates[:left]:
            if new[-1] == eos or length == room:
                # A sum of two equal ones, halved, is exactly one of them.
                halved = alpha == 1 and length == 2 and logs[0] == logs[1]
                score = sum(logs) / length**alpha
                finished.append((new, score, logs[:1] if halved else logs))
            else:
                live.append((new, logs))
        if not live:
            break
    finished.sort(key=lambda each: -each[1])
    scores = [each[1:] for each in finished]
    check_distance(scores[:1], scores[1:], least)
    return finished[0][:2]


def check_distance(taken, others, least):
    """The statement promises that rounding decides nothing: what is taken and what isn't differ by
    more than `least`, or are sums of the same numbers in the same order."""
    worst, _ = taken[-1]
    if others and worst - others[0][0] <= least:
        near = {logs for total, logs in taken + others if abs(total - worst) <= least}
        if len(near) > 1:
            raise TooCloseError(near)


def answer_part(part):
    again = []
    for prefix, one in named_calls(part["calls"]):
        table, prompt = make_tensor(one["table"]), make_tensor(one["prompt"])
        tokens, score = best(one)
        out = exactly(torch.tensor(tokens, dtype=torch.int64))
        if one["returned"]:
            score = torch.tensor(score, dtype=torch.float64)
            out = rounded(score, one["table"].get("dtype", "float32"))
        yield f"{prefix}out", out
        if one["echo"]:
            yield f"{prefix}table", unchanged(table)
            yield f"{prefix}prompt", unchanged(prompt)
        if one.get("keep"):
            again.append((f"{prefix}out.kept", kept(out if one["returned"] else out.tensor)))
    yield from again


def answer(made):
    return part_answers(made, answer_part)


write_data(PACKAGE, samples(), secrets(), answer)
