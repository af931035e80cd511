"""Quiz packages: the files of a new one, and writing `data/` from `quiz.yaml`."""

from collections.abc import Mapping
from pathlib import Path

from cli.files import make_folder, write_whole
from judge.problem_package.complaints import Complaints
from judge.problem_package.metadata import read_problem_yaml
from judge.problem_package.quiz_file import data_files, read_quiz

_QUESTIONS = """\
questions:
  01-bytes:
    type: single
    text: {en: How many bytes does a float32 take?, zh: 一个 float32 占多少字节？}
    choices:
      a: {text: {en: "4", zh: "4"}, right: true}
      b:
        text: {en: "32", zh: "32"}
        why: {en: 32 are its bits and not its bytes., zh: 32 是位数，不是字节数。}
      c:
        text: {en: "8", zh: "8"}
        why: {en: 8 bytes are a float64., zh: 8 字节的是 float64。}
    explanation: {en: 32 bits are 4 bytes., zh: 32 位就是 4 字节。}
    sources: [{title: IEEE 754-2019, section: "3.6 Interchange format parameters"}]
  02-copies:
    type: multiple
    text:
      en: Which of these copy nothing of a dense tensor `x`?
      zh: 对稠密张量 `x`，哪些操作不复制数据？
    choices:
      a: {text: {en: "`x.T`", zh: "`x.T`"}, right: true}
      b: {text: {en: "`x[:, ::2]`", zh: "`x[:, ::2]`"}, right: true}
      c:
        text: {en: "`x.clone()`", zh: "`x.clone()`"}
        why: {en: "`clone` is what copies.", zh: "`clone` 就是复制。"}
    explanation:
      en: A transpose and a slice are views, which have strides of their own.
      zh: 转置和切片都是视图，只是步长不同。
    sources: [{title: PyTorch documentation, section: Tensor Views}]
  03-matrix:
    type: number
    text:
      en: How much memory does a float32 matrix of $1024 \\times 1024$ take?
      zh: 一个 $1024 \\times 1024$ 的 float32 矩阵占多少内存？
    answer: 4
    unit: MiB
    slips:
      - {value: 32, why: {en: 32 Mi are its bits., zh: 32 Mi 是位数。}}
    explanation: {en: "$2^{20}$ numbers of 4 bytes.", zh: "$2^{20}$ 个数，每个 4 字节。"}
    sources: [{title: IEEE 754-2019, section: "3.6 Interchange format parameters"}]
  04-sizes:
    type: order
    text: {en: "From the fewest to the most bytes:", zh: 按字节数从少到多排列：}
    items:
      a: {en: float64, zh: float64}
      b: {en: float16, zh: float16}
      c: {en: float32, zh: float32}
    order: [b, c, a]
    slips:
      - {order: [a, c, b], why: {en: This is from the most to the fewest., zh: 这是从多到少。}}
    explanation: {en: "2, 4 and 8 bytes.", zh: 2、4、8 字节。}
    sources: [{title: IEEE 754-2019, section: "3.6 Interchange format parameters"}]
"""
_VALIDATOR = '''\
"""Exits with 42 when standard input is a question, as `shousi problem data` writes it."""

import json
import sys

question = json.loads(sys.stdin.read())
more = "unit" if question["type"] == "number" else "options"
assert question["type"] in ("single", "multiple", "order", "number"), "type"
assert set(question) == {"id", "type", "text", more}, "keys"
assert more == "unit" or len(question["options"]) > 1, "two options"
texts = [question["text"], *(question["options"].values() if more == "options" else ())]
assert all(text for each in texts for text in each.values()), "texts"
sys.exit(42)
'''
QUIZ: Mapping[str, str] = {
    "judge.yaml": "kind: quiz\ndifficulty: easy\ntags: [example]\n",
    "statement/problem.en.md": "What numbers take. No question needs a calculator.\n",
    "statement/problem.zh.md": "数要占多少内存。每道题都不需要计算器。\n",
    "quiz.yaml": _QUESTIONS,
    "input_validators/validate.py": _VALIDATOR,
    "submissions/accepted/right.yaml": """\
01-bytes: a
02-copies: [a, b]
03-matrix: 4
04-sizes: [b, c, a]
""",
    "submissions/accepted/right.json": """\
{"01-bytes": "a", "02-copies": ["b", "a"], "03-matrix": "4 MiB", "04-sizes": ["b", "c", "a"]}
""",
    "submissions/wrong_answer/bits.yaml": """\
01-bytes: b
02-copies: [a, b, c]
03-matrix: 32
04-sizes: [a, c, b]
""",
    "submissions/wrong_answer/float64.yaml": """\
01-bytes: c
02-copies: [a]
03-matrix: 8
04-sizes: [b, c, a]
""",
}
"""The files of a new quiz, without `problem.yaml` and `data/`."""


def quiz_data(files: Mapping[str, str]) -> dict[str, str]:
    """Build the files of a quiz's `data/`: path -> text. `files` must hold `problem.yaml` and
    `quiz.yaml`; raises PackageError for mistakes in them."""
    read = {path: text.encode() for path, text in files.items()}
    complaints = Complaints()
    metadata = read_problem_yaml(read, complaints)
    # Stop here on errors: `problem.yaml` says which languages the questions must have.
    complaints.raise_if_any()
    questions = read_quiz(read, tuple(metadata.names) if metadata else (), complaints)
    complaints.raise_if_any()
    return {path: content.decode() for path, content in data_files(questions).items()}


def write_data(folder: Path) -> list[str]:
    """Write `data/` of the quiz in `folder` from its `quiz.yaml`; return the changed paths. Raises
    PackageError, ShousiError, OSError."""
    named = ("problem.yaml", "quiz.yaml")
    wanted = quiz_data({name: (folder / name).read_text(encoding="utf-8") for name in named})
    there = {
        str(path.relative_to(folder)): path
        for path in folder.glob("data/secret/*")
        if path.is_file()
    }
    # Files of removed questions are deleted.
    for path in there.keys() - wanted.keys():
        there[path].unlink()
    stale = [
        path
        for path, text in wanted.items()
        if path not in there or there[path].read_text(encoding="utf-8", errors="replace") != text
    ]
    for path in stale:
        make_folder((folder / path).parent)
        write_whole(folder / path, wanted[path])
    return sorted({*stale, *(there.keys() - wanted.keys())})
