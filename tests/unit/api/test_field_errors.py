"""Each kind of error that a field of ours can have is said in our own words, with its values."""

from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from api.field_errors import field_message
from api.pages.error_wording import in_words


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")
    here: int


@pytest.mark.parametrize(
    ("type_", "value", "said", "in_chinese"),
    [
        (int, "x", "Give a whole number.", "请填整数。"),
        (int, None, "Give a whole number.", "请填整数。"),
        (int, 1.5, "Give a whole number.", "请填整数。"),
        (float, "x", "Give a number.", "请填数字。"),
        (bool, "x", "Give true or false.", "请填 true 或 false。"),
        (str, 1, "Give a text.", "请填文本。"),
        (Annotated[int, Field(ge=1)], 0, "Give at least 1.", "请填不小于 1 的数。"),
        (Annotated[int, Field(le=30)], 31, "Give at most 30.", "请填不大于 30 的数。"),
        (
            Annotated[str, Field(max_length=2)],
            "abc",
            "Give at most 2 characters.",
            "请最多填 2 个字符。",
        ),
        (
            Annotated[str, Field(min_length=2)],
            "a",
            "Give at least 2 characters.",
            "请至少填 2 个字符。",
        ),
        (
            Annotated[list[int], Field(max_length=1)],
            [1, 2],
            "Give at most 1 of these.",
            "请最多填 1 项。",
        ),
        (
            Annotated[str, Field(pattern="^a$")],
            "b",
            "This doesn't have the expected format.",
            "这里的写法不符合要求。",
        ),
        (
            Literal["a", "b", "c"],
            "d",
            "Give one of these: 'a', 'b', 'c'.",
            "请填以下之一：'a', 'b', 'c'。",
        ),
        (Colour, "green", "Give one of these: 'red', 'blue'.", "请填以下之一：'red', 'blue'。"),
        (Strict, {}, "This is missing.", "缺少这一项。"),
        (Strict, {"here": 1, "there": 2}, "There is no such field.", "没有这个字段。"),
    ],
)
def test_a_sentence_of_our_own(type_: Any, value: object, said: str, in_chinese: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(type_).validate_python(value)
    (found,) = caught.value.errors()
    message = field_message(found["type"], found.get("ctx", {}), found["msg"])
    assert message == said
    assert in_words(message, "zh") == in_chinese


def test_what_we_have_no_words_for_is_said_by_the_framework() -> None:
    assert field_message("url_parsing", {}, "Input should be a valid URL") == (
        "Input should be a valid URL"
    )
