"""Writes data/: the cases, and the answers from matrices in float64 with gradients by formula.

    python problems/loralinear/generators/generate.py      (in the runner's environment)

With s = alpha / r, W the base's weight, and G the gradient of the loss by the output:
    out = x W^T + bias + s (x A^T) B^T
    grad x = G W + s G B A,  grad A = s B^T G^T x,  grad B = s G^T x A^T
"""

import sys
from pathlib import Path

import torch

PACKAGE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PACKAGE.parents[1]))

from runner import cases  # noqa: E402  (found through the line above)
from tools.case_writer import rounded, write_data  # noqa: E402

BASE = ["base.weight", "base.bias"]
LORA = ["lora_a", "lora_b"]


def drawn(seed, *shape, dtype="float32", **more):
    return dict(seed=seed, shape=list(shape), dtype=dtype, **more)


def case(sizes, seed, steps, bias=True, dtype="float32", **more):
    """`sizes` is (in, out, r, alpha)."""
    in_features, out_features, r, alpha = sizes
    base = dict(weight=drawn(seed, out_features, in_features, dtype=dtype, scale=0.7))
    if bias:
        base["bias"] = drawn(seed + 1, out_features, dtype=dtype)
    return dict(r=r, alpha=alpha, **more, base=base, steps=steps)


def load(sizes, seed, only=LORA, dtype="float32"):
    in_features, out_features, r, _ = sizes
    shapes = dict(lora_a=(r, in_features), lora_b=(out_features, r))
    weights = {n: drawn(seed + i, *shapes[n], dtype=dtype) for i, n in enumerate(only)}
    return dict(do="load", weights=weights)


def forward(name, seed, *shape, dtype="float32", **more):
    """`more`: `out_features` for a probe, `of` for whose gradients, `echo`, `strided`."""
    layout = dict(strided=True) if more.pop("strided", False) else {}
    step = dict(do="forward", name=name, x=drawn(seed, *shape, dtype=dtype, **layout))
    if "out_features" in more:
        step["probe"] = drawn(seed + 1, *shape[:-1], more.pop("out_features"), dtype=dtype)
    return {**step, **more}


def state(name, of):
    return dict(do="state", name=name, of=of)


def do(*words):
    return [dict(do=word) for word in words]


def samples():
    base = dict(weight=dict(values=[[1, 0, 2], [0, -1, 1]]), bias=dict(values=[0.5, 0]))
    lora = dict(lora_a=dict(values=[[1, 1, 0]]), lora_b=dict(values=[[2], [-1]]))
    given = dict(do="load", weights=lora)
    x = dict(values=[[1, 2, 3], [0, 1, -1]])
    start = dict(do="forward", name="start", x=x)
    loaded = dict(do="forward", name="loaded", x=x)
    yield "1", dict(r=1, alpha=2, base=base, steps=[start, given, loaded])
    base = dict(weight=dict(values=[[1, 2], [0, -1]]))
    lora = dict(lora_a=dict(values=[[1, 3]]), lora_b=dict(values=[[2], [-1]]))
    loaded = dict(do="forward", x=dict(values=[[1, 2]]))
    steps = [dict(do="load", weights=lora), *do("merge"), state("merged", ["base.weight"])]
    steps += [dict(loaded, name="merged"), *do("unmerge"), state("apart", ["base.weight"])]
    yield "2-merge", dict(r=1, alpha=2, base=base, steps=[*steps, dict(loaded, name="apart")])


def secrets():
    yield from forwards()
    yield from starts()
    yield from gradients()
    yield from merges()
    yield from dropouts()


def forwards():
    sizes = (6, 4, 2, 8)
    plain = [load(sizes, 110), forward("two", 112, 5, 6, echo=True)]
    yield "forward", case(sizes, 100, plain)
    several = [
        forward("one", 122, 6),
        forward("three", 124, 2, 3, 6),
        forward("four", 126, 2, 1, 3, 6),
        forward("again", 122, 6),
    ]
    yield "leading-dimensions", case(sizes, 118, [load(sizes, 120), *several])
    bare = [load(sizes, 130), forward("two", 132, 3, 6), *do("merge"), forward("merged", 132, 3, 6)]
    yield "no-bias", case(sizes, 128, bare, bias=False)
    for name, sizes in (
        ("rank-one", (5, 7, 1, 3)),
        ("alpha-below-r", (5, 4, 4, 1)),
        ("alpha-float", (4, 6, 3, 0.75)),
        ("rank-above-both", (3, 2, 5, 10)),
    ):
        seed = 140 + sum(map(ord, name))
        steps = [load(sizes, seed), forward("two", seed + 2, 4, sizes[0])]
        yield name, case(sizes, seed + 4, steps)
    sizes = (6, 4, 2, 4)
    view = forward("views", 162, 3, 2, 6, strided=True, echo=True, out_features=4)
    yield "strided", case(sizes, 158, [load(sizes, 160), view])


def starts():
    sizes = (6, 4, 2, 8)
    fresh = [state("start", ["lora_b", *BASE]), forward("start", 202, 3, 6), dict(do="facts")]
    yield "at-the-start", case(sizes, 200, fresh)
    yield "at-the-start-no-bias", case((5, 3, 3, 3), 210, [dict(do="facts")], bias=False)
    yield "at-the-start-float64", case(sizes, 220, [dict(do="facts")], dtype="float64")
    yield "at-the-start-other-device", case(sizes, 230, [dict(do="facts")], device="meta")
    elsewhere = case((3, 5, 1, 1), 235, [dict(do="facts")], False, "float64", device="meta")
    yield "at-the-start-other-device-float64", elsewhere
    # 4,000 numbers or more: then no right layer fails by chance.
    yield "how-a-is-drawn", case((16, 3, 64, 8), 240, [dict(do="start", layers=4)])
    yield "how-a-is-drawn-wide", case((250, 2, 16, 8), 250, [dict(do="start", layers=1)])


def gradients():
    sizes = (6, 4, 2, 8)
    yield "gradients", case(sizes, 300, [load(sizes, 302), forward("g", 304, 5, 6, out_features=4)])
    start = [load(sizes, 312, ["lora_a"]), forward("g", 314, 5, 6, out_features=4)]
    yield "gradients-at-the-start", case(sizes, 310, start)
    deep = [load(sizes, 322, dtype="float64")]
    deep.append(forward("g", 324, 2, 3, 6, dtype="float64", out_features=4, echo=True))
    yield "gradients-float64", case(sizes, 320, deep, dtype="float64")
    for bias in (True, False):
        descend = dict(
            do="descend", times=2, rate=0.125, x=drawn(334, 5, 6), probe=drawn(335, 5, 4)
        )
        own = BASE if bias else BASE[:1]
        steps = [load(sizes, 332), descend, state("after", own + LORA), forward("after", 336, 2, 6)]
        yield "two-steps" + ("" if bias else "-no-bias"), case(sizes, 330, steps, bias=bias)


def merges():
    square = (5, 5, 2, 6)
    weight, sizes = ["base.weight"], (6, 4, 2, 8)
    once = [load(square, 402), *do("merge"), state("merged", BASE), forward("merged", 404, 3, 5)]
    once += [*do("unmerge"), state("apart", BASE), forward("apart", 404, 3, 5)]
    yield "merge", case(square, 400, once)
    twice = [load(sizes, 412), *do("merge", "merge"), state("merged", weight)]
    twice += [forward("merged", 414, 3, 6), *do("unmerge", "unmerge"), state("apart", weight)]
    twice += [forward("apart", 414, 3, 6), *do("merge"), state("again", weight)]
    yield "merge-twice", case(sizes, 410, twice)
    early = [load(sizes, 422), *do("unmerge"), state("apart", weight), forward("apart", 424, 3, 6)]
    yield "unmerge-first", case(sizes, 420, early)
    changed = [load(sizes, 432), *do("merge"), load(sizes, 434), *do("merge")]
    changed += [state("merged", weight), forward("merged", 436, 3, 6), *do("unmerge")]
    changed += [state("apart", weight), forward("apart", 436, 3, 6), *do("merge")]
    yield "changed-while-merged", case(sizes, 430, [*changed, state("again", weight)])
    facts = [load(sizes, 442), *do("merge"), dict(do="facts", name="merged")]
    facts.append(forward("merged", 444, 3, 6, out_features=4, of=[], echo=True))
    facts += [*do("unmerge"), dict(do="facts", name="apart")]
    yield (
        "merged-gradients",
        case(sizes, 440, [*facts, forward("apart", 446, 3, 6, out_features=4)]),
    )
    double = [load(square, 452, dtype="float64"), *do("merge"), state("merged", BASE)]
    double += [*do("unmerge"), state("apart", BASE)]
    yield "merge-float64", case(square, 450, double, dtype="float64")
    other = [load(sizes, 462), *do("merge"), load(sizes, 464, ["lora_b"]), *do("unmerge")]
    other += [state("apart", weight), *do("merge"), forward("merged", 466, 2, 6)]
    yield "changed-while-merged-no-bias", case(sizes, 460, other, bias=False)
    still = dict(do="descend", times=2, rate=0.125, x=drawn(476, 5, 6), probe=drawn(477, 5, 4))
    steps = [load(sizes, 472), *do("merge"), still, state("merged", BASE + LORA), *do("unmerge")]
    yield "two-steps-while-merged", case(sizes, 470, [*steps, state("apart", BASE)])


def dropouts():
    """Over so many numbers that nobody passes because none, or all, happen to be dropped."""
    sizes = (6, 4, 2, 8)
    calm = [load(sizes, 502), *do("eval"), forward("eval", 504, 8, 6)]
    yield "dropout-eval", case(sizes, 500, calm, dropout=0.5)
    merged = [load(sizes, 512), *do("merge"), forward("merged", 514, 16, 6)]
    yield "dropout-merged", case(sizes, 510, merged, dropout=0.5)
    calm = [load(sizes, 506, dtype="float64"), *do("eval"), *do("train"), *do("eval")]
    calm.append(forward("eval", 508, 2, 4, 6, dtype="float64", out_features=4))
    yield "dropout-eval-gradients", case(sizes, 505, calm, dtype="float64", dropout=0.7)
    merged = [load(sizes, 516), *do("eval", "merge", "train")]
    merged.append(forward("merged", 518, 16, 6, out_features=4, of=[]))
    yield "dropout-merged-gradients", case(sizes, 515, merged, False, dropout=0.6)
    yield "dropout-zero", case(sizes, 520, [load(sizes, 522), forward("t", 524, 3, 6)], dropout=0.0)
    yield "dropout-train", identities(0.5)
    yield "dropout-train-two-fifths", identities(0.4)
    yield "dropout-train-sum", summing(0.5)
    yield "dropout-train-sum-two-fifths", summing(0.4)


def identities(p, size=64):
    """lora_b @ lora_a is the identity: an input of ones shows which entries were kept."""
    lora = dict(do="load", weights={name: dict(eye=size) for name in LORA})
    look = dict(do="dropped", rows=64, most=8, mean=1.0, mixed=["row", "column"])
    sizes = (size, size, size, size)
    return case(sizes, 530, [lora, look], False, dropout=p)


def summing(p):
    """The layer adds the sum of what was kept to both outputs: dropout comes before lora_a."""
    lora = dict(lora_a=dict(values=[[1.0] * 4]), lora_b=dict(values=[[1.0], [2.0]]))
    look = dict(do="dropped", rows=2048, most=20, mean=6.0, mixed=["column"])
    return case((4, 2, 1, 1), 540, [dict(do="load", weights=lora), look], False, dropout=p)


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
        if self.merged is None:
            found["lora_a"] = self.scale * self.b.T @ back.T @ flat
            found["lora_b"] = self.scale * back.T @ (flat @ self.a.T)
        return found


def answer(made):
    layer = Reference(made)
    for step in made["steps"]:
        prefix = f"{step['name']}." if "name" in step else ""
        for name, entry in ANSWERS[step["do"]](layer, step) or ():
            plain = isinstance(entry, str)
            yield prefix + name, entry if plain else rounded(entry, layer.dtype)


def answer_load(layer, step):
    given = {n: cases.make_tensor(s).double() for n, s in step["weights"].items()}
    layer.a, layer.b = given.get("lora_a", layer.a), given.get("lora_b", layer.b)


def answer_forward(layer, step):
    x = cases.make_tensor(step["x"]).double()
    yield "out", layer.call(x)
    if "probe" in step:
        found = layer.gradients(x, cases.make_tensor(step["probe"]).double())
        for name in ["x", *step.get("of", LORA)]:
            yield f"grad.{name}", found[name]
    if step.get("echo"):
        yield "x", x


def answer_state(layer, step):
    own = {"lora_a": layer.a, "lora_b": layer.b, "base.weight": layer.weight()}
    own["base.bias"] = layer.base.get("bias")
    for name in step["of"]:
        yield name, own[name]


def answer_facts(layer, step):
    yield "base_is_the_given_one", "true"
    for name in [*LORA, *(f"base.{n}" for n in layer.base)]:
        yield f"{name}.requires_grad", str(name in LORA).lower()
    r = layer.made["r"]
    for name, shape in (
        ("lora_a", f"{r}x{layer.in_features}"),
        ("lora_b", f"{layer.out_features}x{r}"),
    ):
        yield f"{name}.shape", shape
        yield f"{name}.dtype", f"torch.{layer.dtype}"
        yield f"{name}.device", layer.made.get("device", "cpu")
    yield "trainable_numbers", str(r * (layer.in_features + layer.out_features))


def answer_descend(layer, step):
    x, g = (cases.make_tensor(step[name]).double() for name in ("x", "probe"))
    for _ in range(step["times"] if layer.merged is None else 0):
        found = layer.gradients(x, g)
        layer.a = layer.a - step["rate"] * found["lora_a"]
        layer.b = layer.b - step["rate"] * found["lora_b"]


def answer_start(layer, step):
    for fact in (
        "within_bound",
        "reaches_bound",
        "centred",
        "uniform",
        "many_values",
        "drawn_anew",
    ):
        yield f"a.{fact}", "true"
    yield "lora_b", layer.b


def answer_dropped(layer, step):
    """Kept inputs are scaled by 1 / (1 - p); the driver rounds to two digits."""
    kept = 1 / (1 - layer.made["dropout"])
    whole = layer.update().sum(dim=1).unique().tolist()
    counts = [1] if layer.made["r"] > 1 else range(1, layer.in_features + 1)
    values = {round(total / max(counts) * count * kept, 2) for total in whole for count in counts}
    yield "added_values", torch.tensor([0.0, *sorted(values)], dtype=torch.float64)
    yield "drawn_anew", "true"
    yield "mean_as_without_dropout", "true"
    for axis in step["mixed"]:
        yield f"every_{axis}_mixed", "true"


def answer_merge(layer, step):
    if layer.merged is None:
        layer.merged = layer.update()


def answer_unmerge(layer, step):
    layer.merged = None


ANSWERS = {
    "load": answer_load,
    "forward": answer_forward,
    "state": answer_state,
    "facts": answer_facts,
    "descend": answer_descend,
    "start": answer_start,
    "dropped": answer_dropped,
    "merge": answer_merge,
    "unmerge": answer_unmerge,
    "train": lambda layer, step: None,
    "eval": lambda layer, step: None,
}

write_data(PACKAGE, samples(), secrets(), answer)
