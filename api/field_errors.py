"""Our own messages for a field that the framework refuses.

They say what to give, and are translated for pages; the framework's messages are only in English.
"""

from collections.abc import Mapping
from typing import Any


def field_message(kind: str, values: Mapping[str, Any], said: str) -> str:
    """Return the message for pydantic's error type `kind` with its context `values`; if we have
    none, `said`, the framework's own message.

    The types: https://docs.pydantic.dev/latest/errors/validation_errors/
    """
    match kind:
        case "missing":
            message = "This is missing."
        case "int_type" | "int_parsing" | "int_parsing_size" | "int_from_float":
            message = "Give a whole number."
        case "float_type" | "float_parsing" | "finite_number":
            message = "Give a number."
        case "bool_type" | "bool_parsing":
            message = "Give true or false."
        case "string_type" | "string_unicode":
            message = "Give a text."
        case "list_type":
            message = "Give a list."
        case "model_type" | "model_attributes_type" | "dict_type":
            message = "Give a JSON object."
        case "greater_than":
            message = f"Give more than {values['gt']}."
        case "greater_than_equal":
            message = f"Give at least {values['ge']}."
        case "less_than_equal":
            message = f"Give at most {values['le']}."
        case "string_too_long":
            message = f"Give at most {values['max_length']} characters."
        case "string_too_short":
            message = f"Give at least {values['min_length']} characters."
        case "too_long":
            message = f"Give at most {values['max_length']} of these."
        case "too_short":
            message = f"Give at least {values['min_length']} of these."
        case "string_pattern_mismatch":
            message = "This doesn't have the expected format."
        case "enum" | "literal_error":
            # pydantic writes "'a', 'b' or 'c'"; without "or" the list needs no translation.
            message = f"Give one of these: {values['expected'].replace(' or ', ', ')}."
        case "extra_forbidden":
            message = "There is no such field."
        case _:
            message = said
    return message
