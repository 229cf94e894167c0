"""The product of operations and callers, each attempt judged. Knows nothing of Kapok but its OpenAPI
document, so that it can be tried on a server with planted leaks."""

import dataclasses
import http.client
import re
import socket
import urllib.parse

from bodies import Requests
from judge import BUYER, DEAD, INSIDE, NARROW, OUTSIDE, ROOT, SAW_NOTHING, SIBLING, Attempt, judge
from rights import IN_THE_WAY, MAY, NOBODYS, OF_PROJECT, OPEN, OWN

LISTEN_S = 0.5  # To a stream that does not end.
ID = re.compile(r'"id": ?"([A-Za-z]+[_-][0-9A-Za-z]+)"')


@dataclasses.dataclass
class World:
    """Whose things are asked for."""
    ids: dict      # Of the victim's things, by prefix.
    marks: list    # Only those may see them who may see the victim's things.
    secrets: list = dataclasses.field(default_factory=list)  # Not even in what is offered to all.
    known: set = dataclasses.field(default_factory=set)      # To everybody in the tenant.
    project: list = dataclasses.field(default_factory=list)  # What belongs to the one project.
    fresh: dict = dataclasses.field(default_factory=dict)    # By operation: makes what is used up.


class Matrix:
    def __init__(self, url, document, callers, rights, world):
        self.netloc = urllib.parse.urlparse(url).netloc
        self.requests = Requests(document)
        self.callers, self.rights, self.world = callers, rights, world
        self.operations = [(method.upper(), path, operation)
                           for path, methods in document["paths"].items()
                           for method, operation in methods.items()]
        self.attempts = self.refused = self.allowed = 0

    def run(self):
        """What is wrong, in lines."""
        names = {operation["operationId"] for _, _, operation in self.operations}
        faults = [f"{name} is in the table and not in the program" for name in self.rights if name not in names]
        for method, path, operation in self.operations:
            name = operation["operationId"]
            if operation.get("x-scope") != "public" and name not in OWN and name not in self.rights:
                faults.append(f"{name}: who may do it does not stand in rights.py")
                continue
            faults += self.try_operation(method, path, operation)
        return faults

    def try_operation(self, method, path, operation):
        """All who may not first, so that nothing is used up; then those who may."""
        name = operation["operationId"]
        row = self.rights.get(name, {})
        may = lambda caller: caller.standing == ROOT or \
            caller.standing == INSIDE and row.get(caller.role) == MAY
        faults = []
        for caller in sorted(self.callers, key=may):
            if not self.is_asked(caller, name, operation.get("x-scope")):
                continue
            ids = {**self.world.ids, "role": caller.role or "operator"}
            try:
                ids |= self.use_up(name) if may(caller) else {}
            except (AssertionError, KeyError, StopIteration) as problem:
                faults.append(f"{caller.name}: {name}: nothing to use up: {problem!r}")
                continue
            found = [self.attempt(method, path, operation, caller, ids, filtered)
                     for filtered in ((True, False) if self.is_page(path, operation) else (True,))]
            # What is there is not under each filter, or not on the first page: once is enough.
            if not all(fault and fault.startswith(SAW_NOTHING) for fault in found):
                found = [fault for fault in found if not (fault or "").startswith(SAW_NOTHING)]
            faults += [f"{caller.name}: {method} {path}: {fault}" for fault in found if fault]
        return faults

    def is_asked(self, caller, name, scope):
        """Whether an attempt says something, and uses up nothing that it may."""
        if name in OWN:
            return caller.standing == DEAD
        if caller.standing == SIBLING:
            return name in OF_PROJECT
        return caller.standing != NARROW or scope not in ("public", "signed_in", caller.scope)

    def use_up(self, name):
        made = self.world.fresh[name]() if name in self.world.fresh else {}
        self.world.marks += made.values()
        return made

    def attempt(self, method, path, operation, caller, ids, filtered):
        target = self.requests.target(path, operation, ids, filtered)
        kind, body = self.requests.body(operation, ids)
        headers = caller.key if caller.key and path.startswith("/v1/") else caller.headers
        status, text = self.ask(method, target, kind, body, headers)
        self.attempts += 1
        name = operation["operationId"]
        tried = Attempt(name, method, operation.get("x-scope", ""), self.is_page(path, operation),
                        target + (body or b"").decode(errors="replace"), status, text,
                        IN_THE_WAY.get(name, ""))
        expected = self.rights.get(name, {}).get(caller.role)
        if caller.standing == OUTSIDE and name in OPEN:
            caller = dataclasses.replace(caller, standing=BUYER)
        fault = judge(tried, caller, expected, self.marks_for(caller, expected))
        if tried.succeeded and caller.standing in (INSIDE, ROOT) and method == "POST":
            self.world.marks += ID.findall(text)[:1]  # What it made is the victim's too.
        self.allowed += tried.succeeded
        self.refused += not tried.succeeded
        return fault

    def marks_for(self, caller, expected):
        world = self.world
        if caller.standing == BUYER:
            return world.secrets
        if caller.standing == SIBLING:
            return world.project
        if caller.standing == INSIDE and expected != MAY:
            return [mark for mark in world.marks if mark not in world.known]
        return world.marks

    def ask(self, method, target, kind, body, headers):
        connection = http.client.HTTPConnection(self.netloc, timeout=30)
        try:
            connection.request(method, target, body,
                               {**({"content-type": kind} if kind else {}), **(headers or {})})
            answer = connection.getresponse()
            if "event-stream" not in (answer.getheader("content-type") or ""):
                return answer.status, answer.read().decode(errors="replace")
            return answer.status, listen(connection, answer)
        finally:
            connection.close()

    def is_page(self, path, operation):
        """It lists what the caller may see, of whatever there is."""
        if "{" in path or operation["operationId"] in NOBODYS or "200" not in operation["responses"]:
            return False
        content = operation["responses"]["200"].get("content", {})
        if "text/event-stream" in content and operation["operationId"].startswith("stream_"):
            return True
        schema = self.requests.resolve(content.get("application/json", {}).get("schema", {}))
        members = schema.get("properties", {})
        return "items" in members or operation["operationId"].startswith("list_")


def listen(connection, answer):
    """What a stream says in the time that we give it."""
    text = b""
    if connection.sock:
        connection.sock.settimeout(LISTEN_S)
    try:
        while line := answer.readline():
            text += line
    except (TimeoutError, socket.timeout):
        pass
    return text.decode(errors="replace")
