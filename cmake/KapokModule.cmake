# How a module is declared: one library, one test program, and the whole list of what it may use.

option(KAPOK_WERROR "Treat warnings as errors" ON)
option(KAPOK_LTO "Link-time optimisation (ThinLTO)" OFF)
set(KAPOK_SANITIZE "" CACHE STRING "Sanitizers for every target, e.g. address,undefined or thread")

find_program(KAPOK_CCACHE ccache)
if(KAPOK_CCACHE)
  # Paths relative to the build folder, so that a clean clone elsewhere finds what was compiled here.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,locale ${KAPOK_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

add_library(kapok_options INTERFACE)
target_compile_options(kapok_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor)
if(KAPOK_WERROR)
  target_compile_options(kapok_options INTERFACE -Werror)
endif()
if(KAPOK_SANITIZE)
  target_compile_options(kapok_options INTERFACE
    -fsanitize=${KAPOK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(kapok_options INTERFACE -fsanitize=${KAPOK_SANITIZE})
  if(KAPOK_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(kapok_options INTERFACE -Wno-tsan)
  endif()
endif()
# A fault ends the program instead of being of use to whoever caused it, as the OpenSSF's "Compiler
# Options Hardening Guide for C and C++" has it. The sanitizers bring their own, stricter form.
target_compile_definitions(kapok_options INTERFACE _GLIBCXX_ASSERTIONS)
if(NOT KAPOK_SANITIZE)
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
  target_compile_options(kapok_options INTERFACE -fstack-protector-strong -fstack-clash-protection
    -ftrivial-auto-var-init=zero -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    target_compile_options(kapok_options INTERFACE -fcf-protection=full)
  elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "aarch64")
    target_compile_options(kapok_options INTERFACE -mbranch-protection=standard)
  endif()
  target_link_options(kapok_options INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(KAPOK_LTO)
  target_compile_options(kapok_options INTERFACE -flto=thin)
  target_link_options(kapok_options INTERFACE
    -flto=thin -Wl,--thinlto-cache-dir=${PROJECT_BINARY_DIR}/thinlto)
endif()
target_include_directories(kapok_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
# Separate compilation of Boost.Asio and Boost.JSON: their code is compiled once, in platform.
target_compile_definitions(kapok_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_ALL_NO_LIB)

find_package(Boost 1.74 REQUIRED)
find_package(fmt REQUIRED)
find_package(GTest REQUIRED)
find_package(Threads REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson)
include(GoogleTest)
enable_testing()

# kapok_folders(PARENT NAME…): adds those folders of PARENT that have a list of their own. CMake runs
# again when one appears, so that a build folder never misses a module that a pull brought.
function(kapok_folders parent)
  foreach(folder ${parent} ${ARGN})
    if(NOT folder STREQUAL parent)
      set(folder ${parent}/${folder})
    endif()
    cmake_path(ABSOLUTE_PATH folder NORMALIZE OUTPUT_VARIABLE path)
    if(NOT folder STREQUAL parent AND EXISTS ${path}/CMakeLists.txt)
      add_subdirectory(${path})
    elseif(IS_DIRECTORY ${path})
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    endif()
  endforeach()
endfunction()

# kapok_module(NAME SOURCES … TESTS … CONCURRENT_TESTS … VOLUME_TESTS … DEPENDS … LIBRARIES …)
# DEPENDS is the module's whole allowance of other modules: tools/tidy checks the includes against
# it. CONCURRENT_TESTS are tests with threads of their own; they run under ThreadSanitizer too.
# VOLUME_TESTS are properties over very many cases; they run in the release build only.
function(kapok_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;TESTS;CONCURRENT_TESTS;VOLUME_TESTS;DEPENDS;LIBRARIES" ${ARGN})
  add_library(kapok_${name} STATIC ${arg_SOURCES})
  add_library(kapok::${name} ALIAS kapok_${name})
  list(TRANSFORM arg_DEPENDS PREPEND kapok::)
  target_link_libraries(kapok_${name} PUBLIC ${arg_DEPENDS} ${arg_LIBRARIES} kapok_options)
  if(arg_TESTS)
    kapok_test(kapok_${name}_test LABELS unit ${name} SOURCES ${arg_TESTS} LIBRARIES kapok::${name})
  endif()
  if(arg_CONCURRENT_TESTS)
    kapok_test(kapok_${name}_concurrent_test LABELS unit concurrent ${name}
      SOURCES ${arg_CONCURRENT_TESTS} LIBRARIES kapok::${name})
  endif()
  if(arg_VOLUME_TESTS)
    kapok_test(kapok_${name}_volume_test LABELS volume ${name}
      SOURCES ${arg_VOLUME_TESTS} LIBRARIES kapok::${name})
  endif()
endfunction()

# kapok_test(NAME SOURCES … LIBRARIES … LABELS …): a test program whose tests ctest knows by name.
function(kapok_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gtest_main)
  # One ctest entry a program: a process start per test would cost more than the tests.
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 600
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
endfunction()

# kapok_bench(NAME SOURCES … LIBRARIES …): tests/bench/NAME.cpp as the program bench_NAME, which
# `tools/dev bench NAME` builds in release and runs. It is no part of `all`.
function(kapok_bench name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(bench_${name} EXCLUDE_FROM_ALL ${arg_SOURCES})
  target_link_libraries(bench_${name} PRIVATE ${arg_LIBRARIES} kapok_options)
endfunction()

# kapok_embed_text(TARGET NAMESPACE VARIABLE FILE): makes the text of an SQL file a string_view
# constant `NAMESPACE::VARIABLE`, declared by whoever uses it as
# `extern const std::string_view VARIABLE;`.
function(kapok_embed_text target namespace variable file)
  file(READ ${file} content)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded_${variable}.cpp)
  file(CONFIGURE OUTPUT ${output} CONTENT
"#include <string_view>
namespace @namespace@ {
extern const std::string_view @variable@;
const std::string_view @variable@ = R\"kapok(@content@)kapok\";
}
" @ONLY)
  target_sources(${target} PRIVATE ${output})
endfunction()
