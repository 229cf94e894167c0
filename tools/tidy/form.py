"""Checks of form: sizes, opening comments, READMEs, words that must not be there, coroutines."""

import ast
import re

from tree import Violation

FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 60
MEASURED = (".h", ".cpp", ".ts", ".tsx", ".py", ".sh", ".sql", ".cmake")


def is_script(tree, name):
    return "." not in name.rsplit("/", 1)[-1] and (tree.text(name) or "").startswith("#!")


def file_length(tree):
    """No file of code has more than 800 lines."""
    for name in tree.names:
        if name.endswith(MEASURED) or is_script(tree, name):
            lines = (tree.text(name) or "").count("\n")
            if lines > FILE_LINES_MAX:
                yield Violation(name, lines, f"{lines} lines; {FILE_LINES_MAX} are the limit")


def function_length(tree):
    """No function in C++ or Python has more than 60 lines."""
    for name in tree.cpp():
        for label, first, last in cpp_functions(tree.source(name).code):
            if last - first + 1 > FUNCTION_LINES_MAX:
                yield Violation(name, first, f"{label} has {last - first + 1} lines; {FUNCTION_LINES_MAX} are the limit")
    for name in tree.names:
        if name.endswith(".py") or (is_script(tree, name) and "python" in tree.text(name).split("\n", 1)[0]):
            yield from python_functions(name, tree.text(name))


def python_functions(name, text):
    try:
        parsed = ast.parse(text)
    except SyntaxError as error:
        yield Violation(name, error.lineno or 1, f"not Python: {error.msg}")
        return
    for node in ast.walk(parsed):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield Violation(name, node.lineno, f"{node.name} has {lines} lines; {FUNCTION_LINES_MAX} are the limit")


SCOPE = re.compile(r"^\s*(?:export\s+|inline\s+|typedef\s+|template\s*<.*?>\s*)*(?:namespace|class|struct|union|enum|extern\s*\"\s*\")",
                   re.DOTALL)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)


def without_groups(text):
    """The text with its (…) collapsed to ()."""
    text = re.sub(r"\boperator\s*(\(\s*\)|\[\s*\]|[^\s\w(]+)", "operator", text)
    while True:
        shorter = re.sub(r"\(([^()]+)\)", "()", text)
        if shorter == text:
            return text
        text = shorter


def opens_function(head):
    """Whether the text before a brace, outside of any function, is a function's head."""
    flat = without_groups(head)
    return "()" in flat and "=" not in flat.split("()", 1)[0]


def is_initializer(head):
    """Whether the brace after `head` is a member's initializer in `X::X() : a_{…}, b_{…} {`."""
    flat = without_groups(head)
    return re.search(r"\(\)[^;]*:\s*(?:.*,\s*)?[\w:<>]+\s*$", flat, re.DOTALL) is not None


def cpp_functions(code):
    """(name, first line, last line) of the functions in C++ without comments and strings. Good for
    code that clang-format made; lambdas count as part of the function around them."""
    code = PREPROCESSOR.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), code)
    functions, stack, head_start, line = [], [], 0, 1
    for at, letter in enumerate(code):
        if letter == "\n":
            line += 1
        elif letter == ";" and (not stack or stack[-1][0] == "scope"):
            head_start = at + 1
        elif letter == "{":
            if stack and stack[-1][0] != "scope":
                stack.append(("inner", None, line))
                continue
            head = code[head_start:at]
            if SCOPE.match(head.strip()):
                stack.append(("scope", None, line))
                head_start = at + 1
            elif opens_function(head) and not is_initializer(head):
                first = line - head.lstrip().count("\n")
                stack.append(("function", re.sub(r"\s+", " ", without_groups(head)).strip()[-60:], first))
            else:
                stack.append(("value", None, line))
        elif letter == "}" and stack:
            kind, label, first = stack.pop()
            if kind == "function":
                functions.append((label, first, line))
            if kind in ("function", "scope"):
                head_start = at + 1
    return functions


def header_comments(tree):
    """Every header opens with a comment on what the thing is and why it is so."""
    for name in tree.names:
        if not name.startswith("src/") or not name.endswith(".h"):
            continue
        lines = [line.strip() for line in (tree.text(name) or "").splitlines()]
        rest = [line for line in lines if line and line != "#pragma once"]
        if "#pragma once" not in lines:
            yield Violation(name, 1, "a header starts with #pragma once")
        if not rest or not rest[0].startswith("//") or len(rest[0]) < 20:
            yield Violation(name, 1, "a header opens with a comment that says what the thing is")


def module_readmes(tree):
    """Every module has a README.md."""
    for folder, module in sorted(tree.modules.items()):
        top = "src/" + module.top
        if f"{folder}/README.md" not in tree.names and f"{top}/README.md" not in tree.names:
            yield Violation(folder + "/CMakeLists.txt", module.line, f"{folder} has no README.md")


# Spelled in halves, so that this file passes its own check.
UNFINISHED = ["TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"]
CODE_WORDS = ["not imple" "mented", "st" "ub(bed)?", "dum" "my", "for no" "w", "place" "holder"]
HOSTS = ["py" r"pi\.org", "python" r"hosted\.org", "registry\\.npm" r"js\.org", r"\bcrates" r"\.io\b",
         r"proxy\.go" r"lang\.org", "deb\\.deb" r"ian\.org", r"repo1\.ma" r"ven\.org", r"maven" r"\.org/maven2"]
MACHINE = ["/wo" "rk/", "/fa" "rm/"]


def banned_words(tree):
    """No marks of unfinished work, no paths of a developer's machine, no registries' hosts."""
    everywhere = re.compile("|".join([r"\b(" + "|".join(UNFINISHED) + r")\b", *HOSTS, *MACHINE]))
    in_code = re.compile(r"\b(" + "|".join(CODE_WORDS) + r")\b", re.IGNORECASE)
    for name in tree.names:
        text = tree.text(name)
        if text is None or name == "LICENSE":
            continue
        strict = name.endswith((*MEASURED, "CMakeLists.txt")) and not name.startswith("console/") or is_script(tree, name)
        for number, line in enumerate(text.splitlines(), 1):
            found = everywhere.search(line) or (in_code.search(line) if strict else None)
            if found:
                yield Violation(name, number, f"'{found.group()}' must not be here")


def statements(code):
    """The statements of C++ code, as (line, text). A body in braces ends a statement and has its
    own; braces that make a value belong to theirs."""
    out, stack, buffer, depth, line, start = [], [], [], 0, 1, 1

    def flush():
        text = "".join(buffer).strip()
        if text:
            out.append((start, text))

    for letter in code:
        if letter == "\n":
            line += 1
        if letter == "{" and opens_body("".join(buffer)):
            stack.append((buffer, depth, start))
            if depth == 0:
                flush()
            buffer, depth, start = [], 0, line
            stack[-1] = ([] if stack[-1][1] == 0 else stack[-1][0] + ["{"], stack[-1][1], stack[-1][2])
            continue
        if letter == "}" and stack and depth <= 0:
            flush()
            buffer, depth, start = stack.pop()
            if depth:
                buffer.append("}")
            continue
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(letter, 0)
        if letter == ";" and depth <= 0:
            flush()
            buffer, depth, start = [], 0, line
            continue
        if not buffer:
            start = line
        if buffer or not letter.isspace():
            buffer.append(letter)
    flush()
    return out


def opens_body(before):
    """Whether a brace after this text of a statement opens a body rather than a value."""
    before = before.rstrip()
    if not before:
        return True
    if re.search(r"(\)|\]|\b(else|do|try|const|noexcept|mutable|override|final))$", before):
        return True
    if re.search(r"\)\s*(mutable\s*)?(noexcept\s*)?->\s*[\w:<>,\s&*]+$", before):
        return True
    return re.match(r"(template\s*<.*>\s*)?(inline\s+)?(namespace|class|struct|union|enum|extern)\b[^=(]*$", before, re.DOTALL) is not None


COROUTINE = [
    (r"co_await[^;]*[({,]\s*\[[^\]]+\]\s*[({]", "a lambda that captures is a temporary beside co_await: name it first"),
    (r"co_await[^;]*\(\s*\{|co_await[^;]*\w\s*\{", "a value in braces beside co_await: name it first"),
    (r"\?[^;:]*co_await|\?[^;]*[^:]:[^:;][^;]*co_await|co_await[^;?]*\?[^;]*[^:]:[^:]", "co_await in a conditional expression: use if"),
    (r"\w\s*\{[^;{}]*co_await[^;{}]*\}\s*$", "co_await inside braces: name its result first"),
]


def coroutines(tree):
    """One co_await a statement, with named arguments."""
    rules = [(re.compile(pattern), advice) for pattern, advice in COROUTINE]
    for name in tree.cpp():
        code = tree.source(name).code
        if "co_await" not in code:
            continue
        for line, text in statements(code):
            if "co_await" not in text:
                continue
            if "co_spawn(" not in text.replace(" ", ""):
                for rule, advice in rules:
                    if rule.search(text):
                        yield Violation(name, line, advice)
            if len(re.findall(r"\bco_await\b", text)) > 1:
                yield Violation(name, line, "more than one co_await in a statement")
