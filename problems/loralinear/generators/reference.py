"""The right answers of a case: from matrices in float64, with gradients by formula.

With s = alpha / r, W the base's weight, and G the gradient of the loss by the output:
    out = x W^T + bias + s (x A^T) B^T
    grad x = G W + s G B A,  grad A = s B^T G^T x,  grad B = s G^T x A^T
"""

import itertools

import torch

from runner import calls, cases
from tools.case_writer import Relation, Ruled, exactly, kept, rounded, unchanged

LORA = ["lora_a", "lora_b"]


class Reference:
    """The layer as the statement's formulas have it, in float64."""

    def __init__(self, made):
        self.made = made
        self.base = {n: cases.make_tensor(s).double() for n, s in made["base"].items()}
        self.dtype = made["base"]["weight"].get("dtype", "float32")
        self.out_features, self.in_features = self.base["weight"].shape
        self.scale = made["alpha"] / made["r"]
        self.a = None
        self.b = torch.zeros(self.out_features, made["r"], dtype=torch.float64)
        self.merged = None
        self.seeds = itertools.count(10_000)
        self.again = []

    def update(self):
        """What the layer adds to the base's weight (out, in), while it is not merged."""
        if self.merged is not None or self.a is None:
            return torch.zeros_like(self.base["weight"])
        return self.scale * (self.b @ self.a)

    def weight(self):
        """The base's weight as it is now."""
        return self.base["weight"] + (0 if self.merged is None else self.merged)

    def call(self, x):
        bias = self.base.get("bias", 0)
        return x @ self.weight().T + bias + x @ self.update().T

    def gradients(self, x, g):
        flat, back = x.reshape(-1, self.in_features), g.reshape(-1, self.out_features)
        found = {"x": g @ (self.weight() + self.update())}
        found |= {f"base.{name}": torch.zeros_like(one) for name, one in self.base.items()}
        if self.a is not None and self.merged is None:
            found["lora_a"] = self.scale * self.b.T @ back.T @ flat
            found["lora_b"] = self.scale * back.T @ (flat @ self.a.T)
        return found

    def random(self, shape, dtype=torch.float32):
        """Numbers for an example, in [0, 1)."""
        return cases.make_tensor(dict(seed=next(self.seeds), shape=list(shape))).to(dtype) / 2 + 0.5


def answer(made):
    for part_prefix, part in calls.parts(made):
        for name, entry in answer_part(part):
            if isinstance(entry, Relation):
                entry = Relation(entry.kind, part_prefix + entry.other)
            yield part_prefix + name, entry


def answer_part(made):
    layer = Reference(made)
    for step in made["steps"]:
        prefix = f"{step['name']}." if "name" in step else ""
        for name, entry in ANSWERS[step["do"]](layer, step) or ():
            if isinstance(entry, Relation):
                entry = Relation(entry.kind, prefix + entry.other)
            yield prefix + name, entry
    yield from layer.again
    yield from relations(made)


def answer_load(layer, step):
    given = {n: cases.make_tensor(s).double() for n, s in step["weights"].items()}
    layer.a, layer.b = given.get("lora_a", layer.a), given.get("lora_b", layer.b)
    for name in layer.base:
        layer.base[name] = given.get(f"base.{name}", layer.base[name])


def answer_call(layer, step):
    x = cases.make_tensor(step["x"])
    out = rounded(layer.call(x.double()), layer.dtype)
    if "device" in step:
        yield "out", out.to("meta")
        return
    if "chances" in step:
        out = example(layer, step["chances"], out.shape)
    yield "out", out
    if step.get("keep"):
        layer.again.append((f"{step['name']}.out.kept", kept(out)))
    if "probe" in step:
        yield from answer_gradients(layer, step, x.double(), out)
    if step.get("echo", True):
        yield "x", unchanged(x)


def answer_gradients(layer, step, x, out):
    found = layer.gradients(x, cases.make_tensor(step["probe"]).double())
    if "chances" in step:
        # The right ones depend on what was dropped: `relations` says how.
        found["x"] = found["lora_a"] = found["lora_b"] = None
    default = [*LORA, *(f"base.{name}" for name in layer.base)]
    names = ["x"] if "x" in step.get("needs", ["x"]) else []
    for name in [*names, *step.get("of", default)]:
        if found[name] is None:
            whole = out.tensor if name == "x" else out.tensor.expand(layer.made["r"], -1)
            yield f"grad.{name}", Ruled(whole, "any")
        else:
            grad = rounded(found[name], layer.dtype)
            yield f"grad.{name}", Ruled(grad, "frozen") if name.startswith("base.") else grad


def example(layer, chances, shape):
    """Numbers as dropout may give them: each value with its probability."""
    uniform, below, found = layer.random(shape), 0.0, torch.zeros(shape)
    for value, chance in chances:
        found[uniform >= below] = value
        below += chance
    return Ruled(found, "choice=" + ",".join(f"{value!r}:{chance!r}" for value, chance in chances))


def relations(made):
    """What holds between the answers of calls with dropout."""
    random = [step for step in made["steps"] if "chances" in step]
    for one, other in itertools.combinations([f"{step['name']}.out" for step in random], 2):
        yield one, Relation("different", other)
    for step in random:
        name = step["name"]
        if "probe" in step:
            for grad in ("x", *step["of"]):
                yield f"{name}.grad.{grad}", Relation("close", f"{name}.out")


def answer_state(layer, step):
    own = {"lora_a": layer.a, "lora_b": layer.b}
    for owner in ("base", "given"):
        own |= {f"{owner}.weight": layer.weight(), f"{owner}.bias": layer.base.get("bias")}
    for name in step["of"]:
        found = rounded(own[name], layer.dtype)
        if name == "lora_b" and layer.a is None:
            yield name, exactly(found)
        else:
            yield name, found


def answer_trainable(layer, step):
    count = layer.made["r"] * (layer.in_features + layer.out_features)
    yield "trainable_numbers", Ruled(torch.tensor(count), "trainable")


def answer_descend(layer, step):
    x, g = (cases.make_tensor(step[name]).double() for name in ("x", "probe"))
    for _ in range(step["times"] if layer.merged is None else 0):
        found = layer.gradients(x, g)
        layer.a = layer.a - step["rate"] * found["lora_a"]
        layer.b = layer.b - step["rate"] * found["lora_b"]


def answer_start(layer, step):
    bound, r = layer.in_features**-0.5, layer.made["r"]
    drawn = (2 * layer.random((step["layers"], r, layer.in_features)) - 1) * bound
    yield "lora_b", exactly(rounded(layer.b, layer.dtype))
    yield "first.lora_a", Ruled(drawn[0], "any")
    yield "second.lora_a", Ruled(drawn[1], "any")
    yield "all.lora_a", Ruled(drawn, f"uniform={-bound!r},{bound!r}")
    yield "first.lora_a", Relation("different", "second.lora_a")


def answer_merge(layer, step):
    if layer.merged is None:
        layer.merged = layer.update()


def answer_unmerge(layer, step):
    layer.merged = None


ANSWERS = {
    "load": answer_load,
    "call": answer_call,
    "state": answer_state,
    "trainable": answer_trainable,
    "descend": answer_descend,
    "start": answer_start,
    "merge": answer_merge,
    "unmerge": answer_unmerge,
    "train": lambda layer, step: None,
    "eval": lambda layer, step: None,
}
