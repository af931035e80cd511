"""The package's own input validators and output validator, with their limits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from judge.job import SCRIPTED, ValidatorSpec
from judge.languages import language_of_file
from judge.limits import MIB, Limits
from judge.problem_package.complaints import Complaints
from judge.problem_package.format import FormatVersion
from judge.problem_package.metadata import Metadata
from judge.problem_package.package import PackageProgram

_VALIDATOR_LANGUAGES = ("python3", "c", "cpp")
"""The languages in which the format wants every judge to run validators."""
_SCRIPTS = {"build", "run"}
_ONE_PROGRAM = "output_validator"
"""The folder that holds one program since 2025-09; legacy's may hold several."""
_STARTS = {"__main__.py", "main.py"}
_TIME_S = 20.0
_MEMORY_MIB = 1024
_OUTPUT_MIB = 8
_WALL_SLACK_S = 10.0
_OTHER_CHECKERS = {".ctd": "Checktestdata", ".viva": "VIVA"}


@dataclass(slots=True)
class ValidatorReader:
    """Finds validators; complaints go to `complaints`."""

    files: Mapping[str, bytes]
    metadata: Metadata
    complaints: Complaints
    output_path: str = "problem.yaml"
    """Where `output` found the validator; see `ProblemPackage.validator_path`."""

    def output(self) -> ValidatorSpec | None:
        """The output validator; None if the package asks for the default one."""
        legacy = self.metadata.version is FormatVersion.LEGACY
        folder, other = "output_validator", "output_validators"
        if legacy:
            folder, other = other, folder
        found = next((name for name in self.files if name.startswith(f"{other}/")), None)
        if found:
            version = self.metadata.version
            self.complaints.add(found, f"version {version} calls this folder `{folder}`; rename it")
        programs = list(self._programs(folder))
        wanted = self.metadata.custom_validation if legacy else bool(programs)
        if self.metadata.may_converse and not wanted:
            message = f"an interactive or multi-pass problem needs a validator in `{folder}/`"
            self.complaints.add("problem.yaml", message)
        if not self._check_count(folder, programs, wanted=wanted):
            return None
        self.output_path = programs[0].path
        return ValidatorSpec(
            language=programs[0].language,
            files=programs[0].files,
            limits=self.limits(),
            interactive=self.metadata.interactive,
            passes=self.metadata.passes,
            scores=self.metadata.may_score,
            strict=not legacy,
        )

    def inputs(self) -> tuple[PackageProgram, ...]:
        """Every input validator in a language that we support for validators."""
        folders = ("input_validators", "input_format_validators")
        return tuple(program for folder in folders for program in self._programs(folder))

    def limits(self) -> Limits:
        """The limits of one run of a validator."""
        asked = self.metadata.limits
        time_s = float(asked.validation_time or _TIME_S)
        return Limits(
            cpu_s=time_s,
            wall_s=time_s + _WALL_SLACK_S,
            memory_bytes=(asked.validation_memory or _MEMORY_MIB) * MIB,
            output_bytes=(asked.validation_output or _OUTPUT_MIB) * MIB,
        )

    def _check_count(self, folder: str, programs: list[PackageProgram], *, wanted: bool) -> bool:
        """Whether there is a validator to use; complains if there are more or fewer than wanted."""
        if wanted and not programs:
            if self.metadata.version is FormatVersion.LEGACY:
                message = f"`validation: custom` needs a validator in `{folder}/`; there is none"
                self.complaints.add("problem.yaml", message)
            return False
        if programs and not wanted:
            message = "there is a validator, but `validation` is `default`; write `custom`"
            self.complaints.add("problem.yaml", message)
            return False
        if len(programs) > 1:
            names = ", ".join(program.name for program in programs)
            self.complaints.add(folder, f"several output validators ({names}); keep one")
        return bool(programs)

    def _programs(self, folder: str) -> Iterator[PackageProgram]:
        """Each folder inside is a program, and so is each source file that is in no folder. But
        `folder` itself is the program if it has scripts, or sources where only one is allowed."""
        parts: dict[str, dict[str, bytes]] = {}
        loose: dict[str, bytes] = {}
        for path, content in self.files.items():
            if not path.startswith(f"{folder}/"):
                continue
            name, slash, rest = path.removeprefix(f"{folder}/").partition("/")
            if slash:
                parts.setdefault(name, {})[rest] = content
            else:
                loose[name] = content
        sources = [name for name in loose if _validator_language(name)]
        if folder == _ONE_PROGRAM and (sources or _SCRIPTS & set(loose)):
            parts, loose, sources = {folder: _below(self.files, folder)}, {}, []
        elif _SCRIPTS & set(loose):
            parts[folder] = loose
            loose, sources = {}, []
        helpers = {name: text for name, text in loose.items() if name not in sources}
        for name in sources:
            # Other files, such as headers, belong to each program.
            parts[name] = {name: loose[name], **helpers}
        if not sources:  # the files belong to no program at all
            for name in loose:
                self._refuse_language(f"{folder}/{name}")
        for name, files in sorted(parts.items()):
            if program := self._program(folder, name, files):
                yield program

    def _program(self, folder: str, name: str, files: dict[str, bytes]) -> PackageProgram | None:
        place = folder if name == folder else f"{folder}/{name}"
        if _SCRIPTS & set(files):
            return PackageProgram(name, place, SCRIPTED, files)
        spoken = {_validator_language(one) for one in files} - {None}
        sources = {one for one in files if _validator_language(one)}
        if spoken == {"python3"} and len(sources) > 1 and not _STARTS & sources:
            message = (
                "several Python files, none of which is `__main__.py`: "
                "nothing says where the program starts"
            )
            self.complaints.add(place, message)
            return None
        if len(spoken) == 1:
            return PackageProgram(name, place, str(spoken.pop()), files)
        if spoken:
            self.complaints.add(place, "is in several languages; keep to one")
        else:
            self._refuse_language(f"{folder}/{next(iter(files)) if name in files else name}")
        return None

    def _refuse_language(self, path: str) -> None:
        suffix = PurePosixPath(path).suffix
        if PurePosixPath(path).name.lower().startswith("readme"):
            return
        if suffix in _OTHER_CHECKERS:
            what = _OTHER_CHECKERS[suffix]
            self.complaints.warn(path, f"not run: {what} is not supported here")
        # Input validators run only when a package is checked, and never decide a verdict.
        elif path.startswith("input_"):
            self.complaints.warn(path, "not run: validators are taken in C, C++ and Python")
        else:
            self.complaints.add(path, "validators are supported in C, C++ and Python only")


def _below(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    start = f"{folder}/"
    return {
        path.removeprefix(start): data for path, data in files.items() if path.startswith(start)
    }


def _validator_language(name: str) -> str | None:
    """The language of a validator's source file; None for any other file."""
    language = language_of_file(name)
    return language if language in _VALIDATOR_LANGUAGES else None
