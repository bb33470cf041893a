# What the scripts in this folder share. Sourced with bash; `root` is the checkout.

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
wanted_java=25

say() { printf '%s\n' "snapledger: $*" >&2; }
die() { say "$@"; exit 1; }

# The major version of the JDK in a folder; nothing when it holds none.
java_version() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 0
  if [ -r "$1/release" ]; then
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
  else
    "$1/bin/java" -version 2>&1 | sed -n '1s/.*version "\([0-9]*\).*/\1/p'
  fi
}

is_wanted_jdk() {
  local version
  version=$(java_version "$1")
  [ -n "$version" ] && [ "$version" -ge "$wanted_java" ]
}

look_for_jdk() {
  local folder on_path
  on_path=$(command -v javac || true)
  for folder in "${JAVA_HOME:-}" \
      "${on_path:+$(dirname "$(dirname "$(readlink -f "$on_path")")")}" \
      /usr/lib/jvm/* /opt/* /opt/java/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* \
      /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -n "$folder" ] && is_wanted_jdk "$folder"; then
      printf '%s\n' "$folder"
      return 0
    fi
  done
  return 1
}

# Sets and exports JAVA_HOME to a JDK that is new enough, installing one where that is allowed.
use_jdk() {
  local found
  if ! found=$(look_for_jdk); then
    if may_install && apt-cache show "openjdk-$wanted_java-jdk-headless" > /dev/null 2>&1; then
      install_packages "openjdk-$wanted_java-jdk-headless"
    fi
    found=$(look_for_jdk) || die "no JDK $wanted_java or newer was found in JAVA_HOME, on the PATH, in /usr/lib/jvm, /opt or ~/.sdkman;" \
      "install one (for example Temurin $wanted_java from https://adoptium.net, or: sdk install java $wanted_java-tem) and set JAVA_HOME to it"
  fi
  export JAVA_HOME=$found
  # Maven's own libraries would be warned about on a JDK this new.
  export MAVEN_OPTS="${MAVEN_OPTS:-} --sun-misc-unsafe-memory-access=allow"
}

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; }

install_packages() {
  local log
  log=$(mktemp)
  say "installing $*"
  if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } > "$log" 2>&1; then
    tail -n 20 "$log" >&2
    die "apt-get could not install $*; the whole log is $log"
  fi
  rm -f "$log"
}

# need PROGRAM:PACKAGE…: makes sure that the programs are there, or says what brings them.
need() {
  local pair missing=()
  for pair in "$@"; do
    command -v "${pair%%:*}" > /dev/null || missing+=("${pair#*:}")
  done
  [ ${#missing[@]} = 0 ] && return 0
  if may_install; then
    install_packages "${missing[@]}"
  else
    die "these packages are missing; run: sudo apt-get install -y ${missing[*]}"
  fi
}

# want PROGRAM:PACKAGE…: as need, but it goes on without what it may not install or cannot get.
want() {
  local pair
  for pair in "$@"; do
    command -v "${pair%%:*}" > /dev/null && continue
    may_install && (install_packages "${pair#*:}") && continue
    say "without ${pair%%:*} some tests are skipped; run: sudo apt-get install -y ${pair#*:}"
  done
}

need_qemu() { need qemu-img:qemu-utils qemu-system-x86_64:qemu-system-x86; }
