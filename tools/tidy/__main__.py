"""Checks of architecture and form that no compiler makes; a test like any other.

    python3 tools/tidy [--junit FILE] [CHECK…]

Prints `path:line: what is wrong` and exits with 1 if anything is.
"""

import pathlib
import sys

import architecture
import form
import junit
import records
import texts
from tree import Tree

CHECKS = [
    architecture.include_direction,
    architecture.sql_in_its_place,
    architecture.time_and_chance_injected,
    form.file_length,
    form.function_length,
    form.header_comments,
    form.module_readmes,
    form.banned_words,
    form.coroutines,
    texts.error_texts,
    texts.limits_shown,
    texts.route_texts,
    texts.routes_in_document,
    records.third_party_listed,
    records.security_proofs,
    texts.creating_routes_repeatable,
]


def main(arguments):
    report = None
    if arguments[:1] == ["--junit"]:
        report, arguments = arguments[1], arguments[2:]
    known = {check.__name__: check for check in CHECKS}
    unknown = [name for name in arguments if name not in known]
    if unknown:
        print(f"no such check: {' '.join(unknown)}; there are: {' '.join(known)}", file=sys.stderr)
        return 2
    tree = Tree(pathlib.Path(__file__).resolve().parents[2])
    results, wrong = [], 0
    for check in [known[name] for name in arguments] or CHECKS:
        found = sorted(set(check(tree)))
        for violation in found:
            print(violation)
        wrong += len(found)
        results.append((check.__name__, "\n".join(map(str, found))))
    if report:
        junit.write(report, "tidy", results)
    print(f"tidy: {len(results)} checks of {len(tree.names)} files, {wrong} violations")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
