"""Checks of what users read: errors in two languages, routes described, the API document whole."""

import json
import re

from tree import Violation

ERROR = re.compile(r"\bErrorCode\s+(k\w+)\s*\{")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
TABLE = re.compile(r"\bkErrors\s*(?:=\s*|\b)")


def value_at(source, start):
    """The text and the literals of the braced value that begins at `start`."""
    depth = 0
    for at in range(start, len(source.code)):
        depth += {"{": 1, "}": -1}.get(source.code[at], 0)
        if depth == 0:
            return source.text[start:at + 1]
    return source.text[start:]


def literals(text):
    """The string literals of a piece of C++, adjacent ones joined."""
    from tree import split_cpp
    return [literal for _, literal in split_cpp(text)[1]]


def names_in(template):
    return sorted(re.findall(r"\{(\w+)\}", template))


def error_texts(tree):
    """Every error has a unique code and agreeing texts in English and Chinese, and is in its table."""
    seen = {}
    for name in tree.names:
        if not name.startswith("src/") or not name.endswith("errors.h"):
            continue
        source = tree.source(name)
        table = source.code[source.code.rfind("kErrors"):] if "kErrors" in source.code else ""
        tables = " ".join(part for part in re.findall(r"kErrors\b[^;]*;", source.code)) or table
        for found in ERROR.finditer(source.code):
            line = source.code.count("\n", 0, found.start()) + 1
            texts = literals(value_at(source, found.end() - 1))
            yield from error_problems(name, line, found.group(1), texts, seen)
            if f"&{found.group(1)}" not in tables.replace(" ", ""):
                yield Violation(name, line, f"{found.group(1)} is not in the table kErrors")


def error_problems(name, line, constant, texts, seen):
    if len(texts) != 3:
        yield Violation(name, line, f"{constant} needs a code, an English and a Chinese text")
        return
    code, english, chinese = texts
    if code in seen:
        yield Violation(name, line, f"the code {code} is already in {seen[code]}")
    seen[code] = name
    if not english.strip() or CHINESE.search(english):
        yield Violation(name, line, f"{constant}: the first text is the English one")
    # A template that only passes a text on has no language of its own.
    passes_on = not re.search(r"\w", re.sub(r"\{\w+\}", "", chinese + english))
    if not CHINESE.search(chinese) and not passes_on:
        yield Violation(name, line, f"{constant}: the second text is the Chinese one")
    if names_in(english) != names_in(chinese):
        yield Violation(name, line, f"{constant}: the two texts have different parameters")


ROUTE = re.compile(r"(?<![\w\])])\.method\s*=\s*(?:\w+::)*Method::")


def route_starts(tree):
    """(source, start) of each route in a route table; requests to others have methods too."""
    for name in tree.cpp():
        if not name.startswith("src/") or name.endswith("_test.cpp") or "/testing/" in name:
            continue
        source = tree.source(name)
        if not re.search(r"\bk\w*Routes\b|\bRoute\s*[{>]", source.code):
            continue
        for found in ROUTE.finditer(source.code):
            if ".path" in source.code[found.start():found.start() + 200]:
                yield source, found.start()


def route_texts(tree):
    """Every route has an id, a scope and a summary in English and Chinese."""
    starts = list(route_starts(tree))
    for (source, start), (following, end) in zip(starts, starts[1:] + [(None, 0)]):
        limit = end if following is source else len(source.code)
        stop = source.code.find("};", start, limit)
        line = source.code.count("\n", 0, start) + 1
        yield from route_problems(source.path, line, source.text[start:stop if stop > 0 else limit])


def route_problems(name, line, text):
    path = re.search(r'\.path\s*=\s*"([^"]*)"', text)
    label = path.group(1) if path else "a route"
    if not path:
        yield Violation(name, line, "a route without .path")
    if not re.search(r"\.id\s*=", text) or not re.search(r"\.scope\s*=", text):
        yield Violation(name, line, f"{label} needs .id and .scope")
    english = re.search(r'\.en\s*=\s*((?:"[^"]*"\s*)+)', text)
    chinese = re.search(r'\.zh\s*=\s*((?:"[^"]*"\s*)+)', text)
    if not english or not english.group(1).strip(' "'):
        yield Violation(name, line, f"{label} has no English summary")
    if not chinese or not CHINESE.search(chinese.group(1)):
        yield Violation(name, line, f"{label} has no Chinese summary")


def routes_in_document(tree):
    """docs/openapi.json has every operation that a route table names, and each has a summary."""
    if "docs/openapi.json" not in tree.names:
        return
    document = json.loads(tree.text("docs/openapi.json"))
    described = {operation.get("operationId"): operation
                 for methods in document.get("paths", {}).values()
                 for operation in methods.values() if isinstance(operation, dict)}
    for identifier, operation in sorted(described.items(), key=lambda item: str(item[0])):
        if not operation.get("summary"):
            yield Violation("docs/openapi.json", 1, f"operation {identifier} has no summary")
    for source, start in route_starts(tree):
        text = source.text[start:start + 600]
        identifier = re.search(r'\.id\s*=\s*"([^"]+)"', text)
        path = re.search(r'\.path\s*=\s*"([^"]+)"', text)
        if identifier and path and path.group(1).startswith("/api/") and identifier.group(1) not in described:
            line = source.code.count("\n", 0, start) + 1
            yield Violation(source.path, line, f"operation {identifier.group(1)} is not in docs/openapi.json; make it anew")


# POSTs that make nothing which a retry could make twice, each with its reason.
MAKES_NOTHING = {
    "sign_in": "a session of one's own each time",
    "sign_out": "ends what is signed in",
    "change_my_password": "names the present password",
    "reset_user_password": "the last password holds, and only that is shown",
    "cancel_job": "cancelled once is cancelled",
    "declare_node_lost": "lost once is lost",
    "resume_model_import": "only a failed one is resumed",
    "cancel_model_import": "cancelled once is cancelled",
    "stop_deployment": "stopped once is stopped",
    "cancel_batch": "cancelled once is cancelled",
    "create_chat_completion": "a call of a model is charged for what it did, as in OpenAI's API",
    "create_completion": "a call of a model",
    "create_embedding": "a call of a model",
}


def creating_routes_repeatable(tree):
    """Every POST of docs/openapi.json that makes something takes an idempotency-key."""
    if "docs/openapi.json" not in tree.names:
        return
    document = json.loads(tree.text("docs/openapi.json"))
    for path, methods in sorted(document.get("paths", {}).items()):
        operation = methods.get("post")
        if not operation or operation.get("operationId") in MAKES_NOTHING:
            continue
        headers = {parameter.get("name") for parameter in operation.get("parameters", [])
                   if parameter.get("in") == "header"}
        if "idempotency-key" not in headers:
            yield Violation("docs/openapi.json", 1,
                            f"POST {path} makes something and must take an idempotency-key")


CONSTANT = re.compile(r"^inline constexpr ([\w:<>]+(?: [\w:<>]+)*?)\s+(k\w+)\s*[={]", re.M)
ROW = re.compile(r"\b(?:time_)?limit\(")


def snake_case(constant):
    return re.sub(r"(?<!^)([A-Z])", r"_\1", constant[1:]).lower()


def limits_shown(tree):
    """Every number in a limits.h is a row of the limit_table.h beside it, or a setting's default."""
    settings = tree.source("src/app/settings.cpp").code if "src/app/settings.cpp" in tree.names else ""
    for name in tree.names:
        if not name.startswith("src/") or not name.endswith("/limits.h"):
            continue
        folder = name.rsplit("/", 2)[1]
        table = name.replace("limits.h", "limit_table.h")
        rows = dict(rows_of(tree, table)) if table in tree.names else {}
        for found in CONSTANT.finditer(tree.source(name).code):
            kind, constant = found.groups()
            if "string_view" in kind:
                continue
            line = tree.source(name).code.count("\n", 0, found.start()) + 1
            if constant in rows:
                wanted = f"{folder}.{snake_case(constant)}"
                if rows[constant] != wanted:
                    yield Violation(table, 1, f"the row of {constant} must be named {wanted}")
            elif not re.search(rf"\b{folder}::{constant}\b", settings):
                yield Violation(name, line, f"{constant} is neither in {table} nor the default of a setting")


def rows_of(tree, table):
    """(constant, name of the row) of each row of a limit table; texts in the wrong language raise no row."""
    source = tree.source(table)
    for found in ROW.finditer(source.code):
        depth, end = 0, found.end() - 1
        for at in range(found.end() - 1, len(source.code)):
            depth += {"(": 1, ")": -1}.get(source.code[at], 0)
            if depth == 0:
                end = at
                break
        texts = literals(source.text[found.start():end])
        constant = re.search(r",\s*(k\w+)\s*,", source.code[found.start():end])
        if constant and CHINESE.search(texts[-1]) and not CHINESE.search(texts[-2]):
            yield constant.group(1), texts[0]
