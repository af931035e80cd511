"""Checks which common mistakes of solvers the tests of a torch package look at.

`KINDS` lists them (`docs/authoring.md` explains it). What a package's tests look at is read from
its case files, whose keys `runner.calls` defines. In `judge.yaml` a package says for each kind
either which words of its statement promise it (`covers`) or why it is left out (`not_covered`).
For such a package it is an error if no test looks at a promise, or if a test looks at a kind that
the statement doesn't promise. A package without these entries, e.g. from elsewhere, gets warnings.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from judge.job import Kind
from judge.problem_package.package import ProblemPackage
from worker.packages.package_checks import Finding

MASK_DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64")

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tests:
    """The parsed tests of a package: the cases (each part of a test is a case), the answers, and
    the names of the tensors' dimensions."""

    cases: Mapping[str, Node]
    answers: Mapping[str, str]
    dimensions: Mapping[str, tuple[str, ...]]

    @property
    def nodes(self) -> list[Node]:
        """Every object of every case."""
        return [node for case in self.cases.values() for node in _nodes(case)]

    @property
    def calls(self) -> list[list[Node]]:
        """The lists of objects in each case: its calls or steps."""
        return [found for case in self.cases.values() for found in _lists(case)]

    @property
    def inputs(self) -> set[str]:
        """The names of tensors with named dimensions that calls get as inputs."""
        every = [call for calls in self.calls for call in calls]
        return {name for name in self.dimensions for call in every if _is_spec(call.get(name))}

    def specs(self, *names: str) -> list[Node]:
        """Return the tensors' specs with these names; without names, all specs."""
        if not names:
            return [node for node in self.nodes if _is_spec(node)]
        found = [node[name] for node in self.nodes for name in names if name in node]
        return [spec for spec in found if _is_spec(spec)]

    def has(self, key: str, *values: Any) -> bool:
        """Whether each of `values` occurs under `key` in some object; without values, whether
        `key` occurs."""
        found = [node[key] for node in self.nodes if key in node]
        return all(value in found for value in values) if values else bool(found)

    def sizes(self) -> Iterator[Mapping[str, int]]:
        """Yield the sizes of the named dimensions, call by call. A size that a call doesn't give
        keeps its last value."""
        for case in self.cases.values():
            sizes = self._bound(case)
            for call in [call for calls in _lists(case) for call in calls] or [{}]:
                sizes = sizes | self._bound(call)
                yield sizes

    def _bound(self, node: Node) -> dict[str, int]:
        found: dict[str, int] = {}
        for name, dimensions in self.dimensions.items():
            for inner in _nodes(node, lists=False):
                value = inner.get(name)
                # A name without dimensions is a number in the case; a tensor names all dimensions.
                if not dimensions and isinstance(value, int):
                    found[name] = value
                shape = _shape(value) if isinstance(value, Mapping) and _is_spec(value) else []
                if len(shape) == len(dimensions):
                    found |= dict(zip(dimensions, shape, strict=True))
        return found


def _nodes(value: Any, *, lists: bool = True) -> Iterator[Node]:
    if isinstance(value, Mapping):
        yield value
        for inner in value.values():
            yield from _nodes(inner, lists=lists)
    elif isinstance(value, list) and lists:
        for inner in value:
            yield from _nodes(inner)


def _lists(case: Node) -> Iterator[list[Node]]:
    for value in case.values():
        if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
            yield value


def _is_spec(value: Any) -> bool:
    # How a case describes a tensor; see `runner.cases`.
    return isinstance(value, Mapping) and bool(value.keys() & {"shape", "values", "eye"})


def _shape(spec: Node) -> list[int]:
    if "shape" in spec:
        return list(spec["shape"])
    if "eye" in spec:  # a unit matrix
        return [spec["eye"], spec["eye"]]
    values, shape = spec["values"], []
    while isinstance(values, list):
        shape.append(len(values))
        values = values[0] if values else None
    return shape


def _different(tests: Tests) -> bool:
    names = {name for sizes in tests.sizes() for name in sizes}
    whole = [sizes for sizes in tests.sizes() if len(sizes) == len(names)]
    return any(len(set(sizes.values())) == len(sizes) for sizes in whole)


def _equal(tests: Tests) -> bool:
    names = sorted({name for sizes in tests.sizes() for name in sizes})
    pairs = list(combinations(names, 2))
    return bool(pairs) and all(
        any(one in sizes and sizes[one] == sizes.get(other) for sizes in tests.sizes())
        for one, other in pairs
    )


def _ones(tests: Tests) -> bool:
    names = {name for sizes in tests.sizes() for name in sizes}
    return bool(names) and all(
        any(sizes.get(name) == 1 for sizes in tests.sizes()) for name in names
    )


def _dtypes(tests: Tests) -> bool:
    dtypes = {spec.get("dtype", "float32") for spec in tests.specs(*tests.inputs)}
    return {"float32", "float64"} <= dtypes


def _layouts(tests: Tests) -> bool:
    found = {spec.get("layout") for spec in tests.specs(*tests.inputs)}
    images = any(len(tests.dimensions[name]) == 4 for name in tests.inputs)
    return {"strided", "transposed"} | ({"channels_last"} if images else set()) <= found


def _without_gradient(tests: Tests) -> bool:
    return any(
        # By default inputs need gradients if the call has a probe, else they don't.
        "probe" not in call and not call.get("needs")
        for calls in tests.calls
        for call in calls
        if call.keys() & tests.inputs
    )


def _two_backwards(tests: Tests) -> bool:
    # Each probe is a backward pass; see `runner.calls`.
    return any(sum("probe" in call for call in calls) > 1 for calls in tests.calls)


def _weight_layouts(tests: Tests) -> bool:
    laid_out = (node for node in tests.nodes if "weights" in node and "layout" in node)
    return tests.has("weights_layout") or next(laid_out, None) is not None


def _new_weights(tests: Tests) -> bool:
    return any(
        "weights" in call and any(earlier.keys() & tests.inputs for earlier in calls[:at])
        for calls in tests.calls
        for at, call in enumerate(calls)
    )


def _modes(tests: Tests) -> bool:
    return tests.has("mode", "train", "eval") or tests.has("do", "train", "eval")


def _masks(tests: Tests) -> bool:
    names = [name for name in tests.dimensions if "mask" in name]
    return {spec.get("dtype") for spec in tests.specs(*names)} >= set(MASK_DTYPES)


def _large_scores(tests: Tests) -> bool:
    large = [case for name, case in tests.cases.items() if "large-scores" in name]
    dtypes = {node.get("dtype", "float32") for case in large for node in _nodes(case)}
    return {"float32", "float64"} <= dtypes


def _unchanged(tests: Tests) -> bool:
    lines = [line.split() for text in tests.answers.values() for line in text.splitlines()]
    # The part after the last dot of the tensor's name is the input; the line ends with the rule.
    shown = {words[1].rpartition(".")[2] for words in lines if words[-1:] == ["unchanged"]}
    return bool(tests.inputs) and tests.inputs <= shown


def _rule(word: str) -> Callable[[Tests], bool]:
    return lambda tests: any(
        line.split()[-1:] and line.split()[-1].startswith(word)
        for text in tests.answers.values()
        for line in text.splitlines()
        if line.startswith("tensor ")
    )


KINDS: Mapping[str, tuple[str, Callable[[Tests], bool]]] = {
    "different_sizes": ("a call whose sizes are all different", _different),
    "equal_sizes": ("each two sizes equal in some call", _equal),
    "sizes_of_one": ("each size 1 in some call", _ones),
    "dtypes": ("inputs in float32 and in float64", _dtypes),
    "float64_arithmetic": ("sums that are right in float64 only", lambda t: t.has("sum_zero")),
    "layouts": ("inputs that are strided, transposed, channels last", _layouts),
    "weight_layouts": ("weights that lie transposed", _weight_layouts),
    "devices": ("a call on another device", lambda t: t.has("device", "meta")),
    "inputs_without_gradient": ("inputs that need no gradient", _without_gradient),
    "no_grad": ("a call under torch.no_grad()", lambda t: t.has("under", "no_grad")),
    "inference_mode": (
        "a call under torch.inference_mode()",
        lambda t: t.has("under", "inference_mode"),
    ),
    "gradients": ("gradients", lambda t: t.has("probe")),
    "modes": ("train and eval mode", _modes),
    "dropout": ("dropout that acts", _rule("choice=")),
    "two_calls": ("a result after later calls", lambda t: t.has("keep", True)),
    "two_backwards": ("two backward passes of one module", _two_backwards),
    "new_weights": ("new weights between calls", _new_weights),
    "mask_dtypes": ("masks of every integer dtype and bool", _masks),
    "large_scores": ("large scores, in float32 and float64", _large_scores),
    "odd_values": ("NaN where it must not matter", lambda t: t.has("fill", "nan")),
    "exact": ("values that must be exact", _rule("exact")),
    "random": ("numbers that must be random", _rule("uniform=")),
    "unchanged_inputs": ("inputs after the call", _unchanged),
    "aliasing": ("a result after its inputs have changed", lambda t: t.has("overwrite", True)),
}


def looked_at(package: ProblemPackage) -> dict[str, bool]:
    """Return for each kind whether the package's tests look at it."""
    cases: dict[str, Node] = {}
    for test in package.tests:
        case = json.loads(test.input)
        # One test may hold several cases.
        for number, part in enumerate(case.get("parts", [case])):
            cases[f"{test.name}/{number}"] = part
    answers = {test.name: test.answer.decode() for test in package.tests}
    tests = Tests(cases, answers, package.coverage.dimensions)
    return {kind: look(tests) for kind, (_, look) in KINDS.items()}


def check_coverage(package: ProblemPackage) -> Iterator[Finding]:
    """Yield errors in a torch package's `covers` and `not_covered`; without them, a warning."""
    if package.kind is not Kind.TORCH:
        return
    said = package.coverage
    try:
        looked = looked_at(package)
    except (ValueError, AttributeError):
        looked = dict.fromkeys(KINDS, False)  # the cases have another format
    for kind in sorted((said.covers.keys() | said.not_covered.keys()) - KINDS.keys()):
        known = ", ".join(KINDS)
        yield Finding("judge.yaml", f"there is no kind `{kind}`; there are {known}", is_error=True)
    strict = bool(said.covers)
    missing = [kind for kind in KINDS if not looked[kind] and kind not in said.not_covered]
    if missing and not strict:
        listed = "; ".join(f"{KINDS[kind][0]} (`{kind}`)" for kind in missing)
        yield Finding("data", f"no test looks at: {listed}", is_error=False)
    for kind, (what, _) in KINDS.items() if strict else ():
        message = _complaint(package, kind, what, looked=looked[kind])
        if message:
            yield Finding("judge.yaml", message, is_error=True)


def _complaint(package: ProblemPackage, kind: str, what: str, *, looked: bool) -> str:
    said = package.coverage
    if kind in said.covers:
        # The quotation's line breaks may differ from the statement's.
        statement = " ".join(package.statements.get("en", "").split())
        if kind in said.not_covered:
            return f"`{kind}` is both in `covers` and in `not_covered`"
        if not looked:
            return f"`{kind}` is promised, and no test looks at {what}"
        if " ".join(said.covers[kind].split()) not in statement:
            return f'`{kind}`: the statement doesn\'t say "{said.covers[kind]}"'
        return ""
    if kind not in said.not_covered:
        return f"`{kind}` ({what}) stands neither in `covers` nor in `not_covered`"
    if looked:
        return f"`{kind}` is in `not_covered`, but tests look at {what}"
    return ""
