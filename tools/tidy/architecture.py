"""Checks of the architecture: who may include whom, where SQL stands, where time comes from."""

import re

from tree import LEVEL, SIBLINGS, Violation

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)


def include_direction(tree):
    """Includes stay within what CMake's DEPENDS allow, and DEPENDS within the architecture."""
    by_name = {module.name: module for module in tree.modules.values()}
    yield from module_directions(tree, by_name)
    for name in tree.cpp():
        owner = tree.module_of(name)
        if owner is None:
            continue
        for found in INCLUDE.finditer(tree.text(name) or ""):
            target = "src/" + found.group(1)
            if target not in tree.names:
                continue
            line = tree.text(name).count("\n", 0, found.start()) + 1
            problem = include_problem(tree, name, owner, target)
            if problem:
                yield Violation(name, line, problem)


def include_problem(tree, name, owner, target):
    """Why `name` of module `owner` may not include `target`, or None."""
    used = tree.module_of(target)
    top = target.split("/")[1]
    if used is None:  # A header beside the parts of a module, such as platform/errors.h.
        if LEVEL.get(top, 0) > LEVEL.get(owner.top, 0):
            return f"{owner.name} is below {top} and must not include {target[4:]}"
        return None
    if used is owner or used.name == "core":
        return None
    allowed = owner.depends | tree.test_libraries.get(name, set())
    if used.name not in allowed:
        return f"{owner.name} includes {target[4:]} but its DEPENDS in CMake does not name {used.name}"
    if owner.top == "app":
        return None
    if used.top != owner.top and LEVEL.get(used.top) == LEVEL.get(owner.top) and not target.endswith("/api.h"):
        return f"{owner.name} may use {used.name} only through {used.folder[4:]}/api.h"
    if used.top != owner.top and "/sql/" in target:
        return f"{target[4:]} is inside {used.name}: the SQL of a module is its own"
    return None


def module_directions(tree, by_name):
    """DEPENDS points downwards, except for the named siblings, and in no circle."""
    for module in tree.modules.values():
        where = module.folder + "/CMakeLists.txt"
        if module.top not in LEVEL:
            yield Violation(where, module.line, f"src/{module.top} is not a module of the architecture")
            continue
        for name in sorted(module.depends):
            used = by_name.get(name)
            if used is None or used.top not in LEVEL or used.top == module.top or module.top == "app":
                continue
            above = LEVEL[used.top] > LEVEL[module.top]
            level = LEVEL[used.top] == LEVEL[module.top]
            if above or (level and used.top not in SIBLINGS.get(module.top, set())):
                yield Violation(where, module.line, f"{module.name} must not depend on {name}")
        if reaches(by_name, module.name, module.name):
            yield Violation(where, module.line, f"{module.name} depends on itself in a circle")


def reaches(by_name, start, goal):
    """Whether following DEPENDS from `start` leads to `goal`."""
    seen, queue = set(), [start]
    while queue:
        module = by_name.get(queue.pop())
        for name in module.depends if module else ():
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                queue.append(name)
    return False


SQL = re.compile(
    r"^\s*(select\s.+\sfrom\s|select\s+(\d|count|max|min|sum|coalesce)|insert\s+(or\s+\w+\s+)?into\s|update\s+\w+\s+set\s|"
    r"delete\s+from\s|create\s+(unique\s+)?(table|index|trigger|view)\s|alter\s+table\s|drop\s+(table|index)\s|"
    r"with\s+\w+(\s*\([^)]*\))?\s+as\s*\()", re.IGNORECASE | re.DOTALL)


def sql_in_its_place(tree):
    """SQL statements stand in <module>/sql/ only; platform/db and tests run their own."""
    for name in tree.cpp():
        if not name.startswith("src/") or "/sql/" in name or name.startswith("src/platform/db/"):
            continue
        if name.endswith("_test.cpp") or "/testing/" in name:
            continue
        for line, text in tree.source(name).strings:
            if SQL.search(text.replace("\\n", " ")):
                yield Violation(name, line, "SQL outside of the module's sql/ folder")


TIME_AND_CHANCE = [
    (r"\b(system|steady|high_resolution|utc|file)_clock\s*::\s*now\b", "take the time from the core::Clock that was given"),
    (r"\b(steady|system|high_resolution)_timer\b", "wait through what platform gives, not with a timer of your own"),
    (r"\b(clock_gettime|gettimeofday|localtime|gmtime)\w*\s*\(", "take the time from the core::Clock that was given"),
    (r"(?<![\w.>:])(?:std::)?time\s*\(\s*(nullptr|NULL|0|&)", "take the time from the core::Clock that was given"),
    (r"\bsleep_(for|until)\s*\(|\bu?sleep\s*\(|\bnanosleep\s*\(", "wait for what should happen, not for time to pass"),
    (r"\brandom_device\b|\bmt19937|\bdefault_random_engine\b|\b(uniform_int|uniform_real|bernoulli)_distribution\b",
     "take randomness from the core::Random that was given"),
    (r"\b(getrandom|RAND_bytes|randombytes_buf|arc4random\w*|drand48)\s*\(|(?<![\w.>])s?rand\s*\(\s*\w*\s*\)",
     "take randomness from the core::Random that was given"),
]


def time_and_chance_injected(tree):
    """Clocks and random sources are touched in core and platform only."""
    rules = [(re.compile(pattern), advice) for pattern, advice in TIME_AND_CHANCE]
    for name in tree.cpp():
        if not name.startswith("src/") or name.startswith(("src/core/", "src/platform/")):
            continue
        for number, line in enumerate(tree.source(name).code.splitlines(), 1):
            for rule, advice in rules:
                if rule.search(line):
                    yield Violation(name, number, advice)
