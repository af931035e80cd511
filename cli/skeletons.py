"""The packages that `shousi problem new` writes: small, complete and valid.

Each is a problem whose tests reject its mutants. Authors replace it piece by piece and run
`shousi problem verify` after each piece, so that the package stays valid.
"""

from collections.abc import Mapping
from string import Template

from cli.quizzes import QUIZ, quiz_data
from judge.job import Kind

_ADD_VALIDATOR = '''\
"""Exits with 42 when standard input is a valid test, with anything else when it is not."""

import re
import sys

text = sys.stdin.read()
assert re.fullmatch(r"-?[0-9]+ -?[0-9]+\\n", text), "two integers on one line"
assert all(abs(int(word)) <= 10**9 for word in text.split()), "within 10^9"
sys.exit(42)
'''
# The skeletons of `stdio` and `function` have the same problem.
_ADD_DATA = {
    "data/sample/1.in": "1 2\n",
    "data/sample/1.ans": "3\n",
    "data/secret/01-zero.in": "0 0\n",
    "data/secret/01-zero.ans": "0\n",
    "data/secret/02-negative.in": "-5 3\n",
    "data/secret/02-negative.ans": "-2\n",
    "data/secret/03-large.in": "1 1000000000\n",
    "data/secret/03-large.ans": "1000000001\n",
    "input_validators/validate.py": _ADD_VALIDATOR,
}
_PROBLEM_YAML = """\
problem_format_version: 2023-07-draft
type: $type
name:
  en: $slug
  zh: $slug
uuid: $uuid
keywords: [example]
limits:
  time_limit: $time_limit
  memory: $memory
"""
_STDIO: Mapping[str, str] = {
    **_ADD_DATA,
    "judge.yaml": """\
kind: stdio
difficulty: easy
tags: [example]
templates:
  python3: |
    a, b = map(int, input().split())
hints:
  secret/02-negative: {en: Numbers may be negative., zh: 数可以是负的。}
mistakes:
  absolute.py: {en: Takes absolute values., zh: 取了绝对值。}
""",
    "statement/problem.en.md": """\
Given two integers $a$ and $b$, $|a|, |b| \\le 10^9$, on one line, print $a + b$.
""",
    "statement/problem.zh.md": """\
一行中给出两个整数 $a$ 和 $b$（$|a|, |b| \\le 10^9$），输出 $a + b$。
""",
    "submissions/accepted/add.py": "a, b = map(int, input().split())\nprint(a + b)\n",
    "submissions/accepted/sum_of_all.py": "print(sum(map(int, input().split())))\n",
    "submissions/wrong_answer/absolute.py": """\
a, b = map(int, input().split())
print(abs(a) + abs(b))
""",
    "submissions/wrong_answer/joined.py": "print(input().replace(' ', ''))\n",
    "submissions/time_limit_exceeded/counts_up.py": """\
a, b = map(int, input().split())
for _ in range(b):
    a += 1
print(a if b >= 0 else a + b)
""",
}
_FUNCTION: Mapping[str, str] = {
    **_ADD_DATA,
    "judge.yaml": """\
kind: function
difficulty: easy
tags: [example]
entry: add
templates:
  python3: |
    def add(a: int, b: int) -> int:
        raise NotImplementedError
hints:
  secret/02-negative: {en: Numbers may be negative., zh: 数可以是负的。}
mistakes:
  absolute.py: {en: Takes absolute values., zh: 取了绝对值。}
""",
    "statement/problem.en.md": """\
Write `add(a: int, b: int) -> int`, which returns $a + b$; $|a|, |b| \\le 10^9$.

In other languages: read $a$ and $b$ from one line of standard input, and print the sum.
""",
    "statement/problem.zh.md": """\
写一个函数 `add(a: int, b: int) -> int`，返回 $a + b$（$|a|, |b| \\le 10^9$）。

其他语言：从标准输入读一行中的 $a$ 和 $b$，输出它们的和。
""",
    "include/python3/main.py": '''\
"""Reads one test, calls the submission's `add`, answers what it returns."""

import sys

from runner import harness


def main() -> None:
    # The test is read before the submission is loaded: input is not the submission's business.
    a, b = map(int, sys.stdin.read().split())
    add = harness.entry("add", "def add(a: int, b: int) -> int")
    result = add(a, b)
    if type(result) is not int:
        raise TypeError(f"add must return an int, not {type(result).__name__}")
    harness.answer(str(result))


if __name__ == "__main__":
    main()
''',
    "submissions/accepted/add.py": "def add(a, b):\n    return a + b\n",
    "submissions/accepted/subtract.py": "def add(a, b):\n    return a - -b\n",
    "submissions/wrong_answer/absolute.py": "def add(a, b):\n    return abs(a) + abs(b)\n",
    "submissions/run_time_error/returns_float.py": "def add(a, b):\n    return float(a + b)\n",
    "submissions/time_limit_exceeded/counts_up.py": """\
def add(a, b):
    for _ in range(b):
        a += 1
    return a if b >= 0 else a + b
""",
}
_TORCH: Mapping[str, str] = {
    "judge.yaml": """\
kind: torch
difficulty: easy
tags: [example]
entry: centre
languages: [pytorch]
checker: tensors
templates:
  pytorch: |
    import torch


    def centre(x):
        # x: (rows, columns) -> (rows, columns)
        raise NotImplementedError
dimensions:
  x: [rows, columns]
covers:
  different_sizes: "(rows, columns)"
  equal_sizes: "(rows, columns)"
  sizes_of_one: "(rows, columns)"
  dtypes: "dtype is kept"
  gradients: "gradients flow"
  unchanged_inputs: "is not changed"
# What a solver may get wrong and no test looks at. Better: promise it, and test it.
not_covered:
  float64_arithmetic: "not promised yet"
  layouts: "not promised yet"
  devices: "not promised yet"
  inputs_without_gradient: "not promised yet"
  no_grad: "not promised yet"
  inference_mode: "not promised yet"
  two_calls: "not promised yet"
  aliasing: "not promised yet"
  weight_layouts: "a function has no weights"
  modes: "a function has no modes"
  dropout: "there is none"
  two_backwards: "a function keeps nothing"
  new_weights: "a function has no weights"
  mask_dtypes: "there is no mask"
  large_scores: "there are no scores"
  odd_values: "every value matters"
  exact: "nothing must be exact"
  random: "nothing is random"
hints:
  secret/02-rows-differ: {en: Each row has a mean of its own., zh: 每一行有自己的均值。}
mistakes:
  mean_of_all.py: {en: Subtracts the mean of the whole tensor., zh: 减去了整个张量的均值。}
  detached.py: {en: No gradient flows through the mean., zh: 梯度没有经过均值。}
  in_place.py: {en: Changes its input., zh: 改动了输入。}
""",
    "statement/problem.en.md": """\
Write `centre(x)`, which subtracts from each row of `x` (rows, columns) that row's mean. `x` is
not changed, dtype is kept, and gradients flow.
""",
    "statement/problem.zh.md": """\
写一个函数 `centre(x)`：把 `x`（rows, columns）每一行都减去该行的均值。`x` 不能被改动，dtype
不变，梯度要能传过去。
""",
    "include/python3/main.py": '''\
"""Calls the submission's `centre`; answers its output, the gradient, and the input afterwards."""

from runner import calls, harness


def main():
    case = harness.read_case()
    centre = harness.entry("centre", "def centre(x)")
    calls.Calls(lambda: centre, ["x"]).answer_all(case["calls"])


if __name__ == "__main__":
    main()
''',
    "input_validators/validate.py": '''\
"""Exits with 42 when standard input is a case of this problem."""

import json
import sys

case = json.loads(sys.stdin.read())
assert list(case) == ["calls"], "keys"
for call in case["calls"]:
    assert list(call) == ["x", "probe"], "keys of a call"
    shapes = [[len(row) for row in spec["values"]] for spec in call.values()]
    assert shapes[0] == shapes[1], "x and probe have one shape"
    assert len(set(shapes[0])) == 1, "all rows are equally long"
sys.exit(42)
''',
    "data/testdata.yaml": "output_validator_flags: float_tolerance 1e-4\n",
    "data/sample/1.in": """\
{"calls": [{"x": {"values": [[1, 2, 3]]}, "probe": {"values": [[3, 0, 0]]}}]}
""",
    "data/sample/1.ans": """\
tensor out float32 1x3
-1 0 1
tensor grad.x float32 1x3
2 -1 -1
tensor x float32 1x3 unchanged
1 2 3
""",
    "data/secret/01-one-column.in": """\
{"calls": [{"x": {"values": [[5], [7]]}, "probe": {"values": [[1], [2]]}}]}
""",
    "data/secret/01-one-column.ans": """\
tensor out float32 2x1
0
0
tensor grad.x float32 2x1
0
0
tensor x float32 2x1 unchanged
5
7
""",
    "data/secret/02-rows-differ.in": """\
{"calls": [{"x": {"values": [[1, 3], [-4, 8]], "dtype": "float64"},
"probe": {"values": [[2, 0], [0, 4]]}}]}
""",
    "data/secret/02-rows-differ.ans": """\
tensor out float64 2x2
-1 1
-6 6
tensor grad.x float64 2x2
1 -1
-2 2
tensor x float64 2x2 unchanged
1 3
-4 8
""",
    "submissions/accepted/mean.py": """\
def centre(x):
    return x - x.mean(dim=1, keepdim=True)
""",
    "submissions/accepted/sums.py": """\
def centre(x):
    return x - x.sum(dim=1)[:, None] / x.shape[1]
""",
    "submissions/wrong_answer/mean_of_all.py": "def centre(x):\n    return x - x.mean()\n",
    "submissions/wrong_answer/detached.py": """\
def centre(x):
    return x - x.mean(dim=1, keepdim=True).detach()
""",
    "submissions/wrong_answer/in_place.py": """\
def centre(x):
    x -= x.mean(dim=1, keepdim=True)
    return x
""",
    "submissions/wrong_answer/float32.py": """\
def centre(x):
    return (x - x.mean(dim=1, keepdim=True)).float()
""",
    "submissions/run_time_error/other_name.py": "def center(x):\n    return x\n",
}
_KINDS: Mapping[Kind, Mapping[str, str]] = {
    Kind.STDIO: _STDIO,
    Kind.FUNCTION: _FUNCTION,
    Kind.TORCH: _TORCH,
    Kind.QUIZ: QUIZ,
}
# Time limit in seconds, memory in MiB.
_LIMITS = {
    Kind.STDIO: (1, 256),
    Kind.FUNCTION: (1, 256),
    Kind.TORCH: (5, 1024),
    Kind.QUIZ: (1, 256),
}


def skeleton(kind: Kind, slug: str, uuid: str) -> dict[str, str]:
    """Return the files of a complete package: path inside it -> text."""
    time_limit, memory = _LIMITS[kind]
    values = {
        "slug": slug,
        "uuid": uuid,
        "type": "[pass-fail, submit-answer]" if kind is Kind.QUIZ else "pass-fail",
        "time_limit": time_limit,
        "memory": memory,
    }
    files = {"problem.yaml": Template(_PROBLEM_YAML).substitute(values), **_KINDS[kind]}
    return files | quiz_data(files) if kind is Kind.QUIZ else files
