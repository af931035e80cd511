"""Builds the tree of groups for `judge.grading` from the configuration of test groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from judge.grading import Agree, Combine, Group
from judge.problem_package.case_settings import SettingsReader
from judge.problem_package.complaints import Complaints
from judge.problem_package.format import FormatVersion
from judge.problem_package.metadata import Metadata
from judge.problem_package.package import PackageTest
from judge.problem_package.side_files import GroupYaml, LegacyGroupYaml

_SECRET_SCORE = 100
_GROUP_FILE = "test_group.yaml"
_COMBINES = {"sum": Combine.SUM, "avg": Combine.AVERAGE, "min": Combine.MIN, "max": Combine.MAX}
_AGREES = {
    "first_error": Agree.FIRST,
    "worst_error": Agree.WORST,
    "no_errors": Agree.WORST,
    "always_accept": Agree.ALWAYS,
}
_IF_ANY = {Agree.FIRST: Agree.ANY_FIRST, Agree.WORST: Agree.ANY, Agree.ALWAYS: Agree.ALWAYS}
"""The rules with the flag `accept_if_any_accepted`: without an accepted member they hold still."""
_UNUSUAL_FLAGS = {"always_accept", "accept_if_any_accepted", "ignore_sample"}


@dataclass(slots=True)
class Grouper:
    """Builds a package's tree; complaints go to `complaints`."""

    metadata: Metadata
    settings: SettingsReader
    complaints: Complaints
    has_samples: bool = False

    def group(self, tests: Sequence[PackageTest]) -> Group | None:
        """The tree; None if every test must pass and there are no scores."""
        # 2025-09 has groups only directly in `data/secret`; in older versions groups nest.
        if self.metadata.version is FormatVersion.V2025_09:
            for path in self.settings.files:
                parts = path.split("/")
                # Only these two folders have groups; 99 means no limit.
                deepest = {"secret": 4, "sample": 3}.get(parts[1] if len(parts) > 2 else "")
                if parts[-1] == _GROUP_FILE and parts[0] == "data" and len(parts) > (deepest or 99):
                    message = f"a group inside `data/{parts[1]}` can hold no further groups"
                    self.complaints.add(path, f"{message}; take the file out")
            samples_yaml = self.settings.groups.get("data/sample")
            for key in _scoring_keys(samples_yaml) if isinstance(samples_yaml, GroupYaml) else ():
                message = f"`{key}` is not permitted for samples, which have no score"
                self.complaints.add(f"data/sample/{_GROUP_FILE}", message)
        if not self.metadata.scoring:
            # Points and lenient verdicts make no sense in a problem without scores.
            for folder, yaml in self.settings.groups.items():
                for key in _scoring_keys(yaml):
                    file = (
                        "testdata.yaml" if isinstance(yaml, LegacyGroupYaml) else "test_group.yaml"
                    )
                    message = f"`{key}` is for scoring problems only; see `type` in problem.yaml"
                    self.complaints.add(f"{folder}/{file}", message)
            return None
        modern = any(isinstance(one, GroupYaml) for one in self.settings.groups.values())
        if not modern and self.metadata.version is not FormatVersion.V2025_09:
            return self._legacy("data", tests, self._overridden(LegacyGroupYaml()))
        samples = tuple(test.name for test in tests if test.sample)
        self.has_samples = bool(samples)
        # Samples are a group of their own, so that others can require it; they give no points.
        sample = Group("sample", samples, combine=Combine.PASS_FAIL, accept=0.0, most=0.0)
        secret = self._secret([test for test in tests if not test.sample])
        return Group("", groups=(sample, secret) if samples else (secret,))

    # legacy and 2023-07-draft: everything is inherited, and flags choose the aggregates

    def _overridden(self, yaml: LegacyGroupYaml) -> LegacyGroupYaml:
        """`yaml` with the settings of `grading` in a legacy problem.yaml, which hold for all."""
        said = self.metadata.legacy_grading
        update: dict[str, object] = {
            key: value
            for key in ("accept_score", "reject_score", "range")
            if (value := getattr(said, key)) is not None
        }
        # `first_error` in problem.yaml means what groups call `break`.
        if said.on_reject is not None:
            update["on_reject"] = "break" if said.on_reject == "first_error" else "continue"
        return yaml.model_copy(update=update)

    def _legacy(self, folder: str, tests: Sequence[PackageTest], outer: LegacyGroupYaml) -> Group:
        own = self.settings.groups.get(folder)
        merged = outer
        if isinstance(own, LegacyGroupYaml):
            # Only the keys in the file; the others are inherited.
            said = {key: getattr(own, key) for key in own.model_fields_set}
            merged = self._overridden(outer.model_copy(update=said))
        inside = _inside(folder, tests)
        groups = [
            self._legacy(f"{folder}/{name}", members, merged)
            for name, members in _folders(folder, inside).items()
        ]
        root = folder == "data"
        flags = merged.grader_flags or []
        # Of several flags of a kind the last one counts.
        combines = [_COMBINES[flag] for flag in flags if flag in _COMBINES]
        agree = ([_AGREES[flag] for flag in flags if flag in _AGREES] or [Agree.WORST])[-1]
        top = merged.range[1] if merged.range else inf
        accept = 1.0 if merged.accept_score is None else merged.accept_score
        return Group(
            name=folder.removeprefix("data").removeprefix("/"),
            tests=tuple(test.name for test in _directly(folder, inside)),
            groups=tuple(groups),
            combine=(combines or [Combine.SUM])[-1],
            agree=_IF_ANY[agree] if "accept_if_any_accepted" in flags else agree,
            # None: the validator says each test's points.
            accept=None if self.metadata.must_score else accept,
            reject=merged.reject_score or 0.0,
            most=None if top == inf else top,
            stops=(merged.on_reject or "break") == "break",
            # The flag is meaningful only at the top, where the samples are a group.
            ignores_sample=root and "ignore_sample" in flags,
            nothing_if_rejected=root,
        )

    # 2025-09: `secret` has a maximum score, which its groups share

    def _secret(self, tests: Sequence[PackageTest]) -> Group:
        """The group of `data/secret`: it has groups, which are folders with a `test_group.yaml`, or
        tests, in folders or not."""
        folder = "data/secret"
        yaml = self._yaml(folder)
        # The format's default if the secret data has no `max_score`.
        most = self._most(yaml, _SECRET_SCORE)
        how = Combine(yaml.score_aggregation or Combine.SUM)
        self._check_requires(folder, yaml, {"sample": Combine.PASS_FAIL})
        if how is Combine.PASS_FAIL and most is None:
            message = "`max_score: unbounded` gives a `pass-fail` group no points; give a number"
            self.complaints.add(f"{folder}/{_GROUP_FILE}", message)
        paths = (path.split("/") for path in self.settings.files)
        # Other folders, or folders without the file, are no groups.
        names = sorted(
            parts[2]
            for parts in paths
            if len(parts) == 4 and parts[:2] == ["data", "secret"] and parts[3] == _GROUP_FILE
        )
        if not names:
            # Without groups its tests share its points.
            return self._base(folder, [test.name for test in tests], how, most, yaml)
        if _directly(folder, tests):
            message = "holds both tests and groups; a problem with scores has one or the other"
            self.complaints.add(folder, message)
        filled = _folders(folder, tests).keys()
        for name in filled - set(names):
            message = f"no group, because it has no `{_GROUP_FILE}`; add one, as other folders have"
            self.complaints.add(f"{folder}/{name}", message)
        for name in set(names) - filled:
            message = "the group has no test; add one, or take the group out"
            self.complaints.add(f"{folder}/{name}/{_GROUP_FILE}", message)
        base = self._base(folder, [], how, most, yaml)
        # A group may require only earlier groups, so that none requires itself.
        earlier = {"sample": Combine.PASS_FAIL}
        groups = []
        for name in names:
            members = _inside(f"{folder}/{name}", tests)
            groups.append(self._subgroup(f"{folder}/{name}", members, base, earlier))
            earlier[f"secret/{name}"] = groups[-1].combine
        return replace(base, groups=tuple(groups))

    def _subgroup(
        self,
        folder: str,
        tests: Sequence[PackageTest],
        secret: Group,
        earlier: Mapping[str, Combine],
    ) -> Group:
        yaml = self._yaml(folder)
        most = self._most(yaml, None)
        how = Combine(yaml.score_aggregation or Combine.PASS_FAIL)
        file = f"{folder}/{_GROUP_FILE}"
        self._check_requires(folder, yaml, earlier)
        if most is None and (secret.most is not None or how is Combine.PASS_FAIL):
            message = "the group has no `max_score`; give it the points that it is worth"
            self.complaints.add(file, message)
        if secret.combine is Combine.PASS_FAIL and how is not Combine.PASS_FAIL:
            message = "`score_aggregation` must be `pass-fail`, as that of `data/secret` is"
            self.complaints.add(file, message)
        return self._base(folder, [test.name for test in tests], how, most, yaml)

    def _base(
        self, folder: str, tests: list[str], how: Combine, most: float | None, yaml: GroupYaml
    ) -> Group:
        worth = most
        if how is Combine.SUM and most is not None and tests:
            # Equal shares of the group's points; otherwise one test is worth all of them.
            worth = most / len(tests)
        return Group(
            name=folder.removeprefix("data/"),
            tests=tuple(tests),
            combine=how,
            accept=worth,
            most=most,
            # One failure decides these groups; a sum can gain points from every test.
            stops=how is not Combine.SUM,
            # Where there are no samples, none of them can fail.
            requires=tuple(
                name for name in yaml.require_pass if name != "sample" or self.has_samples
            ),
            strict=True,
        )

    def _yaml(self, folder: str) -> GroupYaml:
        self.settings.of_folder(folder)
        found = self.settings.groups.get(folder)
        return found if isinstance(found, GroupYaml) else GroupYaml()

    def _most(self, yaml: GroupYaml, default: float | None) -> float | None:
        if yaml.max_score == "unbounded":
            return None
        return default if yaml.max_score is None else float(yaml.max_score)

    def _check_requires(self, folder: str, yaml: GroupYaml, earlier: Mapping[str, Combine]) -> None:
        for name in yaml.require_pass:
            problem = None
            if name not in earlier:
                problem = "names no group before this one"
            elif earlier[name] is not Combine.PASS_FAIL:
                problem = "names a group whose score_aggregation is not `pass-fail`"
            if problem:
                message = f"`require_pass: {name}` {problem}"
                self.complaints.add(f"{folder}/{_GROUP_FILE}", message)


def _scoring_keys(yaml: GroupYaml | LegacyGroupYaml) -> list[str]:
    if isinstance(yaml, LegacyGroupYaml):
        keys = ["accept_score", "reject_score", "range"]
        unusual = _UNUSUAL_FLAGS.intersection(yaml.grader_flags or ())
        return [key for key in keys if getattr(yaml, key) is not None] + sorted(unusual)
    modern = ("max_score", "score_aggregation", "require_pass")
    return [key for key in modern if key in yaml.model_fields_set]


def _inside(folder: str, tests: Sequence[PackageTest]) -> list[PackageTest]:
    return [test for test in tests if f"data/{test.name}".startswith(f"{folder}/")]


def _directly(folder: str, tests: Sequence[PackageTest]) -> list[PackageTest]:
    return [test for test in tests if f"data/{test.name}".rpartition("/")[0] == folder]


def _folders(folder: str, tests: Sequence[PackageTest]) -> dict[str, list[PackageTest]]:
    """The tests, by the folder right below `folder` that they are in."""
    found: dict[str, list[PackageTest]] = {}
    for test in tests:
        first, slash, _ = f"data/{test.name}".removeprefix(f"{folder}/").partition("/")
        if slash:
            found.setdefault(first, []).append(test)
    return dict(sorted(found.items()))
