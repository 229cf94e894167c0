"""What the checks look at: the files of the project, C++ with its comments and strings told apart,
and the modules as CMake declares them."""

import dataclasses
import pathlib
import re
import subprocess

# Layers from the bottom. A module uses its own layer only as SIBLINGS says, and never a higher one.
LAYERS = [
    ["core"],
    ["platform"],
    ["audit"],
    ["identity"],
    ["registry", "ledger"],
    ["programme", "evaluation", "exchange", "data", "models", "compute"],
    ["app"],
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
# Who may use which sibling, through its api.h only.
SIBLINGS = {
    "models": {"compute", "exchange"},
    "compute": {"exchange"},
    "data": {"exchange"},
    "evaluation": {"models", "compute"},
}
EXCLUDED = ("tests/fixtures/", "build/", "console/dist/", "third_party/")
CPP = (".h", ".cpp")


@dataclasses.dataclass(frozen=True, order=True)
class Violation:
    path: str
    line: int
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}"


class Source:
    """A C++ file: `code` has comments and the insides of strings blanked, line by line as before;
    `strings` is a list of (line, text) of its literals, adjacent ones joined."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.code, self.strings = split_cpp(text)


@dataclasses.dataclass
class Module:
    name: str
    folder: str  # "src/platform/http"
    depends: set
    line: int

    @property
    def top(self):
        return self.folder.split("/")[1]


class Tree:
    def __init__(self, root, names=None):
        self.root = pathlib.Path(root)
        self.names = sorted(names if names is not None else tracked(self.root))
        self._texts = {}
        self._sources = {}
        self.modules, self.test_libraries = read_modules(self)

    def text(self, name):
        if name not in self._texts:
            try:
                self._texts[name] = (self.root / name).read_text(encoding="utf-8")
            except (UnicodeDecodeError, IsADirectoryError, FileNotFoundError):
                self._texts[name] = None  # Not a text; no check reads it.
        return self._texts[name]

    def source(self, name):
        if name not in self._sources:
            self._sources[name] = Source(name, self.text(name) or "")
        return self._sources[name]

    def cpp(self):
        """Names of all C++ files of the product and its tests."""
        return [name for name in self.names if name.endswith(CPP)]

    def module_of(self, name):
        """The module that owns a file: the nearest folder above it that declares one."""
        folder = name.rsplit("/", 1)[0]
        while folder.startswith("src/"):
            if folder in self.modules:
                return self.modules[folder]
            folder = folder.rsplit("/", 1)[0]
        return None


def tracked(root):
    """The files that git tracks or would, without those that are other people's or generated."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True).stdout.decode()
    return [name for name in listed.split("\0") if name and not name.startswith(EXCLUDED)
            and (pathlib.Path(root) / name).is_file()]


RAW_STRING = re.compile(r'R"([^\s()\\]{0,16})\(')
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|(?:u8|[uUL])?R"[^\s()\\]{0,16}\(|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'',
                   re.DOTALL)


def blank(text):
    """As many lines and columns, but nothing in them."""
    return re.sub(r"[^\n]", " ", text)


def split_cpp(text):
    """(code without comments and strings, [(line, literal)]) of C++ text."""
    out, strings, at, last_end = [], [], 0, None
    while True:
        found = TOKEN.search(text, at)
        if not found:
            out.append(text[at:])
            break
        start, end = found.span()
        token = found.group()
        if token.startswith("'") and start and text[start - 1].isalnum():
            out.append(text[at:start + 1])  # A digit separator: 1'000.
            at = start + 1
            continue
        out.append(text[at:start])
        if token.startswith("/"):
            out.append(blank(token))
        elif token.endswith("("):
            raw = RAW_STRING.search(token)
            close = text.find(")" + raw.group(1) + '"', end)
            close = len(text) if close < 0 else close
            literal, end = text[end:close], min(len(text), close + len(raw.group(1)) + 2)
            strings.append((text.count("\n", 0, start) + 1, literal))
            out.append('""' + blank(text[start + 2:end]))
        elif token.endswith('"') and not token.startswith("'"):
            body = token[token.index('"') + 1:-1]
            if last_end is not None and not text[last_end:start].strip():
                strings[-1] = (strings[-1][0], strings[-1][1] + body)
            else:
                strings.append((text.count("\n", 0, start) + 1, body))
            out.append('"' + blank(token[1:-1]) + '"')
            last_end = end
        else:
            out.append("'" + blank(token[1:-1]) + "'")
        at = end
    return "".join(out), strings


CALL = re.compile(r"\b(kapok_module|kapok_test|kapok_bench)\s*\(([^)]*)\)")
KEYWORDS = {"SOURCES", "TESTS", "CONCURRENT_TESTS", "VOLUME_TESTS", "DEPENDS", "LIBRARIES", "LABELS"}


def read_modules(tree):
    """({folder: Module}, {test file: modules it may use besides}) from the CMake lists under src/."""
    modules, test_libraries = {}, {}
    for name in tree.names:
        if not re.fullmatch(r"src/(.+/)?CMakeLists\.txt", name):
            continue
        folder = name.rsplit("/", 1)[0]
        text = re.sub(r"#[^\n]*", "", tree.text(name) or "")
        for call in CALL.finditer(text):
            words = call.group(2).split()
            lists, key = {}, None
            for word in words[1:]:
                if word in KEYWORDS:
                    key = word
                elif key:
                    lists.setdefault(key, []).append(word)
            line = text.count("\n", 0, call.start()) + 1
            if call.group(1) == "kapok_module":
                modules[folder] = Module(words[0], folder, set(lists.get("DEPENDS", [])), line)
            else:
                # kapok::db_test is what db offers to tests.
                used = {word.removeprefix("kapok::").removesuffix("_test")
                        for word in lists.get("LIBRARIES", []) if word.startswith("kapok::")}
                for source in lists.get("SOURCES", []):
                    test_libraries.setdefault(f"{folder}/{source}", set()).update(used)
    return modules, test_libraries
