"""Writes data/: the cases, and the answers by the definition.

    python problems/adamwstep/generators/generate.py      (in the runner's environment)

Loshchilov and Hutter: Decoupled Weight Decay Regularization, ICLR 2019, algorithm 2, with the
learning rate as a factor of the decay, as torch.optim.AdamW has it. In float64.
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner.calls import named  # noqa: E402  (found through the line above)
from runner.cases import make_tensor  # noqa: E402
from tools.case_writer import kept, part_answers, rounded, unchanged, write_data  # noqa: E402

FIRST = dict(lr=0.1, weight_decay=0.1)


def tensor(seed, shape, scale=1.0, dtype="float32", layout="", **more):
    made = dict(seed=seed, shape=list(shape), dtype=dtype, scale=scale, **more)
    return made | (dict(layout=layout) if layout else {})


def steps(name, shape, seed, settings, dtype="float32", layout="", scales=None, **more):
    """One step of the parameter `name` for each of `settings`, which are a call's; the gradients'
    sizes are `scales`."""
    scales = scales or [1.0] * len(settings)
    return [
        dict(of=name, grad=tensor(seed + i, shape, scale, dtype, layout), **one, **more)
        for i, (scale, one) in enumerate(zip(scales, settings, strict=True))
    ]


def one(shape, seed, settings, dtype="float32", layout="", scales=None, param_scale=0.5, **more):
    """A case with one parameter, `w`."""
    return dict(
        params=dict(w=tensor(seed, shape, param_scale, dtype, layout)),
        calls=steps("w", shape, seed + 1, settings, dtype, layout, scales, **more),
    )


def together(**parts):
    """Cases that share a test."""
    return dict(parts=[dict(name=name, **made) for name, made in parts.items()])


def written(values):
    return dict(values=values, dtype="float32")


def samples():
    params = dict(w=written([[1, 2], [-1, 0.5]]))
    grads = [[[1, -0.5], [2, 0]], [[1, 0.5], [-1, 0.25]]]
    first = dict(of="w", grad=written(grads[0]), lr=0.1, weight_decay=0.5)
    yield "1", dict(params=params, calls=[first])
    yield "2-two-steps", dict(params=params, calls=[first, {**first, "grad": written(grads[1])}])


def secrets():
    plain, decayed = dict(lr=0.1, weight_decay=0.0), dict(lr=0.5, weight_decay=0.4)
    yield (
        "first-step",
        together(
            plain=one((3, 4), 100, [plain]),
            decayed=one((4, 3), 110, [decayed]),
            some_decay=one((2, 5), 120, [FIRST], param_scale=3.0),
            vector=one((6,), 130, [decayed]),
        ),
    )
    sizes = [1.0, 3.0, 0.1, 0.02, 1.0, 0.3]
    yield (
        "several-steps",
        together(
            decayed=one((3, 4), 200, [FIRST] * 6, scales=sizes),
            plain=one((5,), 220, [plain] * 5, scales=sizes[:5]),
        ),
    )
    yield from settings(sizes)
    yield from parameters(decayed)
    yield from tensors(sizes)


def settings(sizes):
    yield (
        "defaults",
        together(
            all=one((3, 2), 300, [{}] * 3, param_scale=0.01),
            all_but_lr=one((4, 3), 310, [dict(lr=0.5)] * 4, scales=sizes[:4]),
            decay_alone=one((2, 3), 320, [dict(lr=1.0, betas=[0.5, 0.5])] * 2, param_scale=4.0),
        ),
    )
    betas = ([0.5, 0.9], [0.0, 0.5], [0.95, 0.6], [0.8, 0.8])
    yield (
        "betas",
        together(
            **{
                f"set_{i}": one(
                    (2, 3), 330 + 10 * i, [FIRST | dict(betas=pair)] * 4, scales=sizes[:4]
                )
                for i, pair in enumerate(betas)
            }
        ),
    )
    large = [FIRST | dict(eps=0.5)] * 3
    zero = one((2, 3), 400, [FIRST] * 2)
    zero["calls"][0]["grad"] = written([[0, 1, 0], [0.5, 0, -1]])
    zero["calls"][1]["grad"] = written([[0, 0.5, 1], [0.5, 0, -1]])
    tiny = [dict(lr=0.1, weight_decay=0.0)] * 3
    yield (
        "eps",
        together(
            large=one((3, 4), 380, large, scales=sizes[:3]),
            zero_gradients=zero,
            tiny_gradients=one((3, 3), 410, tiny, scales=[2e-8, 1e-8, 3e-8]),
            small_eps=one((3, 3), 420, [dict(one, eps=1e-4) for one in tiny], scales=[1e-4] * 3),
        ),
    )
    rates = [(0.0, 0.0), (0.1, 0.0), (0.2, 0.5), (0.05, 2.0), (0.3, 0.1)]
    changing = [dict(lr=lr, weight_decay=decay) for lr, decay in rates]
    zeros = one((2, 3), 450, [dict(lr=0.5, weight_decay=0.4), dict(lr=0.25, weight_decay=0.8)])
    for call in zeros["calls"]:
        call["grad"] = written([[0, 0, 0], [0, 0, 0]])
    yield "changing-rates", together(both=one((3, 4), 430, changing), decay_alone=zeros)


def parameters(decayed):
    shapes = dict(w=(3, 4), u=(3, 4), b=(4,))
    params = {name: tensor(500 + i, shape, 0.5) for i, (name, shape) in enumerate(shapes.items())}
    turns = ["w", "u", "w", "b", "w", "u", "b", "b"]
    calls = [
        dict(of=name, grad=tensor(510 + i, shapes[name]), **FIRST) for i, name in enumerate(turns)
    ]
    for name in shapes:
        next(call for call in calls[::-1] if call["of"] == name)["keep"] = True
    yield "several-parameters", dict(params=params, calls=calls)
    sizes = dict(
        one_row=(1, 4), one_column=(4, 1), one_number=(1, 1), square=(4, 4),
        no_dimension=(), vector=(5,), vector_of_one=(1,), three=(2, 1, 3), four=(2, 3, 1, 2),
    )  # fmt: skip
    yield (
        "sizes",
        together(
            **{
                name: one(shape, 530 + 10 * i, [decayed, FIRST])
                for i, (name, shape) in enumerate(sizes.items())
            }
        ),
    )
    trained = one((3, 4), 640, [FIRST] * 2) | dict(trained=dict(w=tensor(649, (3, 4))))
    yield (
        "training",
        together(
            trained=trained,
            under_no_grad=one((2, 3), 650, [FIRST] * 2, under="no_grad")
            | dict(trained=dict(w=tensor(659, (2, 3)))),
            not_trainable=one((2, 3), 660, [FIRST] * 2) | dict(trainable=False),
        ),
    )
    yield "gradients-written-over", one((3, 4), 670, [FIRST] * 4, overwrite=True)


def tensors(sizes):
    yield (
        "layouts",
        together(
            **{
                layout: one((3, 4), 700 + 10 * i, [FIRST] * 2, layout=layout)
                for i, layout in enumerate(("strided", "transposed"))
            }
        ),
    )
    deep = one((3, 4), 730, [FIRST] * 4, "float64", scales=sizes[:4])
    yield "float64", together(matrix=deep, vector=one((5,), 740, [{}] * 2, "float64"))
    # 4096 + a, then -2048 + b, with beta1 = 0.5: of m only (a + 2b) / 4 is left.
    far = one((3, 4), 750, [dict(lr=0.001), dict(lr=3000.0)], "float64", betas=[0.5, 0.9])
    for call, offset in zip(far["calls"], (4096.0, -2048.0), strict=True):
        call["grad"] |= dict(sum_zero=True, offset=offset)
        call["weight_decay"] = 0.0
    yield "cancelling-float64", far
    meta = dict(device="meta", param=tensor(770, (3, 4)), grad=tensor(771, (3, 4)))
    here = one((2, 3), 780, [FIRST])
    yield "another-device", here | dict(calls=[*here["calls"], meta])


def answer_part(part):
    params = {name: make_tensor(spec).double() for name, spec in part["params"].items()}
    states = dict.fromkeys(params, (0, 0.0, 0.0))
    again = []
    for prefix, call in named(part["calls"]):
        if "device" in call:
            yield f"{prefix}out", make_tensor(call["param"]).to(call["device"])
            continue
        grad, name = make_tensor(call["grad"]), call["of"]
        params[name], states[name] = step(params[name], grad.double(), states[name], call)
        out = rounded(params[name], part["params"][name]["dtype"])
        yield f"{prefix}out", out
        yield f"{prefix}grad", unchanged(grad)
        if call.get("keep"):
            again.append((f"{prefix}out.kept", kept(out)))
    yield from again
    for name, spec in part.get("trained", {}).items():
        yield f"trained.{name}", make_tensor(spec)


def step(param, grad, state, call):
    """The parameter and its state after the call."""
    lr, decay = call.get("lr", 1e-3), call.get("weight_decay", 0.01)
    (beta1, beta2), eps = call.get("betas", (0.9, 0.999)), call.get("eps", 1e-8)
    t, m, v = state
    t, m, v = t + 1, beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
    update = m / (1 - beta1**t) / (torch.sqrt(v / (1 - beta2**t)) + eps)
    return param - lr * decay * param - lr * update, (t, m, v)


def answer(made):
    return part_answers(made, answer_part)


write_data(PACKAGE, samples(), secrets(), answer)
