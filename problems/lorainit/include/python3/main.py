"""Calls the submission's init_lora many times, answers with what came.

What is drawn is random: the answer file says from which distribution, and which draws must be the
same or differ.
"""

from runner import cases, harness


def main():
    case = harness.read_case()
    init_lora = harness.entry("init_lora", "def init_lora(in_features, out_features, r)")
    sizes = case["in_features"], case["out_features"], case["r"]
    pairs = [pair(init_lora(*sizes)) for _ in range(case["calls"])]
    # Only now is anything looked at: a later call must not have changed an earlier result.
    for name, (a, b) in (("first", pairs[0]), ("last", pairs[-1])):
        cases.emit_tensor(f"{name}.a", a)
        cases.emit_tensor(f"{name}.b", b)
    answer_gradients(*pairs[0], case["probes"])
    cases.emit_stack("all.a", [a for a, _ in pairs])
    answer_seeded(init_lora, sizes, case["seed"])


def pair(returned):
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise TypeError(f"init_lora must return (a, b), not {type(returned).__name__}")
    return returned


def answer_gradients(a, b, probes):
    """The gradients of sum(a * probe) and sum(b * probe): the probes, for leaves that need them."""
    for name, tensor in (("a", a), ("b", b)):
        cases.backward(tensor, cases.make_tensor(probes[name]))
        cases.emit_tensor(f"first.grad.{name}", cases.gradient(tensor))


def answer_seeded(init_lora, sizes, seed):
    """After a seed, in the next call, after the same seed, after another."""
    drawn = {}
    cases.seed(seed)
    drawn["seeded"], drawn["next"] = (pair(init_lora(*sizes))[0] for _ in range(2))
    cases.seed(seed)
    drawn["same_seed"] = pair(init_lora(*sizes))[0]
    cases.seed(seed + 1)
    drawn["other_seed"] = pair(init_lora(*sizes))[0]
    for name, a in drawn.items():
        cases.emit_tensor(f"{name}.a", a)


if __name__ == "__main__":
    main()
