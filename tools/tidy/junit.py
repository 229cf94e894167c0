"""Writes results in the form that every test tool reads."""

import pathlib
import xml.etree.ElementTree as ElementTree


def write(path, suite, results):
    """`results` is [(name, what failed or "")]."""
    root = ElementTree.Element("testsuite", name=suite, tests=str(len(results)),
                               failures=str(sum(1 for _, why in results if why)))
    for name, why in results:
        case = ElementTree.SubElement(root, "testcase", classname=suite, name=name)
        if why:
            ElementTree.SubElement(case, "failure", message=why.splitlines()[0]).text = why
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
