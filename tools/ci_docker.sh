#!/usr/bin/env bash
# A container engine and the two images on a machine that can reach package mirrors but no image
# registry, as CI's can't. On any other machine use `make images`.
#
#   tools/ci_docker.sh engine   starts an engine if none answers
#   tools/ci_docker.sh base     makes a stand-in for the base image that the Dockerfile names
#   tools/ci_docker.sh images runner server   both of these, then builds the images named
#   tools/ci_docker.sh services stand-ins for the other images that docker-compose.yml names
#   tools/ci_docker.sh stop     stops the engine, if it was started here
#
# The stand-in is a debootstrap of the same Debian release with this machine's ways to its mirrors:
# apt's sources and settings, pip's settings, wheels that lie in pip's find-links, and certificates.
# Nothing of that reaches the Dockerfile. Debian on x86-64 or aarch64, as root.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/debian.sh

state=${SHOUSI_CI_DOCKER:-/var/tmp/shousi-ci-docker}
base=$(awk '/^FROM .*:/ {print $2; exit}' Dockerfile)
release=${base#*:}
release=${release%-slim}
export DOCKER_BUILDKIT=0 # the engine's own builder: BuildKit's client is a further download

answers() { docker info >/dev/null 2>&1; }

start_engine() {
  answers && return
  install dockerd docker.io
  install iptables iptables
  mkdir -p "$state"
  # Nobody's firewall is touched: containers reach each other over the bridge, and builds use the
  # machine's own network. Where there can be no bridge the sandbox still works, compose doesn't.
  local net=(--iptables=false --ip6tables=false --ip-forward=false --ip-masq=false)
  ip link add shousi-probe type bridge 2>/dev/null && ip link delete shousi-probe || net+=(--bridge=none)
  nohup dockerd -H "${DOCKER_HOST:-unix:///var/run/docker.sock}" --data-root "$state/data" --exec-root "$state/exec" \
    --pidfile "$state/dockerd.pid" "${net[@]}" >"$state/dockerd.log" 2>&1 </dev/null &
  local engine=$!
  until answers; do
    if ! kill -0 "$engine" 2>/dev/null; then
      echo "no engine can be started here:" >&2
      tail -n 5 "$state/dockerd.log" >&2
      return 1
    fi
    read -rt 0.2 <> <(:) || true
  done
}

stop_engine() {
  [ -e "$state/dockerd.pid" ] || return 0
  local engine
  engine=$(cat "$state/dockerd.pid")
  kill "$engine" && tail --pid="$engine" -f /dev/null
}

setting() { # setting NAME: pip's setting on this machine, wherever it comes from
  python3 -m pip config list | sed -n "s/^[^=]*\.$1='\(.*\)'\$/\1/p" | tail -n 1
}

write_pip_settings() { # write_pip_settings ROOT
  local root=$1 name value folder
  echo "[global]" >"$root/etc/pip.conf"
  for name in index-url extra-index-url; do
    value=$(setting "$name" | tr ' ' '\n' | { grep -v '^file:' || true; } | tr '\n' ' ')
    [ -z "${value// /}" ] || echo "$name = $value" >>"$root/etc/pip.conf"
  done
  if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/mirrors.crt"
    echo "cert = /etc/ssl/mirrors.crt" >>"$root/etc/pip.conf"
  fi
  folder=$(setting find-links)
  if [ -d "$folder" ]; then
    mkdir -p "$root/opt/wheels"
    cp "$folder"/*.whl "$root/opt/wheels/"
    echo "find-links = /opt/wheels" >>"$root/etc/pip.conf"
  fi
}

make_base() {
  docker image inspect "$base" >/dev/null 2>&1 && return
  install debootstrap debootstrap
  local root=$state/base
  rm -rf "$root"
  mkdir -p "$state"
  debootstrap --variant=minbase --include=ca-certificates "$release" "$root" "$(mirror_of "$release")" \
    >"$state/debootstrap.log"
  rm -f "$root/etc/apt/sources.list" "$root"/var/cache/apt/archives/*.deb
  cp -r /etc/apt/sources.list.d /etc/apt/apt.conf.d "$root/etc/apt/"
  echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/fast"
  write_pip_settings "$root"
  tar -C "$root" --exclude=./proc/* --exclude=./sys/* -c . | docker import - "$base" >/dev/null
  rm -rf "$root"
}

build_images() { # build_images TARGET...
  local target
  for target in "$@"; do
    docker build --quiet --network host --target "$target" --tag "shousi-$target" . >/dev/null 2>"$state/build.log" || { cat "$state/build.log" >&2; return 1; }
  done
}

image_of() { # image_of SERVICE: the image that docker-compose.yml names
  sed -n "/^  $1:/,/image:/s/^ *image: //p" docker-compose.yml
}

# Debian's own PostgreSQL and Redis under the names, and with the habits, of the official images.
make_services() {
  docker image inspect "$(image_of postgres)" "$(image_of valkey)" >/dev/null 2>&1 && return
  docker build --quiet --network host --tag "$(image_of postgres)" - >/dev/null 2>&1 <<END
FROM $base
RUN apt-get update && apt-get install -y --no-install-recommends postgresql \\
 && rm -rf /var/lib/postgresql/* && ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/
RUN printf '%s\\n' '#!/bin/sh' 'set -e' 'export PGDATA=/var/lib/postgresql/data' \\
 'if [ "\$(id -u)" = 0 ]; then install -d -o postgres -g postgres -m 700 \$PGDATA' \\
 '  export POSTGRES_PASSWORD="\$(cat \$POSTGRES_PASSWORD_FILE)"' \\
 '  exec setpriv --reuid postgres --regid postgres --clear-groups "\$0"; fi' \\
 'if [ ! -e \$PGDATA/PG_VERSION ]; then echo "\$POSTGRES_PASSWORD" >/tmp/password' \\
 '  initdb -U \$POSTGRES_USER --pwfile /tmp/password -E UTF8 --locale C.UTF-8 -A scram-sha-256 >/dev/null' \\
 '  echo "host all all all scram-sha-256" >>\$PGDATA/pg_hba.conf' \\
 '  echo "create database \$POSTGRES_DB" | postgres --single -D \$PGDATA postgres >/dev/null' \\
 'fi' 'exec postgres -c listen_addresses="*" -k /tmp' >/entry && chmod 755 /entry
ENTRYPOINT ["/entry"]
STOPSIGNAL SIGINT
END
  docker build --quiet --network host --tag "$(image_of valkey)" - >/dev/null 2>&1 <<END
FROM $base
RUN apt-get update && apt-get install -y --no-install-recommends redis-server \\
 && for name in server cli; do ln -s redis-\$name /usr/bin/valkey-\$name; done \\
 && install -d -o redis -g redis /data
WORKDIR /data
ENTRYPOINT ["setpriv", "--reuid", "redis", "--regid", "redis", "--clear-groups"]
END
}

timed() {
  local begun=$SECONDS
  "$@"
  echo "ci_docker: $* $((SECONDS - begun)) s"
}

case ${1:-} in
  engine) timed start_engine ;;
  base) timed start_engine && timed make_base ;;
  images) timed start_engine && timed make_base && timed build_images "${@:2}" ;;
  services) timed start_engine && timed make_base && timed make_services ;;
  stop) timed stop_engine ;;
  *) sed -n '2,13s/^# \{0,1\}//p' "$0" && exit 2 ;;
esac
