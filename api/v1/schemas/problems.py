"""The bodies of answers about problems and languages; see `api.v1.schemas.submissions`."""

from pydantic import BaseModel, Field

from api.v1.schemas.submissions import Answer, Cursor
from judge.job import Kind
from judge.quizzes.questions import QuestionType
from judge.verdict import Verdict


class LanguageOut(Answer):
    """A language, and whether a running worker can judge it."""

    id: str = Field(examples=["python3"])
    name: str = Field(examples=["Python"])
    version: str = Field(examples=["3.11.7"])
    available: bool
    command: str = Field(
        description="The command that compiles it, if it is compiled",
        examples=["g++ -std=gnu++20 -O2 -o main main.cpp"],
    )
    time_factor: float = Field(
        description="The problem's time limit is multiplied by it", examples=[1.0]
    )


class LimitsOut(Answer):
    """The limits of time and memory for each test, and of the source's length."""

    time_s: float = Field(examples=[2.0])
    memory_bytes: int = Field(examples=[268435456])
    source_bytes: int = Field(examples=[65536])


class ProblemItemOut(Answer):
    """A problem in the list. The members `my_…` are null for visitors and before your first try."""

    slug: str = Field(examples=["maxsubarray"])
    title: str = Field(description="In the reader's language", examples=["Maximum subarray"])
    titles: dict[str, str] = Field(examples=[{"en": "Maximum subarray", "zh": "最大子数组和"}])
    kind: Kind
    difficulty: str = Field(examples=["easy"])
    tags: list[str] = Field(examples=[["array"]])
    version: int = Field(examples=[1])
    num_solvers: int = Field(description="People on the problem's board", examples=[148])
    num_judged: int = Field(
        description="Submissions that have a verdict, without CE and JE", examples=[905]
    )
    num_accepted: int = Field(description="How many of these have the verdict AC", examples=[310])
    my_verdict: Verdict | None = Field(
        description="AC once you have solved it, else your newest verdict", examples=["AC"]
    )
    my_best_s: float | None = Field(
        description="The median CPU time of your fastest accepted submission", examples=[0.161]
    )


class ProblemListOut(BaseModel):
    """One page of problems; `next` is the cursor of the next page. `total` counts all problems that
    pass the filters."""

    items: list[ProblemItemOut]
    next: Cursor
    total: int = Field(examples=[10])


class SampleOut(Answer):
    """A sample test: its input and the expected output."""

    name: str = Field(examples=["1"])
    input: str = Field(examples=["3\n1 -2 3\n"])
    output: str = Field(examples=["3\n"])
    interaction: str = Field(
        default="",
        description="Of an interactive problem, instead of both: `<` marks lines to the program, "
        "`>` lines from it",
        examples=[""],
    )


class SourceOut(Answer):
    """A source that explains a solution; `url` may be empty."""

    title: str = Field(examples=["LoRA: Low-Rank Adaptation of Large Language Models"])
    section: str = Field(examples=["4.1"])
    url: str = Field(examples=["https://arxiv.org/abs/2106.09685"])


class SolutionOut(Answer):
    """The right answer to a question and why it is right, as HTML by language."""

    right: str = Field(description="As in an `.ans` file of the package format", examples=["a c"])
    html: dict[str, str] = Field(examples=[{"en": "<p>...</p>"}])
    sources: list[SourceOut]


class SourceFileOut(Answer):
    """A file of a program."""

    name: str = Field(examples=["kadane.py"])
    text: str = Field(examples=["def max_subarray(nums):\n    ..."])


class ReferenceOut(Answer):
    """An accepted submission of the package; its first file is the one that is run."""

    name: str = Field(examples=["kadane.py"])
    language: str = Field(examples=["python3"])
    files: list[SourceFileOut]


class ReferenceListOut(BaseModel):
    """A problem's reference solutions, by name."""

    items: list[ReferenceOut]


class OptionOut(Answer):
    """A choice, or an item to be put in order; Markdown and HTML by language."""

    id: str = Field(examples=["a"])
    text: dict[str, str] = Field(examples=[{"en": "4 bytes", "zh": "4 字节"}])
    html: dict[str, str] = Field(examples=[{"en": "<p>4 bytes</p>"}])


class QuestionOut(Answer):
    """A question of a quiz. The source, YAML or JSON, has the answer under the question's `id`: an
    option's id (`single`), a list of them (`multiple`, `order`) or a number in `unit`."""

    id: str = Field(examples=["01-bytes"])
    type: QuestionType
    text: dict[str, str] = Field(examples=[{"en": "How many bytes does a float32 take?"}])
    html: dict[str, str] = Field(examples=[{"en": "<p>How many bytes does a float32 take?</p>"}])
    options: list[OptionOut]
    unit: dict[str, str] = Field(
        description="A number's unit, by language", examples=[{"en": "MiB"}]
    )
    tolerance: float = Field(
        description="By which part of it an answer may differ from the right number; 0 if it must "
        "be exact",
        examples=[0.005],
    )
    solution: SolutionOut | None = Field(description="Null until you have solved the quiz")


class ProblemOut(ProblemItemOut):
    """A problem with everything needed to solve it. The statements are safe to embed in a page."""

    limits: LimitsOut
    entry: str | None = Field(examples=["max_subarray"])
    statement_html: str = Field(
        description="In the reader's language", examples=["<p>Given ...</p>"]
    )
    statements: dict[str, str] = Field(
        description="HTML by language", examples=[{"en": "<p>Given ...</p>"}]
    )
    background_html: str = Field(
        description="The statement's last part, which explains the method and may reveal the "
        "solution; empty if there is none, and for a quiz until you have solved it. "
        "`statement_html` contains it as well",
        examples=["<h2>Background</h2><p>..."],
    )
    num_tests: int = Field(description="Samples included", examples=[22])
    num_mistakes: int = Field(
        description="Known mistakes that the judge can name in a submission", examples=[14]
    )
    samples: list[SampleOut]
    templates: dict[str, str] = Field(examples=[{"python3": "def max_subarray(nums):\n"}])
    languages: list[str] = Field(examples=[["python3", "cpp"]])
    toolchains: list[LanguageOut] = Field(description="Version and command of these languages")
    questions: list[QuestionOut] = Field(description="A quiz's questions; empty for other kinds")
    downloads: list[str] = Field(
        description="Names below /problems/{slug}/files/", examples=[["problem.en.pdf"]]
    )


class BinOut(Answer):
    """The number of solutions that take from `low_s` up to `high_s`, in CPU seconds."""

    low_s: float = Field(examples=[0.15])
    high_s: float = Field(examples=[0.18])
    count: int = Field(examples=[17])


class MyRuntimeOut(Answer):
    """An accepted submission compared with others' solutions: the median of its `num_timings`
    timings in CPU seconds, with an interval. Solutions whose intervals overlap this one tie."""

    time: float = Field(examples=[0.161])
    time_low_s: float = Field(examples=[0.154])
    time_high_s: float = Field(examples=[0.169])
    num_timings: int = Field(examples=[5])
    num_others: int = Field(examples=[148])
    num_ties: int = Field(examples=[12])
    num_slower: int = Field(examples=[90])


class RuntimesOut(Answer):
    """The runtimes of each solver's fastest submission to a problem. `mine` is the requested
    submission, null unless it was accepted."""

    num_solutions: int = Field(examples=[149])
    lower_quartile_s: float | None = Field(examples=[0.17])
    upper_quartile_s: float | None = Field(examples=[0.26])
    bins: list[BinOut] = Field(description="All equally wide on a logarithmic scale")
    mine: MyRuntimeOut | None
