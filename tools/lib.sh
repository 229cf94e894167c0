# shellcheck shell=bash
# What ./run, ./test and the programs in tools/ share: sentences in the reader's language, steps that
# are numbered, timed and show progress, Debian packages by name, and the places of cache and data.
# To be sourced after `set -euo pipefail`; sets KAPOK_ROOT and changes nothing by itself.

KAPOK_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
KAPOK_LOGS=$KAPOK_ROOT/build/logs

# What a build needs, and what only the tests need besides. Servers are never part of a build.
readonly KAPOK_BUILD_PACKAGES=(
  clang-19 lld-19 libclang-rt-19-dev cmake ninja-build ccache pkg-config python3
  libboost1.81-dev libfmt-dev libgtest-dev libsqlite3-dev libpq-dev libssl-dev libsodium-dev
  libsimdjson-dev libtomlplusplus-dev libcli11-dev zlib1g-dev libopenblas-dev libdnnl-dev libyaml-cpp-dev libseccomp-dev bubblewrap)
readonly KAPOK_TEST_PACKAGES=(clang-tidy-19 clang-format-19 llvm-19 postgresql)
readonly KAPOK_ENGINE_PACKAGES=(g++ cmake ninja-build git)

# ── Language ────────────────────────────────────────────────────────────────────────────────────

# say_zh succeeds where the reader's locale is Chinese.
say_zh() {
  [[ ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} == zh* ]]
}

# pick EN ZH prints the sentence in the reader's language.
pick() {
  if say_zh; then printf '%s' "$2"; else printf '%s' "$1"; fi
}

say() {
  printf '%s\n' "$(pick "$1" "$2")"
}

# fail EN ZH: one sentence that says what to do, then the end.
fail() {
  printf '%s\n' "$(pick "$1" "$2")" >&2
  exit 1
}

# ── Places ──────────────────────────────────────────────────────────────────────────────────────

cache_folder() {
  if [[ -n ${KAPOK_CACHE:-} ]]; then
    printf '%s' "$KAPOK_CACHE"
  elif ((EUID == 0)); then
    printf /var/cache/kapok
  else
    printf '%s' "${XDG_CACHE_HOME:-$HOME/.cache}/kapok"
  fi
}

data_folder() {
  if ((EUID == 0)); then
    printf /var/lib/kapok
  else
    printf '%s' "${XDG_DATA_HOME:-$HOME/.local/share}/kapok"
  fi
}

# ── Time ────────────────────────────────────────────────────────────────────────────────────────

now_ms() {
  local t=$EPOCHREALTIME
  printf '%d' "$((${t/[.,]/} / 1000))"
}

# seconds_text MS prints 412.3 s as a person reads it.
seconds_text() {
  local ms=$1
  if ((ms < 60000)); then
    printf '%d.%d s' "$((ms / 1000))" "$((ms % 1000 / 100))"
  else
    printf '%d min %02d s' "$((ms / 60000))" "$((ms % 60000 / 1000))"
  fi
}

# ── Steps ───────────────────────────────────────────────────────────────────────────────────────

STEP_NUMBER=0
STEP_TOTAL=0
STEP_MS=0
STEP_STATUS=0

# show_progress PID LOG: while PID lives, the last line of its log: on a terminal in place, else now
# and then, so that a long build never looks dead and a CI log stays short.
show_progress() {
  local pid=$1 log=$2 started next=15000 elapsed line
  started=$(now_ms)
  while kill -0 "$pid" 2>/dev/null; do
    elapsed=$(($(now_ms) - started))
    if ((elapsed < 500)); then sleep 0.03; else sleep 0.2; fi
    if [[ -t 1 ]]; then
      ((elapsed > 400)) || continue
      line=$(tail -n 1 "$log" 2>/dev/null | tr -d '\r' | cut -c "1-$((${COLUMNS:-80} - 16))")
      printf '\r\033[K   %4d s  %s' "$((elapsed / 1000))" "$line"
    elif ((elapsed > next)); then
      next=$((elapsed + 30000))
      printf '   %4d s  %s\n' "$((elapsed / 1000))" "$(tail -n 1 "$log" | tr -d '\r' | cut -c 1-100)"
    fi
  done
  [[ ! -t 1 ]] || printf '\r\033[K'
}

# run_logged NAME COMMAND…: runs it in a subshell with its output in build/logs/NAME.log and progress on
# screen; sets STEP_MS and STEP_STATUS. To be called as a statement of its own, never beside || or in
# an `if`: there bash would go on after a failed command inside of COMMAND.
run_logged() {
  local name=$1 started pid
  shift
  STEP_STATUS=0
  mkdir -p "$KAPOK_LOGS"
  STEP_LOG=$KAPOK_LOGS/$name.log
  started=$(now_ms)
  # In a process group of its own, so that ending the step ends the compilers under it too.
  set -m
  (set -e; "$@") >"$STEP_LOG" 2>&1 </dev/null &
  pid=$!
  set +m
  STEP_PID=$pid
  show_progress "$pid" "$STEP_LOG"
  wait "$pid" || STEP_STATUS=$?
  STEP_PID=
  STEP_MS=$(($(now_ms) - started))
}

# end_step ends a step under way, with everything that it started.
end_step() {
  [[ -z ${STEP_PID:-} ]] || kill -TERM -- "-$STEP_PID" 2>/dev/null || true
}

# step NAME EN ZH HINT_EN HINT_ZH COMMAND…: a numbered step. When it fails, the end of its log and
# the hint are shown, and the program ends.
step() {
  local name=$1 title hint
  title=$(pick "$2" "$3")
  hint=$(pick "$4" "$5")
  shift 5
  STEP_NUMBER=$((STEP_NUMBER + 1))
  printf '[%d/%d] %s\n' "$STEP_NUMBER" "$STEP_TOTAL" "$title"
  run_logged "$name" "$@"
  if ((STEP_STATUS == 0)); then
    printf '      %s\n' "$(pick "done in $(seconds_text "$STEP_MS")" "完成，用时 $(seconds_text "$STEP_MS")")"
    return 0
  fi
  printf '%s\n' "──── ${STEP_LOG#"$KAPOK_ROOT"/} ────" >&2
  tail -n 25 "$STEP_LOG" >&2
  printf '%s\n' "────" >&2
  fail "Step $STEP_NUMBER ($title) failed. $hint" "第 $STEP_NUMBER 步（$title）失败。$hint"
}

# ── Packages ────────────────────────────────────────────────────────────────────────────────────

# missing_packages NAME…: those that are not installed, asked from dpkg in one call.
missing_packages() {
  local installed name
  installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for name in "$@"; do
    [[ $'\n'$installed == *$'\n'"$name installed"* ]] || printf '%s\n' "$name"
  done
}

# as_root COMMAND…: directly, or through sudo.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "Root is needed to run: $*. Run this as root or install sudo." \
      "需要 root 权限执行：$*。请以 root 运行，或先安装 sudo。"
  fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q -o DPkg::Lock::Timeout=300 --no-install-recommends "$@"
}

# guard_services: Debian starts a server when its package is installed; a policy forbids that while
# we install, and is taken away again. One that the administrator put there stays.
guard_services() {
  KAPOK_POLICY=
  [[ ! -e /usr/sbin/policy-rc.d ]] || return 0
  KAPOK_POLICY=/usr/sbin/policy-rc.d
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$KAPOK_POLICY" >/dev/null
  as_root chmod 755 "$KAPOK_POLICY"
}

unguard_services() {
  [[ -z ${KAPOK_POLICY:-} ]] || as_root rm -f "$KAPOK_POLICY"
  KAPOK_POLICY=
}

# need_packages NAME…: installs what is missing, and nothing else. Lists are fetched only where the
# machine has none, or where what they name is no longer served. One at a time: the engine's build
# beside ours may need packages too, and the guard is for one installation.
need_packages() {
  [[ -n $(missing_packages "$@") ]] || return 0
  mkdir -p "$(cache_folder)"
  (
    flock 9
    install_missing "$@"
  ) 9>"$(cache_folder)/lock.packages"
}

install_missing() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} > 0)) || return 0
  echo "installing: ${missing[*]}"
  trap unguard_services EXIT
  guard_services
  if ! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || ! apt_install "${missing[@]}"; then
    as_root apt-get update -q && apt_install "${missing[@]}" || return 1
  fi
  remember_packages "${missing[@]}"
}

# remember_packages NAME…: what we installed, so that --uninstall can name it.
remember_packages() {
  local folder
  folder=$(cache_folder)
  mkdir -p "$folder"
  { cat "$folder/installed-packages" 2>/dev/null || true; printf '%s\n' "$@"; } |
    sort -u >"$folder/installed-packages.new"
  mv "$folder/installed-packages.new" "$folder/installed-packages"
}

# need_command COMMAND PACKAGE…: packages only where the command is missing, since machines often
# have a newer one from elsewhere.
need_command() {
  local command=$1
  shift
  command -v "$command" >/dev/null || need_packages "$@"
}

# need_pip sets PIP to a pip that can download: the one at hand, else that of a venv.
need_pip() {
  PIP=(python3 -m pip)
  if "${PIP[@]}" --version >/dev/null 2>&1; then
    return 0
  fi
  need_packages python3 python3-venv
  local venv
  venv=$(cache_folder)/venv/pip
  [[ -x $venv/bin/pip ]] || python3 -m venv "$venv"
  PIP=("$venv/bin/python3" -m pip)
}

# check_sha256 FILE SUM: an exact file or the end.
check_sha256() {
  local actual
  actual=$(sha256sum "$1" | cut -d ' ' -f 1)
  [[ $actual == "$2" ]] || fail \
    "$(basename "$1") has checksum $actual instead of $2: what the package source served is not what was tested. Try again later." \
    "$(basename "$1") 的校验和是 $actual，应为 $2：软件源提供的内容与测试过的不一致，请稍后重试。"
}

# ── Build ───────────────────────────────────────────────────────────────────────────────────────

# configure PRESET: runs CMake where there is no build folder yet, or where its input has changed.
configure() {
  local folder=$KAPOK_ROOT/build/$1
  if [[ -f $folder/build.ninja ]]; then
    ninja -C "$folder" build.ninja
  else
    (cd "$KAPOK_ROOT" && cmake --preset "$1")
  fi
}

# has_target PRESET TARGET: whether the build knows that target.
has_target() {
  ninja -C "$KAPOK_ROOT/build/$1" -t query "$2" >/dev/null 2>&1
}

# build PRESET TARGET…: configures if need be, then builds.
build() {
  local preset=$1
  shift
  configure "$preset"
  NINJA_STATUS='[%f/%t] ' ninja -C "$KAPOK_ROOT/build/$preset" "$@"
}
