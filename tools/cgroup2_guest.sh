#!/bin/bash
# Process 1 of tools/cgroup2_vm.sh's machine: mounts what a system mounts, runs tests in each way
# below or in the one that it is told, says how it went, and switches the machine off.
set -uo pipefail

# On any other machine its mounts would cover what is there.
[ $$ = 1 ] || { echo "$0: only tools/cgroup2_vm.sh's machine runs this" >&2; exit 2; }
export PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 HOME=/root
export PYTHONPATH=/project PYTHONDONTWRITEBYTECODE=1
# Without torch: to load it takes minutes of an emulated machine.
export SHOUSI_RUNNER_PYTHON=/project/.venv/bin/python
groups=/sys/fs/cgroup
user=54321
# What else there is needs an engine, a compiler or torch, which aren't there, or has nothing to do
# with control groups; two bombs take more CPU time here than they may.
without=$(printf ' and not %s' no_groups docker single_use java rust torch tensor fatal_call \
  like_cpython daemon_lives_on catches_no_signal private_home \
  unpacked_bomb tree_bomb heap_go spin_go without_end_go files_go file_go)
tests=(tests/unit/worker/sandbox tests/hostile/test_hostile.py -k "${without# and }")

mount_all() {
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys
  mount -t cgroup2 -o nsdelegate cgroup2 "$groups"
  mkdir -p /dev/pts /dev/shm
  mount -t devpts devpts /dev/pts
  for place in /dev/shm /tmp /run; do mount -t tmpfs tmpfs "$place"; done
  chmod 1777 /tmp /dev/shm
  ln -s /proc/self/fd /dev/fd
  for name in stdin:0 stdout:1 stderr:2; do ln -s "/proc/self/fd/${name#*:}" "/dev/${name%:*}"; done
  ip link set lo up
}

delegate() { # delegate GROUP: with the controllers, as a service manager does
  echo "+memory +pids" >"$groups/cgroup.subtree_control"
  mkdir "$1"
}

run() { # run WAY PYTEST-ARG...
  local way=$1 group=$groups/$1 enter
  case $way in
    service) # root, in a group below the root and with the whole tree to write to
      mkdir "$group"
      enter=()
      ;;
    container) # root, in a group that is the root of all that it sees
      delegate "$group"
      enter=(unshare --cgroup --mount sh -c
        "umount $groups && mount -t cgroup2 cgroup2 $groups && exec \"\$@\"" sh)
      ;;
    user) # an ordinary user in a group that was given to him
      delegate "$group"
      mkdir /tmp/user
      chown "$user" /tmp/user "$group" "$group"/cgroup.{procs,subtree_control,threads}
      chmod a+w .venv/lib/*/site-packages # where a test puts a file that jails see
      enter=(setpriv --reuid "$user" --regid "$user" --clear-groups
        env HOME=/tmp/user TMPDIR=/tmp/user)
      ;;
  esac
  echo "guest: on Linux $(uname -r), $way"
  (
    echo "$BASHPID" >"$group/cgroup.procs"
    exec "${enter[@]}" .venv/bin/python -m pytest -q --color=no -p no:cacheprovider "${@:2}"
  )
}

run_each() {
  local way wrong=0
  for way in service container user; do run "$way" "${tests[@]}" || wrong=1; done
  return $wrong
}

mount_all
cd /project
if [ -e guest-arguments ]; then
  mapfile -t arguments <guest-arguments
  run "${arguments[@]}"
else
  run_each
fi && echo "guest: all passed"
echo o >/proc/sysrq-trigger
sleep infinity
