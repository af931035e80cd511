# Sourced by scripts that take things from this machine's Debian mirrors.

install() { # install COMMAND PACKAGE...: the packages, if the command is not there
  command -v "$1" >/dev/null 2>&1 && return
  shift
  echo "installing: $*"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

mirror_of() { # mirror_of RELEASE: where apt has it from
  apt-get indextargets --format '$(CODENAME) $(REPO_URI)' | sed -n "s/^$1 //p" | head -n 1
}
