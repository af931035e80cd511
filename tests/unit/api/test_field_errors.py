"""Each kind of validation error that our fields can have gets our own message, with its values."""

import inspect
import pkgutil
from enum import StrEnum
from importlib import import_module
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

import api.v1.schemas
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
        (list[int], "x", "Give a list.", "请填一个列表。"),
        (dict[str, int], [], "Give a JSON object.", "请填一个 JSON 对象。"),
        (Strict, [], "Give a JSON object.", "请填一个 JSON 对象。"),
        (str, b"\xff", "Give a text.", "请填文本。"),
        (Annotated[float, Field(gt=0)], 0, "Give more than 0.0.", "请填大于 0.0 的数。"),
        (
            Annotated[list[int], Field(min_length=1)],
            [],
            "Give at least 1 of these.",
            "请至少填 1 项。",
        ),
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


WRONG: tuple[Any, ...] = (
    None,
    True,
    -1,
    1e300,
    "",
    "x" * 5000,
    b"\xff",
    [],
    [1],
    ["x"] * 2000,
    {},
    {"a": 1},
)


def bodies() -> list[type[BaseModel]]:
    """The bodies that the API's routes accept."""
    folder = api.v1.schemas
    names = [f"{folder.__name__}.{one.name}" for one in pkgutil.iter_modules(folder.__path__)]
    kinds = {
        kind.__name__: kind
        for name in names
        for _, kind in inspect.getmembers(import_module(name), inspect.isclass)
        if issubclass(kind, BaseModel) and kind.__name__.endswith("In")
    }
    return [kinds[name] for name in sorted(kinds)]


@pytest.mark.parametrize("body", bodies())
def test_no_body_is_refused_in_the_frameworks_words(body: type[BaseModel]) -> None:
    wrong = [*WRONG, *({name: value} for name in body.model_fields for value in WRONG)]
    for sent in wrong:
        try:
            body.model_validate(sent)
        except ValidationError as error:
            for found in error.errors():
                # The message of our own validators is passed on by the framework.
                ours = found["type"] == "value_error"
                message = field_message(found["type"], found.get("ctx", {}), found["msg"])
                assert ours or message != found["msg"], (sent, found)


@pytest.mark.parametrize("body", bodies())
def test_every_body_refuses_members_that_it_does_not_know(body: type[BaseModel]) -> None:
    with pytest.raises(ValidationError) as caught:
        body.model_validate({"nobody_asked_for_this": 1})
    assert "extra_forbidden" in [one["type"] for one in caught.value.errors()]
