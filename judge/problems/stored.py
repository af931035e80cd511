"""Stores what a package has beyond a plain problem in JSON columns, and reads it for jobs.

`ProblemVersion.validator`, `.grading`, `.extras` and `StoredTest.settings` are None or empty for
a plain problem, and for versions that were published before these columns existed.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from judge import blobs, grading
from judge.db.models import ProblemVersion
from judge.db.session import Database
from judge.job import BlobRef, CheckerSpec, JudgingRules, Kind, ValidatorSpec
from judge.labels import joined
from judge.limits import COMPILE_LIMITS, Limits
from judge.problem_package.package import PackageTest, ProblemPackage

Stored = Mapping[str, Any]
CODE_BYTES = "code_bytes"
UUID = "uuid"
REQUIRES = "requires"
PREREQUISITES = "prerequisites"
QUESTIONS = "questions"
MODEL = "model"


def version_columns(db: Database, session: Session, package: ProblemPackage) -> dict[str, Any]:
    """The columns of a version; files go into blobs."""
    tree, validator = package.grading, package.validator
    return {
        "validator": None
        if validator is None
        else {
            "language": validator.language,
            "files": put_files(db, session, validator.files),
            "limits": asdict(validator.limits),
            "interactive": validator.interactive,
            "passes": validator.passes,
            "scores": validator.scores,
            "strict": validator.strict,
        },
        "grading": grading.to_json(tree) if tree else None,
        "extras": {
            "interactions": dict(package.interactions),
            "downloads": put_files(db, session, package.downloads),
            "compile_limits": asdict(package.compile_limits),
            CODE_BYTES: package.code_bytes,
            "notes": {name: dict(texts) for name, texts in package.notes.items()},
            UUID: package.uuid,
            REQUIRES: joined(package.requires),
            PREREQUISITES: list(package.prerequisites),
        },
    }


def test_settings(db: Database, session: Session, test: PackageTest) -> dict[str, Any]:
    """A test's column: only the settings that differ from the default."""
    words = test.checker_arguments
    settings: dict[str, Any] = {
        "checker_arguments": None if words is None else list(words),
        "arguments": list(test.arguments),
        "files": put_files(db, session, test.files),
        "open": test.open,
        "slow_hint": dict(test.slow_hint),
    }
    for name, content in (("input", test.shown_input), ("output", test.shown_output)):
        if content is not None:
            settings[f"shown_{name}"] = blobs.put(db, session, content).sha256
    # Most tests have no settings of their own, and there are many, so nothing is stored for them.
    return {name: value for name, value in settings.items() if value not in (None, [], {}, False)}


def put_files(db: Database, session: Session, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Files as references, by name."""
    return {name: asdict(blobs.put(db, session, content)) for name, content in files.items()}


def read_files(session: Session, stored: Stored) -> dict[str, bytes]:
    """The counterpart of `put_files`. Raises CorruptBlobError."""
    data = blobs.get_many(session, {ref["sha256"] for ref in stored.values()})
    return {name: data[ref["sha256"]] for name, ref in stored.items()}


def read_rules(session: Session, problem: str, version: ProblemVersion) -> JudgingRules:
    """The rules by which the stored `version` of `problem` judges. Raises CorruptBlobError."""
    return JudgingRules(
        problem=problem,
        version=version.number,
        kind=Kind(version.kind),
        limits=Limits(**version.limits),
        checker=CheckerSpec(version.checker["name"], tuple(version.checker["arguments"])),
        validator=read_validator(session, version.validator),
        grading=read_grading(version.grading),
        entry=version.entry,
        compile_limits=read_compile_limits(version.extras),
        notes=read_notes(version.extras),
    )


def read_validator(session: Session, stored: Stored | None) -> ValidatorSpec | None:
    """A version's output validator. Raises CorruptBlobError."""
    if not stored:
        return None
    return ValidatorSpec(
        language=stored["language"],
        files=read_files(session, stored["files"]),
        limits=Limits(**stored["limits"]),
        interactive=stored["interactive"],
        passes=stored["passes"],
        scores=stored["scores"],
        strict=stored.get("strict", True),
    )


def read_grading(stored: Stored | None) -> grading.Group | None:
    """The groups that make a version's score."""
    return grading.from_json(stored) if stored else None


def read_compile_limits(extras: Stored | None) -> Limits:
    """The limits of compiling a submission, from a version's extras."""
    stored = (extras or {}).get("compile_limits")
    return Limits(**stored) if stored else COMPILE_LIMITS


def read_notes(extras: Stored | None) -> dict[str, dict[str, str]]:
    """A version's comments on tensors and values that differ, from its extras."""
    notes: dict[str, dict[str, str]] = (extras or {}).get("notes", {})
    return notes


def case_settings(stored: Stored | None) -> dict[str, Any]:
    """A stored test's settings as fields of a TestCase."""
    stored = stored or {}
    words = stored.get("checker_arguments")
    return {
        "checker_arguments": None if words is None else tuple(words),
        "arguments": tuple(stored.get("arguments", ())),
        "files": {name: BlobRef(**ref) for name, ref in stored.get("files", {}).items()},
        "open": stored.get("open", False),
        "slow_hint": stored.get("slow_hint", {}),
    }
