"""The part of a reproduction that runs on a reader's own machine; its text is put into the script.

So it uses the standard library only. `reproduce` builds what the driver imports, lets the driver
call the submission, and prints what differs.
"""

import io
import json
import re
import sys
import types
from collections.abc import Mapping
from itertools import product
from math import inf, isfinite, isnan, prod
from typing import Any

ABSOLUTE = 1e-6
# The checker's own tolerances; see `worker/checkers/tensors.py`.
RELATIVE = {"float64": 1e-6, "float32": 1e-4, "float16": 4e-3, "bfloat16": 3e-2}
MOST_CELLS = 8
# `tensor NAME DTYPE SHAPE ...` begins an entry, and values follow in the lines below it.
_HEADER = re.compile(r"^(tensor|value|untold|same|close|different) (\S+) ?(.*)$", re.MULTILINE)
_Entry = tuple[str, str, str]


def reproduce(
    modules: Mapping[str, str], files: Mapping[str, str], case: str, expected: str | None
) -> int:
    """Run the driver among `files` on `case`, with `modules` as the package `runner`; return the
    number of differences."""
    # The driver imports `submission` and `runner`; here the script's own text makes both.
    main = sys.modules["__main__"]
    sys.modules["submission"] = main
    package = types.ModuleType("runner")
    package.__path__ = []
    sys.modules["runner"] = package
    has_numpy = _numpy_or_stand_in()
    for name, text in modules.items():
        module = types.ModuleType(f"runner.{name}")
        sys.modules[f"runner.{name}"] = module
        setattr(package, name, module)
        exec(compile(text, f"runner/{name}.py", "exec"), vars(module))
    loaded: Any = package
    # As in the jail, the judge's harness collects answers and does not print them.
    loaded.harness.in_jail = True
    loaded.harness._loaded = main
    loaded.harness.read_case = lambda: json.loads(case)
    if not has_numpy:
        loaded.cases._draw = draw_without_numpy
    sys.stdin = io.TextIOWrapper(io.BytesIO(case.encode()))
    for name, text in files.items():
        if name.endswith(".py") and name != "main.py":
            module = types.ModuleType(name.removesuffix(".py"))
            sys.modules[module.__name__] = module
            exec(compile(text, name, "exec"), vars(module))
    exec(compile(files["main.py"], "main.py", "exec"), {"__name__": "__main__"})
    got = loaded.harness.collected().decode()
    if expected is None:
        print(got)
        return 0
    return report(expected, got)


def _numpy_or_stand_in() -> bool:
    """Whether numpy is installed; if not, install a stand-in, because reading a case imports it."""
    try:
        import numpy  # noqa: F401 - only whether it can be
    except ImportError:
        numpy_module, typing_module = types.ModuleType("numpy"), types.ModuleType("numpy.typing")
        # The names that modules use while they load; `draw_without_numpy` replaces drawing.
        vars(numpy_module).update(int64=int, uint64=int, typing=typing_module)
        vars(typing_module).update(NDArray=list)
        sys.modules.update({"numpy": numpy_module, "numpy.typing": typing_module})
        return False
    return True


def draw_without_numpy(spec: Mapping[str, Any]) -> Any:
    """Draw what `runner.cases` draws with numpy: SplitMix64's top 24 bits, as a tensor."""
    torch: Any = sys.modules["torch"]
    if "fill" in spec:
        return torch.zeros(spec["shape"], dtype=torch.float64)
    bits, mask = [], (1 << 64) - 1
    for number in range(1, prod(spec["shape"]) + 1):
        # Each number is drawn from its own position, so there is no state to keep.
        state = (number * 0x9E3779B97F4A7C15 + spec["seed"]) & mask
        state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & mask
        state = (state ^ state >> 27) * 0x94D049BB133111EB & mask
        bits.append((state ^ state >> 31) >> 40)
    if "below" in spec:
        return torch.tensor([one % spec["below"] for one in bits]).reshape(spec["shape"])
    # 24 bits, centred: from -1 (included) to 1, times the scale.
    scaled = [(one - (1 << 23)) / (1 << 23) * float(spec.get("scale", 1.0)) for one in bits]
    return torch.tensor(scaled, dtype=torch.float64).reshape(spec["shape"])


def report(expected: str, got: str) -> int:
    """Print the differences between two texts in the same format; return how many there are."""
    wanted, given = _entries(expected), _entries(got)
    if not wanted:
        same = expected.split() == got.split()
        print("as expected" if same else f"expected:\n{expected}\ngot:\n{got}")
        return 0 if same else 1
    found = {entry[1]: entry for entry, _body in given}
    bodies = {entry[1]: body for entry, body in given}
    num_wrong = 0
    for entry, body in wanted:
        kind, name, rest = entry
        if kind in ("same", "close", "different"):
            continue  # relations between tensors of the answer
        if name not in found:
            complaint = "is missing"
        elif kind == "tensor" and found[name][0] == "tensor":
            complaint = _tensor_complaint(rest, body, found[name][2], bodies[name])
        else:
            same = (kind, rest) == (found[name][0], found[name][2]) or found[name][0] == "untold"
            complaint = "" if same else f"expected {kind} {rest}, got {' '.join(found[name])}"
        num_wrong += bool(complaint)
        print(f"{name}: {complaint or 'as expected'}")
    return num_wrong


def _entries(text: str) -> list[tuple[_Entry, str]]:
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    return [
        ((one[1], one[2], one[3].strip()), text[one.end() : end])
        for one, end in zip(headers, ends, strict=False)
    ]


def _tensor_complaint(wanted: str, want_body: str, given: str, got_body: str) -> str:
    """What is wrong with a tensor; empty if nothing is."""
    dtype, shape, *rules = wanted.split()
    got_dtype, got_shape, *_ = given.split()
    if (dtype, shape) != (got_dtype, got_shape):
        return f"expected {dtype} {shape}, got {got_dtype} {got_shape}"
    if any(rule.partition("=")[0] in ("any", "uniform", "choice", "device") for rule in rules):
        return ""  # random, or without data: its values say nothing
    want, got = [float(word) for word in want_body.split()], [float(x) for x in got_body.split()]
    largest = max((abs(value) for value in want if isfinite(value)), default=0.0)
    exact = dtype not in RELATIVE or {"exact", "unchanged"} & set(rules)
    allowed = 0.0 if exact else RELATIVE[dtype] * largest + ABSOLUTE
    errors = [_error(*pair) for pair in zip(got, want, strict=True)]
    wrong = sum(error > allowed for error in errors)
    if not wrong:
        return ""
    worst = errors.index(max(errors))
    sizes = () if shape == "scalar" else tuple(int(size) for size in shape.split("x"))
    return (
        f"{wrong} of {len(want)} values differ; the largest error is {errors[worst]:.3g} at index "
        f"{_place(worst, sizes)} (allowed: {allowed:.3g})\n"
        + _matrices(want, got, errors, worst, sizes)
    )


def _error(got: float, want: float) -> float:
    if got == want or (isnan(got) and isnan(want)):
        return 0.0
    return inf if isnan(got) or isnan(want) else abs(got - want)


def _place(flat: int, sizes: tuple[int, ...]) -> list[int]:
    place: list[int] = []
    for size in reversed(sizes):
        flat, at = divmod(flat, size)
        place.insert(0, at)
    return place


def _matrices(
    want: list[float], got: list[float], errors: list[float], worst: int, sizes: tuple[int, ...]
) -> str:
    """The expected values, the actual ones and their errors, around the largest error."""
    # A vector is shown as one row, a number as one cell.
    rows, columns = ((1, 1, *sizes))[-2:]
    start = worst // (rows * columns) * rows * columns
    row, column = divmod(worst - start, columns)
    windows = [
        range(max(0, min(at - MOST_CELLS // 2, size - MOST_CELLS)), size)[:MOST_CELLS]
        for at, size in ((row, rows), (column, columns))
    ]
    before = ", ".join(map(str, _place(worst, sizes)[:-2]))
    corner = ", ".join(f"{window.start}:{window.stop}" for window in windows)
    where = f" [{before}, {corner}]" if before else f" [{corner}]"
    lines = []
    for title, values in (("expected", want), ("got", got), ("error", errors)):
        cells = {(i, j): f"{values[start + i * columns + j]:.4g}" for i, j in product(*windows)}
        width = max(map(len, cells.values()))
        lines.append(f"  {title}{where}")
        lines += [
            "    " + " ".join(cells[i, j].rjust(width) for j in windows[1]) for i in windows[0]
        ]
    return "\n".join(lines)
