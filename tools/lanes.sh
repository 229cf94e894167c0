# shellcheck shell=bash
# The lanes of ./test: what each one does. Their order and budgets are in tools/dev, which sources this.
# A lane is a function `lane_NAME` (dashes become underscores) that runs in a subshell with its output
# in build/logs/NAME.log, and leaves reports in $KAPOK_RESULTS, which tools/results adds up.

# lane_exists NAME: whether the tree has its tests; where it has not, the lane counts as skipped.
lane_exists() {
  case $1 in
    packages | tidy | build-dev | unit | lint) return 0 ;;
    api-sqlite | api-postgres) has_program && compgen -G "$KAPOK_ROOT/tests/api/*.test" >/dev/null ;;
    build-tsan | tsan) labelled concurrent ;;
    build-release) labelled volume || has_program ;;
    volume) labelled volume ;;
    engine) needs_engine ;;
    console) [[ -f $KAPOK_ROOT/console/package.json ]] ;;
    *) [[ -x $KAPOK_ROOT/tests/$1/run ]] ;;
  esac
}

# labelled LABEL: whether a CMake list in the tree gives tests that label.
labelled() {
  case $1 in
    concurrent) grep -rqE --include=CMakeLists.txt 'CONCURRENT_TESTS|LABELS.*concurrent' "$KAPOK_ROOT/src" "$KAPOK_ROOT/tests" ;;
    *) grep -rqE --include=CMakeLists.txt "VOLUME_TESTS|LABELS.*\\b$1\\b" "$KAPOK_ROOT/src" "$KAPOK_ROOT/tests" ;;
  esac
}

has_program() {
  [[ -f $KAPOK_ROOT/src/app/CMakeLists.txt ]]
}

# needs_engine: whether a lane calls a model. The API tests and those of operating do not.
needs_engine() {
  local runner
  for runner in "$KAPOK_ROOT"/tests/*/run; do
    case $runner in
      */api/run | */matrix/run | */schema/run | */fuzz/run | */operate/run | */upstream/run | */secrets/run) ;;
      *) [[ ! -x $runner ]] || return 0 ;;
    esac
  done
  return 1
}

lane_packages() {
  local names=("${KAPOK_BUILD_PACKAGES[@]}" "${KAPOK_TEST_PACKAGES[@]}") list
  # A lane that needs more names it beside its runner.
  for list in "$KAPOK_ROOT"/tests/*/packages; do
    [[ ! -f $list ]] || mapfile -t -O "${#names[@]}" names < <(grep -vE '^(#|$)' "$list")
  done
  need_packages "${names[@]}"
  if [[ -f $KAPOK_ROOT/console/package.json ]] || compgen -G "$KAPOK_ROOT/tests/*/package.json" >/dev/null; then
    need_command node nodejs
    need_command npm npm
  fi
}

lane_engine() {
  "$KAPOK_ROOT/tools/engine"
  "$KAPOK_ROOT/tools/engine" tiny
}

lane_tidy() {
  (cd "$KAPOK_ROOT" && format_command --check && python3 tools/tidy --junit "$KAPOK_RESULTS/tidy.xml" &&
    python3 tools/tidy/tests --junit "$KAPOK_RESULTS/tidy_tests.xml" &&
    tools/results_test --junit "$KAPOK_RESULTS/results_tests.xml" &&
    tools/advisories_test --junit "$KAPOK_RESULTS/advisories_tests.xml")
}

# console_if_any builds the console's files, which the program embeds.
console_if_any() {
  [[ ! -f $KAPOK_ROOT/console/package.json ]] || "$KAPOK_ROOT/tools/console"
}

lane_build_dev() {
  console_if_any
  build dev -k 0
}

lane_build_tsan() {
  configure tsan
  local targets
  mapfile -t targets < <(test_programs tsan -L concurrent)
  build tsan "${targets[@]}"
}

lane_build_release() {
  console_if_any
  configure release
  local targets
  mapfile -t targets < <(test_programs release -L volume)
  if has_target release kapok; then
    targets+=(kapok)
  fi
  ((${#targets[@]} == 0)) || build release "${targets[@]}"
}

# test_programs PRESET CTEST_FILTER…: names of the programs behind those tests; kapok_test names both alike.
test_programs() {
  local preset=$1
  shift
  ctest --test-dir "$KAPOK_ROOT/build/$preset" -N "$@" | sed -n 's/^ *Test *#[0-9]*: //p'
}

# run_ctest PRESET CTEST_FILTER…: with a report of each program.
run_ctest() {
  local preset=$1
  shift
  export GTEST_OUTPUT="xml:$KAPOK_RESULTS/" GTEST_COLOR=no
  export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1
  export UBSAN_OPTIONS=print_stacktrace=1
  export TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1
  if [[ -x /usr/bin/llvm-symbolizer-19 ]]; then
    export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19 TSAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-19
  fi
  "$KAPOK_ROOT/tools/postgres" with ctest --test-dir "$KAPOK_ROOT/build/$preset" -j "$(nproc)" \
    --output-on-failure --no-tests=error --output-junit "$KAPOK_RESULTS/ctest.xml" "$@"
}

# Without what needs an engine: lane model runs that.
lane_unit() {
  run_ctest dev -LE '^(tidy|volume)$' -E '^kapok_agent_live_test$'
}

lane_tsan() {
  run_ctest tsan -L '^concurrent$'
}

lane_volume() {
  run_ctest release -L '^volume$'
}

lane_lint() {
  if [[ $EVERYTHING == true ]]; then
    "$KAPOK_ROOT/tools/lint" --all
  else
    "$KAPOK_ROOT/tools/lint"
  fi
}

lane_console() {
  "$KAPOK_ROOT/tools/console" test
}

# with_program PRESET COMMAND…: the environment in which a runner of tests/*/run finds things.
with_program() {
  export KAPOK_BINARY=$KAPOK_ROOT/build/$1/kapok
  shift
  KAPOK_ENGINE=$("$KAPOK_ROOT/tools/engine" server)
  KAPOK_MODEL=$("$KAPOK_ROOT/tools/engine" model)
  KAPOK_TINY_MODEL=$("$KAPOK_ROOT/tools/engine" tiny)
  export KAPOK_ENGINE KAPOK_MODEL KAPOK_TINY_MODEL
  (cd "$KAPOK_ROOT" && "$@")
}

lane_api_sqlite() {
  cd "$KAPOK_ROOT"
  tests/api/run --binary build/dev/kapok --database sqlite --junit "$KAPOK_RESULTS/api.xml"
}

lane_api_postgres() {
  cd "$KAPOK_ROOT"
  tools/postgres with tests/api/run --binary build/dev/kapok --database postgres --junit "$KAPOK_RESULTS/api.xml"
}

# The command line, with an engine to talk to.
lane_cli() { with_program dev tests/cli/run; }
# KAPOK_SCHEMA=full makes it the long one.
lane_schema() { KAPOK_BINARY=$KAPOK_ROOT/build/dev/kapok "$KAPOK_ROOT/tests/schema/run"; }
lane_matrix() { KAPOK_BINARY=$KAPOK_ROOT/build/dev/kapok "$KAPOK_ROOT/tests/matrix/run"; }
# The targets are no part of `all`: only this lane needs them.
lane_fuzz() {
  local targets
  mapfile -t targets < <(cd "$KAPOK_ROOT/tests/fuzz" && for source in *.cpp; do echo "fuzz_${source%.cpp}"; done)
  build dev "${targets[@]}"
  "$KAPOK_ROOT/tests/fuzz/run"
}
lane_run() { "$KAPOK_ROOT/tests/run/run"; }
lane_operate() {
  cd "$KAPOK_ROOT"
  KAPOK_BINARY=$KAPOK_ROOT/build/dev/kapok tools/postgres with tests/operate/run
}
lane_e2e() { with_program release tests/e2e/run; }
# Their model is a scripted one.
lane_upstream() { KAPOK_BINARY=$KAPOK_ROOT/build/release/kapok "$KAPOK_ROOT/tests/upstream/run"; }
lane_secrets() { KAPOK_BINARY=$KAPOK_ROOT/build/release/kapok "$KAPOK_ROOT/tests/secrets/run"; }
lane_clients() { with_program release tests/clients/run; }
# The agent serves the tiny model, then the gateway the instruct model.
lane_model() {
  with_program dev run_ctest dev -R '^kapok_agent_live_test$'
  with_program release tests/model/run
}
lane_batch() { with_program release tests/batch/run; }
lane_kill() { with_program release tests/kill/run; }
lane_faults() { with_program release tests/faults/run; }
lane_failover() { with_program release tests/failover/run; }
lane_network() { with_program release tests/network/run; }
lane_servers() { with_program release tools/postgres with tests/servers/run; }
lane_deployments() { with_program release tests/deployments/run; }
lane_jobs() { with_program release tests/jobs/run; }
lane_tour() { with_program release tests/tour/run; }
lane_guides() { with_program release tests/guides/run; }
