"""A submission as its reader gets it: the judge's view, with texts in the reader's language."""

from collections.abc import Mapping
from typing import Any

from api.content_language import ContentLanguage
from api.v1.schemas.submissions import SubmissionOut, TestOut
from judge.submissions.views import SubmissionView, TestView


def submission_out(view: SubmissionView, language: ContentLanguage) -> SubmissionOut:
    """The answer to GET, and the snapshot that a stream begins with."""
    fields = {name: getattr(view, name) for name in SubmissionOut.model_fields}
    fields["diagnosis"] = language.pick(view.diagnosis)
    fields["tests"] = [_test_out(test, language) for test in view.tests]
    return SubmissionOut(**fields)


def _test_out(test: TestView, language: ContentLanguage) -> TestOut:
    fields = {name: getattr(test, name) for name in TestOut.model_fields if name != "hint"}
    return TestOut(**fields, hint=language.pick(test.hint))


def event_data(data: Mapping[str, Any], language: ContentLanguage) -> Mapping[str, Any]:
    """An event's data; hints and diagnoses become the text in the reader's language."""
    translated = [name for name in ("hint", "diagnosis") if name in data]
    return {**data, **{name: language.pick(data[name] or {}) for name in translated}}
