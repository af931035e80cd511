"""`make known`: runs the mutants of the packages in `problems/`, and stores how each fails.

It runs only packages that have changed since the last time; `python -m tools.known_mistakes
SLUG ...` looks only at these. All languages must be installed. See `judge/mistakes/bundled.py`.
"""

import argparse
import os
from pathlib import Path

from judge.mistakes import bundled
from judge.mistakes.failures import is_mutant
from judge.problem_package.load import load
from judge.settings import PROJECT, get_settings
from worker.packages.package_checks import Finding
from worker.packages.verification import SubmissionChecked, verify
from worker.sandbox.namespaces import NamespaceSandbox, start_sandbox


def refresh(folder: Path, sandbox: NamespaceSandbox) -> str:
    """Write the package's file anew if the package has changed; return a line to print."""
    package = load(folder)
    path = bundled.path_for(folder)
    if bundled.read(path, package.sha256):
        return "unchanged"
    events = list(verify(package, sandbox, os.cpu_count() or 1, reproduce=True))
    checked = [event for event in events if isinstance(event, SubmissionChecked)]
    errors = [str(event) for event in events if isinstance(event, Finding) and event.is_error]
    wrong = [one.path for one in checked if not (one.judged and one.holds)]
    if errors or wrong:
        raise SystemExit(f"{folder.name} does not verify here: {', '.join(errors + wrong)}")
    failures = {one.path: one.failure for one in checked if is_mutant(one.expected)}
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bundled.dump(package, failures))
    return f"{len(failures)} mutants, {path.stat().st_size / 1e3:.0f} kB"


def main() -> None:
    folders = {path.parent.name: path.parent for path in PROJECT.glob("problems/*/problem.yaml")}
    parser = argparse.ArgumentParser(prog="python -m tools.known_mistakes")
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="these problems only")
    slugs = parser.parse_args().slugs or sorted(folders)
    unknown = [slug for slug in slugs if slug not in folders]
    if unknown:
        parser.error(f"there is no problem {unknown[0]}")
    sandbox = start_sandbox(str(get_settings().runner_python))
    try:
        for slug in slugs:
            print(f"{slug:24}", end="", flush=True)
            print(refresh(folders[slug], sandbox), flush=True)
    finally:
        sandbox.close()


if __name__ == "__main__":
    main()
