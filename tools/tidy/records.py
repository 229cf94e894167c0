"""Checks of records that must not fall behind the code: licences of what is used, proofs of security claims."""

import json
import re

from tree import Violation

ARRAY = re.compile(r"^readonly KAPOK_(?:BUILD|TEST|ENGINE)_PACKAGES=\(([^)]*)\)", re.M)
PROOF = re.compile(r"`([^`]+)` \(([\w./-]+)\)")
STATES = ("met", "partly", "not met", "n/a")


def packages(tree):
    """(file, package) of each Debian and npm package that the project names itself."""
    if "tools/lib.sh" in tree.names:
        for names in ARRAY.findall(tree.text("tools/lib.sh")):
            yield from (("tools/lib.sh", name) for name in names.split())
    for path in tree.names:
        if re.fullmatch(r"tests/\w+/packages", path):
            lines = tree.text(path).splitlines()
            yield from ((path, line.strip()) for line in lines if line.strip() and not line.startswith("#"))
        if re.fullmatch(r"(console|tests/\w+)/package\.json", path):
            document = json.loads(tree.text(path))
            yield from ((path, name) for kind in ("dependencies", "devDependencies") for name in document.get(kind, {}))


def third_party_listed(tree):
    """THIRD_PARTY has every package that the project names itself."""
    if "THIRD_PARTY" not in tree.names:
        return
    listed = set(re.findall(r"[\w@/.+-]+", tree.text("THIRD_PARTY")))
    for path, name in packages(tree):
        if name not in listed:
            yield Violation(path, 1, f"{name} is not in THIRD_PARTY, with its licence")


def security_proofs(tree):
    """docs/security.md: each row has a state; what is met names a proof or is a document; proofs are there."""
    path = "docs/security.md"
    if path not in tree.names:
        return
    for number, line in enumerate(tree.text(path).splitlines(), 1):
        row = re.match(r"\| (API\d+|\d+\.\d+\.\d+ \(L[12]\)) \|", line)
        if not row:
            continue
        proof, state = [cell.strip() for cell in line.strip().strip("|").split(" | ")][-2:]
        if not state.startswith(STATES):
            yield Violation(path, number, f"{row.group(1)} has no state")
        if re.match(r"met(?! \(document\))", state) and not PROOF.search(proof):
            yield Violation(path, number, f"{row.group(1)} is met without a proof")
        for name, file in PROOF.findall(proof):
            if not is_there(tree, name, file):
                yield Violation(path, number, f"{row.group(1)}: {file} has no {name}")


def is_there(tree, name, file):
    if file not in tree.names:
        return False
    if not file.endswith(".cpp"):
        return name in tree.text(file)
    suite, _, test = name.partition(".")
    return re.search(rf"^(?:TYPED_)?TEST(?:_[FP])?\(\s*{re.escape(suite)},\s*{re.escape(test)}\)", tree.text(file), re.M)
