"""Turn the judge's views and events into the API's answers, with texts in the reader's language."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from api.content_language import ContentLanguage
from api.v1.schemas.submissions import SubmissionItemOut, SubmissionOut, TestOut
from judge.compiler_messages import compile_errors
from judge.differences import Difference, from_json
from judge.events import EventView
from judge.submissions.views import SubmissionSummary, SubmissionView
from judge.verdict import Verdict
from judge.wording import wordings


def submission_out(view: SubmissionView, language: ContentLanguage) -> SubmissionOut:
    """Build the answer to GET, which is also the snapshot at the beginning of a stream."""
    # If the source compiled, the output has only warnings.
    errors = compile_errors(view.compile_output) if view.verdict is Verdict.CE else ()
    names = SubmissionOut.model_fields.keys() - {"compile_errors"}
    fields = {name: getattr(view, name) for name in names} | {"compile_errors": errors}
    fields |= _said(view.message, view.difference, language)
    fields["diagnosis"] = language.pick(view.diagnosis)
    fields["tests"] = [
        TestOut(
            **{name: getattr(test, name) for name in TestOut.model_fields}
            | _said(test.message, test.difference, language)
            | {"hint": language.pick(test.hint)}
        )
        for test in view.tests
    ]
    return SubmissionOut(**fields)


def submission_item_out(view: SubmissionSummary, language: ContentLanguage) -> SubmissionItemOut:
    """Build a list's entry for a submission."""
    fields = {name: getattr(view, name) for name in SubmissionItemOut.model_fields}
    fields["message"] = _said(view.message, view.difference, language)["message"]
    fields["diagnosis"] = language.pick(view.diagnosis)
    return SubmissionItemOut(**fields)


def _said(message: str, difference: Difference | None, language: ContentLanguage) -> dict[str, Any]:
    """Return `message` and `difference`: what went wrong, as text and as data. An old row has only
    an English sentence."""
    if difference is None:
        return {"message": message, "difference": None}
    said = language.pick(wordings(difference))
    return {"message": said, "difference": difference.to_json()}


def sealed_event(event: EventView, view: SubmissionView | None) -> EventView | None:
    """Return the event as a user may see it during an interview's round; None for one of a hidden
    test. `view` is the submission's view, needed for the event `done`."""
    if event.kind == "test":
        return event if event.data["sample"] else None
    if event.kind != "done" or view is None:
        return event
    told = {
        "verdict": view.verdict,
        "score": view.score,
        "time_s": view.time_s,
        "memory_bytes": view.memory_bytes,
        "message": view.message,
        "difference": view.difference.to_json() if view.difference else None,
        "diagnosis": view.diagnosis,
    }
    return replace(event, data=told)


def event_data(data: Mapping[str, Any], language: ContentLanguage) -> Mapping[str, Any]:
    """Return an event's data, with messages, hints and diagnoses in the reader's language."""
    # In the log, hints and diagnoses are texts by language.
    translated = [name for name in ("hint", "diagnosis") if name in data]
    texts = {name: language.pick(data[name] or {}) for name in translated}
    if "difference" in data:
        texts |= _said(data["message"], from_json(data["difference"]), language)
    return {**data, **texts}
