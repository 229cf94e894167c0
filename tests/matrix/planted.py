"""Small servers with one fault each, on which the matrix is tried: a test that finds nothing where a
leak is planted proves nothing where it finds none."""

import http.server
import json
import threading

from judge import DEAD, INSIDE, NARROW, OUTSIDE, ROOT, Caller
from matrix import Matrix, World
from rights import HIDDEN, MAY, TOLD

ID = "job_01M83K95NFFQST16K8Q057QPH5"
PATTERN = {"type": "string", "pattern": "^job_[0-7][0-9A-HJKMNP-TV-Z]{25}$"}
RIGHTS = {"get_job": {"worker": MAY, "reader": MAY, "guest": HIDDEN},
          "list_jobs": {"worker": MAY, "reader": MAY, "guest": HIDDEN},
          "change_job": {"worker": MAY, "reader": TOLD, "guest": HIDDEN}}
CALLERS = [Caller("root", ROOT, {"who": "root"}), Caller("anonymous", DEAD),
           Caller("stranger", OUTSIDE, {"who": "stranger"}),
           Caller("narrow", NARROW, {"who": "narrow"}, scope="other:read")]
CALLERS += [Caller(role, INSIDE, {"who": role}, role=role) for role in ("worker", "reader", "guest")]


def operation(name, scope, parameters=(), **more):
    return {"operationId": name, "x-scope": scope, "parameters": list(parameters), "responses": {"200": {}}, **more}


PATH = {"name": "id", "in": "path", "required": True, "schema": PATTERN}
NAME = {"type": "string", "minLength": 3, "maxLength": 40}
SCHEMA = {"type": "object", "properties": {"name": NAME}, "required": ["name"]}
DOCUMENT = {"paths": {
    "/jobs": {"get": operation("list_jobs", "job:read")},
    "/jobs/{id}": {
        "get": operation("get_job", "job:read", [PATH]),
        "put": operation("change_job", "job:write", [PATH],
                         requestBody={"content": {"application/json": {"schema": SCHEMA}}})}}}

REFUSALS = {"anonymous": 401, "narrow": 403, "stranger": 404}
# The fault: (method, path is of one job, who): what is answered instead.
FAULTS = {
    "a stranger reads it": {("GET", True, "stranger"): (200, ID)},
    "a stranger's refusal names what it is about": {("GET", True, "stranger"): (404, "secret-name")},
    "a stranger sees it in a list": {("GET", False, "stranger"): (200, "secret-name")},
    "a stranger changes it, and is shown nothing": {("PUT", True, "stranger"): (204, "")},
    "a stranger's request is looked at before who asks": {("PUT", True, "stranger"): (400, "")},
    "a stranger is told of a conflict": {("PUT", True, "stranger"): (409, "")},
    "nobody reads it": {("GET", True, "anonymous"): (200, ID)},
    "nobody is told that it is not there": {("GET", True, "anonymous"): (404, "")},
    "a key for something else reads it": {("GET", True, "narrow"): (200, ID)},
    "a reader changes it": {("PUT", True, "reader"): (200, ID)},
    "a guest is told that it is there": {("GET", True, "guest"): (403, "")},
    "a guest sees it in a list": {("GET", False, "guest"): (200, "secret-name")},
    "one who may is refused": {("PUT", True, "worker"): (403, "")},
    "one who may sees an empty list": {("GET", False, "reader"): (200, "[]")},
    "the request was never valid": {("PUT", True, who): (400, "") for who in
                                    ("root", "worker", "reader", "guest", "stranger")},
    "the server breaks": {("PUT", True, "guest"): (500, "")},
}


class Server(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fault = {}

    def log_message(self, *_):
        pass

    def answer(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        who, one = self.headers.get("who", "anonymous"), self.path.startswith("/jobs/")
        status, text = self.fault.get((self.command, one, who)) or self.right(who, one, body)
        self.send_response(status)
        self.send_header("content-length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def right(self, who, one, body):
        if who in REFUSALS and (one or who != "stranger"):
            return REFUSALS[who], ""
        name = "change_job" if self.command == "PUT" else "get_job" if one else "list_jobs"
        right = RIGHTS[name].get(who, MAY if who == "root" else HIDDEN)
        if right != MAY:
            return (200, "[]") if not one else (403 if right == TOLD else 404, "")
        if self.command == "PUT" and len(json.loads(body)["name"]) < 3:
            return 400, ""
        return 200, json.dumps([{"id": ID, "name": "secret-name"}])

    do_GET = do_PUT = answer


def faults_of(planted):
    handler = type("Planted", (Server,), {"fault": planted})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        return Matrix(url, DOCUMENT, CALLERS, RIGHTS, World({"job": ID}, ["secret-name", ID])).run()
    finally:
        server.shutdown()
        server.server_close()


def check():
    clean = faults_of({})
    assert not clean, "a server without a fault: " + "\n".join(clean)
    missed = [name for name, planted in FAULTS.items() if not faults_of(planted)]
    assert not missed, f"not found: {missed}"
    unknown = Matrix("http://127.0.0.1:1", DOCUMENT, [], {"get_job": {}, "gone": {}},
                     World({}, [])).run()
    assert len(unknown) == 3, f"a route that the table has not, or has too much: {unknown}"
    return f"{len(FAULTS)} planted faults found, 0 where there is none"
