# What `test` and `.ci/run` need from the machine. Sourced by both; does nothing by itself.

# The outcome when something is missing that cannot be installed. A check that cannot run is a failed check.
give_up() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}

# install PACKAGE WHY: installs a package of Debian's, saying so.
install() {
  local package=$1 why=$2 as_root=()
  command -v apt-get >/dev/null || give_up "$why. There is no apt-get here: please install $package by hand."
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || give_up "$why. Please run as root: apt-get install $package"
    as_root=(sudo)
  fi
  printf '%s: installing the package %s\n' "$why" "$package"
  if [ -z "${package_lists_are_fresh:-}" ]; then
    "${as_root[@]}" apt-get update -qq </dev/null || give_up 'the package lists could not be fetched'
    package_lists_are_fresh=yes
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends "$package" </dev/null >/dev/null ||
    give_up "$package could not be installed"
}

# need PROGRAM PACKAGE WHY: makes sure that PROGRAM is there, from Debian's PACKAGE if need be.
need() {
  local program=$1 package=$2 why=$3
  if command -v "$program" >/dev/null; then
    printf '%-8s is there (%s)\n' "$program" "$why"
  else
    install "$package" "$program is missing ($why)"
    command -v "$program" >/dev/null || give_up "$package is installed, but $program is still missing"
  fi
}

# need_postgres WHY: makes sure that the programs of a PostgreSQL server are there. Debian keeps them off the search path.
need_postgres() {
  local why=$1
  if compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; then
    printf '%-8s is there (%s)\n' initdb "$why"
  else
    install postgresql "initdb is missing ($why)"
  fi
}
