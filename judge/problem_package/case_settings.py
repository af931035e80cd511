"""The settings that tests inherit from the groups around them: the yaml files below `data/`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from judge.problem_package.complaints import Complaints
from judge.problem_package.decimals import decimal
from judge.problem_package.format import FormatVersion
from judge.problem_package.package import InputArguments
from judge.problem_package.side_files import (
    GroupYaml,
    LegacyGroupYaml,
    NamedFlags,
    TestYaml,
    group_refusals,
)
from judge.problem_package.yaml_files import decode_text, parse_yaml, validate

Yaml = TypeVar("Yaml", TestYaml, GroupYaml, LegacyGroupYaml)
Outer = TypeVar("Outer")
_FLAGS = {
    "case_sensitive": 0,
    "space_change_sensitive": 0,
    "float_relative_tolerance": 1,
    "float_absolute_tolerance": 1,
    "float_tolerance": 1,
}
"""The default validator's arguments, and how many values each takes."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that a test inherits. `None` means that no file sets it."""

    output_args: tuple[str, ...] | None = None
    input_args: InputArguments | None = None
    args: tuple[str, ...] | None = None
    hint: str | None = None
    full_feedback: bool | None = None
    grader_program: bool = False


@dataclass(slots=True)
class SettingsReader:
    """Reads the configuration of groups and tests, each file once. `groups` has the content of each
    folder's yaml file, by the folder's path. `grader_program`: a group asks for one, which is
    complained of already."""

    files: Mapping[str, bytes]
    version: FormatVersion
    custom: bool
    complaints: Complaints
    groups: dict[str, GroupYaml | LegacyGroupYaml] = field(default_factory=dict)
    grader_program: bool = False
    _inherited: dict[str, Settings] = field(default_factory=dict)

    def of_test(self, base: str) -> Settings:
        """The settings of the test whose files begin with `base`."""
        own = self.of_folder(base.rpartition("/")[0])
        path = f"{base}.yaml"
        # Legacy has no yaml file for a single test; there a hint is a separate file.
        if path in self.files and self.version is not FormatVersion.LEGACY:
            own = _merged(own, self._parsed(path, TestYaml, own))
        legacy_hint = self.files.get(f"{base}.hint")
        if legacy_hint is not None and self.version is FormatVersion.LEGACY:
            text = decode_text(f"{base}.hint", legacy_hint, self.complaints)
            own = replace(own, hint=(text or "").strip() or None)
        return own

    def of_folder(self, folder: str) -> Settings:
        """The settings in a test group's folder. `data` is the outermost folder."""
        if folder not in self._inherited:
            # From `data` inwards: an outer group's setting holds unless an inner group has its own.
            outer = self.of_folder(folder.rpartition("/")[0]) if folder != "data" else Settings()
            yaml: GroupYaml | LegacyGroupYaml | None = None
            for name in ("test_group.yaml", "testdata.yaml"):
                path = f"{folder}/{name}"
                if path not in self.files:
                    continue
                # A file with the wrong name gives an error and is not read, so that nothing in it
                # takes effect by accident.
                if name not in self.version.group_files:
                    right = self.version.group_files[0]
                    message = f"version {self.version} calls this file `{right}`; rename it"
                    self.complaints.add(path, message)
                elif name == "test_group.yaml":
                    yaml = self._parsed(path, GroupYaml, outer) or yaml
                else:
                    yaml = self._parsed(path, LegacyGroupYaml, outer) or yaml
            if yaml is not None:
                self.groups[folder] = yaml
            self._inherited[folder] = _merged(outer, yaml)
        return self._inherited[folder]

    def _parsed(self, path: str, model: type[Yaml], outer: Settings) -> Yaml | None:
        file = parse_yaml(path, self.files[path], self.complaints)
        parsed = validate(file, model, self.complaints) if file else None
        if file is not None and parsed is not None:
            if not _merged(outer, parsed).grader_program:
                for location, message in group_refusals(parsed):
                    self.complaints.add(path, message, file.line(location))
            elif not self.grader_program:
                # Once: its groups say so again and again, with flags that only the program knows.
                self.grader_program = True
                message = "`grading: custom` (a grader program) is not supported here"
                message = f"{message}; use the default grader's flags"
                self.complaints.add(path, message, file.line(("grading",)))
            legacy = isinstance(parsed, LegacyGroupYaml)
            key = "output_validator_flags" if legacy else "output_validator_args"
            words = _flags(getattr(parsed, key)) or ()
            strict = self.version is not FormatVersion.LEGACY
            # Only the default validator's arguments are known; a package's own may take any.
            problem = None if self.custom else flags_problem(words, once=strict)
            if problem:
                self.complaints.add(file.path, f"`{key}`: {problem}", file.line((key,)))
        return parsed


def flags_problem(words: tuple[str, ...], *, once: bool = False) -> str | None:
    """What is wrong with arguments to the default validator, or None. With `once`, a tolerance that
    is given twice is wrong; legacy leaves that open."""
    # Only tolerances take a value.
    tolerances = [word for word in words if _FLAGS.get(word)]
    twice = len(tolerances) > len(set(tolerances))
    if once and (twice or ("float_tolerance" in tolerances and len(tolerances) > 1)):
        return "one tolerance is given twice; `float_tolerance` stands for both of the others"
    index = 0
    while index < len(words):
        word = words[index]
        values = _FLAGS.get(word)
        if values is None:
            return f"the default validator has no `{word}`; it has {', '.join(_FLAGS)}"
        for value in words[index + 1 : index + 1 + values]:
            if not _is_tolerance(value):
                return f"`{word}` wants a number >= 0, not `{value}`"
        index += 1 + values
    # The last flag needs one more word than there is.
    return f"`{words[-1]}` wants a number after it" if index > len(words) else None


def _is_tolerance(word: str) -> bool:
    try:
        return decimal(word) >= 0
    except ValueError:
        return False


def _merged(outer: Settings, inner: TestYaml | LegacyGroupYaml | None) -> Settings:
    if inner is None:
        return outer
    if isinstance(inner, LegacyGroupYaml):
        flags = inner.input_validator_flags
        return replace(
            outer,
            output_args=_words(_flags(inner.output_validator_flags), outer.output_args),
            # Flags with a name are for the validator of that name alone.
            input_args={flags.name: tuple(flags.flags)}
            if isinstance(flags, NamedFlags)
            else _words(flags, outer.input_args),
            grader_program=inner.grading == "custom" if inner.grading else outer.grader_program,
        )
    args = inner.input_validator_args
    feedback = outer.full_feedback if inner.full_feedback is None else inner.full_feedback
    return Settings(
        output_args=_words(inner.output_validator_args, outer.output_args),
        input_args={name: tuple(words) for name, words in args.items()}
        if isinstance(args, dict)
        else _words(args, outer.input_args),
        args=_words(inner.args, outer.args),
        hint=inner.hint or outer.hint,
        full_feedback=feedback,
    )


def _flags(said: Sequence[str] | NamedFlags | None) -> tuple[str, ...] | None:
    """Flags without the name of a validator. There is at most one output validator, so a name can
    only mean that one."""
    if isinstance(said, NamedFlags):
        return tuple(said.flags)
    return None if said is None else tuple(said)


def _words(inner: Sequence[str] | None, outer: Outer) -> tuple[str, ...] | Outer:
    return outer if inner is None else tuple(inner)
