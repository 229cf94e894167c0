"""Tests of the checks: for each, trees in which its rule is broken and trees in which it is kept.

    python3 tools/tidy/tests [--junit FILE]
"""

import io
import pathlib
import sys
import tempfile
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import cases  # noqa: E402
import junit  # noqa: E402
from tree import Tree  # noqa: E402


def violations(check, files):
    """What `check` says of a tree of these files, as "path:line: text" lines."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return [str(violation) for violation in sorted(set(check(Tree(folder, list(files)))))]


def run(case):
    """"" or why the case failed."""
    try:
        found = violations(case.check, case.files)
    except Exception:  # A check that raises has failed, whatever it raised.
        out = io.StringIO()
        traceback.print_exc(file=out)
        return out.getvalue()
    if len(found) != len(case.expected):
        return f"expected {case.expected}, found {found}"
    for wanted, line in zip(case.expected, found):
        if wanted not in line:
            return f"expected {wanted!r} in {line!r}"
    return ""


def main(arguments):
    results = [(case.name, run(case)) for case in cases.CASES]
    for name, why in results:
        if why:
            print(f"FAILED {name}\n  {why}")
    if arguments[:1] == ["--junit"]:
        junit.write(arguments[1], "tidy_tests", results)
    failed = sum(1 for _, why in results if why)
    print(f"tidy's tests: {len(results) - failed} of {len(results)} passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
