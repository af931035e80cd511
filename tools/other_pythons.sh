#!/usr/bin/env bash
# Sets the project up under each other Python from 3.12 to 3.14 that this machine has, from nothing
# and in a folder of its own, and verifies a small package in Python and one in torch there.
#
#   tools/other_pythons.sh [VERSION... | --newest]
#
# `--newest` takes only the newest of them, which is where things change first: each may take minutes
# where torch's build for a Python has 2.7 GB.
#
# Where no CPU build of torch can be had for a Python, set-up takes the package index's, and says
# how large that is. A Python that isn't there is named and left out.
set -euo pipefail
cd "$(dirname "$0")/.."

find_python() { # find_python VERSION: the interpreter, wherever this machine keeps it
  local folder
  for folder in /usr/bin /usr/local/bin "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1"*/bin; do
    if [ -x "$folder/python$1" ]; then
      echo "$folder/python$1"
      return
    fi
  done
}

try() { # try VERSION
  local python folder
  python=$(find_python "$1")
  if [ -z "$python" ]; then
    echo "other_pythons: left out: there is no Python $1 on this machine"
    return
  fi
  folder=$(mktemp -d /var/tmp/shousi-python.XXXXXX)
  trap 'rm -rf "$folder"' RETURN
  git ls-files -z --cached --others --exclude-standard | tar --null -T - -c | tar -C "$folder" -x
  make -C "$folder" --no-print-directory setup PYTHON="$python"
  for package in tests/packages/problems/sumfunction problems/videomask; do
    "$folder/.venv/bin/shousi" problem verify "$folder/$package" >"$folder/said" ||
      { cat "$folder/said"; return 1; }
  done
  echo "other_pythons: $("$python" --version) works"
}

all=(3.12 3.13 3.14)
if [ "${1:-}" = --newest ]; then
  shift
  for version in "${all[@]}"; do
    if [ -n "$(find_python "$version")" ]; then set -- "$version"; fi
  done
fi
[ $# -gt 0 ] || set -- "${all[@]}"
for version in "$@"; do try "$version"; done
