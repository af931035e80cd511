"""Calls the submission's init_lora many times, answers with facts about what came.

What is drawn is random, so the answers are facts that hold for every right start, each with a
chance of failing below one in a hundred million.
"""

import torch

from runner import cases, harness


def main():
    case = harness.read_case()
    init_lora = harness.entry("init_lora", "def init_lora(in_features, out_features, r)")
    sizes = case["in_features"], case["out_features"], case["r"]
    pairs = [pair(init_lora(*sizes)) for _ in range(case["calls"])]
    a, b = pairs[0]
    answer_kind("a", a)
    answer_kind("b", b)
    cases.emit_tensor("b", b)
    answer_gradients(a, b, sizes)
    answer_draws([a.detach().double() for a, _ in pairs], 1 / case["in_features"] ** 0.5)
    answer_generator(init_lora, sizes, case["seed"])


def pair(returned):
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise TypeError(f"init_lora must return (a, b), not {type(returned).__name__}")
    return returned


def answer_kind(name, tensor):
    cases.checked(name, tensor)
    harness.emit_value(f"{name}.shape", "x".join(map(str, tensor.shape)))
    harness.emit_value(f"{name}.dtype", tensor.dtype)
    harness.emit_value(f"{name}.requires_grad", tensor.requires_grad)
    harness.emit_value(f"{name}.is_leaf", tensor.is_leaf)


def answer_gradients(a, b, sizes):
    """The first gradients of sum(x a^T b^T) for x of ones: a's is zero, b's row is sum(a)."""
    in_features, out_features, r = sizes
    if (a.shape, b.shape) != ((r, in_features), (out_features, r)):
        return  # told by the facts above
    x = torch.ones(3, in_features, dtype=a.dtype)
    cases.backward(x @ a.T @ b.T, torch.ones(3, out_features, dtype=a.dtype))
    cases.emit_tensor("grad.a", cases.gradient(a))
    rows = 3 * a.detach().sum(dim=1).expand(out_features, -1)
    close = torch.allclose(cases.gradient(b), rows, rtol=1e-3, atol=1e-3)
    harness.emit_value("grad.b_comes_from_a", close)


def answer_draws(drawn, bound):
    """Facts about all the numbers drawn in all the calls.

    Each is so, or not so, of a way to draw; none hangs on the numbers that came this time.
    """
    values = torch.stack(drawn).flatten()
    harness.emit_value("a.within_bound", bool((values.abs() <= bound * (1 + 1e-6)).all()))
    harness.emit_value("a.reaches_bound", bool(values.abs().max() >= 0.99 * bound))
    harness.emit_value("a.centred", bool(values.mean().abs() <= 0.06 * values.abs().max()))
    inner = (values.abs() < bound / 2).double().mean()
    harness.emit_value("a.uniform", bool(0.45 <= inner <= 0.55))
    harness.emit_value("a.all_drawn", values.unique().numel() >= 0.9 * values.numel())


def answer_generator(init_lora, sizes, seed):
    """The same numbers after the same seed, others after another, others in the next call."""
    torch.manual_seed(seed)
    first, second = init_lora(*sizes)[0], init_lora(*sizes)[0]
    torch.manual_seed(seed)
    again = init_lora(*sizes)[0]
    torch.manual_seed(seed + 1)
    other = init_lora(*sizes)[0]
    harness.emit_value("seed.drawn_anew", not torch.equal(first, second))
    harness.emit_value("seed.repeats", torch.equal(first, again))
    harness.emit_value("seed.other_differs", not torch.equal(first, other))


if __name__ == "__main__":
    main()
