"""What the tests of the whole program share: a real server, a real engine with the tiny model, and
a project with money and a key. Standard library only."""

import http.client
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import xml.sax.saxutils

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NEW_PASSWORD = "seventeen paper cranes"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop(process):
    if process and process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def engine_file(name):
    """Where tools/engine keeps the server and the models; it makes what is missing."""
    known = os.environ.get({"server": "KAPOK_ENGINE", "model": "KAPOK_MODEL",
                            "tiny": "KAPOK_TINY_MODEL"}[name])
    return known or subprocess.run([ROOT / "tools/engine", name], check=True, capture_output=True,
                                   text=True).stdout.strip()


def virtual_environment(lock):
    """The interpreter of a virtual environment with the packages of a lock file; made once."""
    folder = ROOT / "build" / lock.parent.name / "python"
    done = folder / "done"
    if not done.exists() or done.read_text() != lock.read_text():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "--quiet", "--require-hashes", "--no-deps",
                        "--disable-pip-version-check", "-r", lock], check=True)
        done.write_text(lock.read_text())
    return folder / "bin/python"


ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def make_id(prefix):
    """A UUIDv7 in Kapok's text form, as a client makes one."""
    bits = int(time.time() * 1000) << 80 | 7 << 76 | secrets.randbits(12) << 64
    bits |= 2 << 62 | secrets.randbits(62)
    return prefix + "_" + "".join(ALPHABET[bits >> shift & 31] for shift in range(125, -1, -5))


class Engine:
    """llama-server with a model: "tiny" (one token is one byte) or the instruct "model". It listens on
    `host`, and is started by the words of `wrapper`, where it is to be on another network."""

    def __init__(self, folder, model="tiny", host="127.0.0.1", wrapper=(), name=None):
        self.folder = folder
        self.host, self.wrapper = host, list(wrapper)
        self.port = free_port()
        self.url = f"http://{host}:{self.port}"
        self.model = engine_file(model)
        self.name = name or ("tiny" if model == "tiny" else "smollm2-135m-instruct")
        self.binary = engine_file("server")
        self.process = None

    def start(self):
        log = open(self.folder / "engine.log", "ab")
        self.process = subprocess.Popen(
            [*self.wrapper, self.binary, "-m", self.model, "--alias", self.name, "--host", self.host,
             "--port", str(self.port), "-c", "8192", "-np", "8", "-t", "1", "--metrics", "--jinja",
             "--embeddings", "--pooling", "mean"], stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if call(self.url, "GET", "/health").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError("the engine did not start; see " + str(self.folder / "engine.log"))

    def counters(self):
        """The engine's own totals, by name."""
        text = call(self.url, "GET", "/metrics").body.decode()
        lines = [line.split() for line in text.splitlines() if line and line[0] != "#"]
        return {name: float(value) for name, value in lines}


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


def connect(url, timeout=60):
    """A connection to the server of `url`; under TLS it trusts whom SSL_CERT_FILE names."""
    parts = urllib.parse.urlparse(url)
    made = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return made(parts.netloc, timeout=timeout)


def call(url, method, path, body=None, headers=None, timeout=60):
    connection = connect(url, timeout)
    try:
        data = None if body is None else json.dumps(body).encode()
        connection.request(method, path, data,
                           {"content-type": "application/json", **(headers or {})})
        answer = connection.getresponse()
        fields = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, fields, answer.read())
    finally:
        connection.close()


def upload(url, key, text, name="batch.jsonl"):
    """Uploads a file for a batch; gives its id."""
    form = ('--kapok\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--kapok\r\n'
            f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n{text}\r\n'
            "--kapok--\r\n")
    connection = http.client.HTTPConnection(urllib.parse.urlparse(url).netloc, timeout=60)
    try:
        connection.request("POST", "/v1/files", form.encode(), {
            "content-type": "multipart/form-data; boundary=kapok", "authorization": "Bearer " + key})
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == 200, f"{answer.status} {body[:500]}"
        return json.loads(body)["id"]
    finally:
        connection.close()


class Platform:
    """`kapok serve` on a data folder that survives its restarts."""

    def __init__(self, folder, database=None, environment=None, origin="http://127.0.0.1"):
        self.folder = folder
        self.environment = environment or {}
        self.port = free_port()
        self.agents_port = free_port()
        self.url = f"{origin}:{self.port}"
        self.database = database
        self.process = None
        self.session = {}
        self.key = {}
        self.project = None

    def start(self):
        binary = os.environ.get("KAPOK_BINARY", str(ROOT / "build/release/kapok"))
        command = [binary, "serve", "--data", str(self.folder / "data"), "--port", str(self.port),
                   "-o", "json"]
        if self.database:
            command += ["--database", self.database]
        log = open(self.folder / "server.log", "ab")
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log,
            env={**os.environ, "KAPOK_AGENTS_PORT": str(self.agents_port), **self.environment})
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the server did not start; see " +
                                 str(self.folder / "server.log"))
        return json.loads(line)

    def api(self, method, path, body=None, expect=(200, 201, 204)):
        answer = call(self.url, method, path, body, self.session)
        if answer.status not in expect:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.body.decode()[:500]}")
        return answer.json() if answer.body else None

    def sign_in(self, password):
        answer = call(self.url, "POST", "/api/v1/sign-in",
                      {"user_name": "admin", "password": password})
        assert answer.status == 200, answer.body
        self.session = {"cookie": answer.headers["set-cookie"].split(";")[0],
                        "x-csrf-token": answer.json()["csrf_token"]}

    def settle(self, ready, funds="1000"):
        """The first administrator with a password of his own, and a project with funds; the organization."""
        password = ready["admin"]["password"]
        self.sign_in(password)
        self.api("POST", "/api/v1/me/password",
                 {"present_password": password, "new_password": NEW_PASSWORD})
        self.sign_in(NEW_PASSWORD)
        organization = self.api("GET", "/api/v1/me")["organization_id"]
        project = self.api("POST", "/api/v1/projects",
                           {"organization_id": organization, "name": "tests"})
        self.project = project["id"]
        self.top_up(funds)
        return organization

    def prepare(self, ready, engine, funds="1000"):
        """A project with funds and a key, and the tiny model connected and priced."""
        self.settle(ready, funds)
        self.offer(engine.name, engine.url)
        self.key = self.make_key(self.project)

    def offer(self, name, url):
        """The model of the engine at `url`, with prices."""
        model = self.api("POST", "/api/v1/models",
                         {"name": name, "license": "Apache-2.0", "source": "tests",
                          "context_window": 1024, "embedding_dimension": 192})
        price = lambda amount: {"amount": amount, "currency": "CNY"}
        self.api("POST", "/api/v1/deployments",
                 {"model": model["id"], "upstream": "llama.cpp", "url": url,
                  "input_price": price("0.50"), "output_price": price("2.00")})

    def top_up(self, funds):
        self.api("POST", f"/api/v1/wallets/{self.project}/top-ups",
                 {"amount": {"amount": funds, "currency": "CNY"}})

    def join_agent(self, organization, site, name=None, wrapper=()):
        """This host as a node of `site`: a real agent, which its caller stops."""
        token = self.api("POST", "/api/v1/enrollment-tokens",
                         {"organization_id": organization, "site_name": site})["token"]
        binary = os.environ.get("KAPOK_BINARY", str(ROOT / "build/release/kapok"))
        log = open(self.folder / "agent.log", "ab")
        command = [*wrapper, binary, "agent", "run", "--server", self.url, "--token", token,
                   "--data", str(self.folder / "agent")] + (["--name", name] if name else [])
        agent = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            nodes = self.api("GET", "/api/v1/nodes")["items"]
            if nodes:
                return agent, nodes[0]["id"]
            time.sleep(0.05)
        stop(agent)
        raise AssertionError("the agent did not join; see " + str(self.folder / "agent.log"))

    def restart_agent(self):
        """The agent again, after it ended in whatever way; it finds its way by itself."""
        binary = os.environ.get("KAPOK_BINARY", str(ROOT / "build/release/kapok"))
        log = open(self.folder / "agent.log", "ab")
        return subprocess.Popen([binary, "agent", "run", "--data", str(self.folder / "agent")],
                                stdout=log, stderr=log)

    def make_key(self, project):
        made = self.api("POST", "/api/v1/keys",
                        {"project_id": project, "name": "tests", "scopes": ["gateway:call"]})
        return made["key"]

    def usage(self):
        """Every usage record of the project, by request and meter."""
        records, cursor = [], ""
        while True:
            page = self.api("GET", f"/api/v1/usage-records?project={self.project}&limit=500{cursor}")
            records += page["items"]
            if not page.get("next_cursor"):
                return records
            cursor = "&cursor=" + page["next_cursor"]

    def books(self):
        """The wallet, the statement and the trial balance; each must agree with the others."""
        wallet = self.api("GET", f"/api/v1/wallets/{self.project}")
        statement = self.api("GET", f"/api/v1/statements/{self.project}")
        trial = self.api("GET", "/api/v1/trial-balance")
        return wallet, statement, trial


def junit(path, suite, results):
    """`results`: (title, seconds, failure or None)."""
    quoted = xml.sax.saxutils.quoteattr
    failed = sum(1 for _, _, failure in results if failure)
    lines = [f'<testsuites><testsuite name={quoted(suite)} tests="{len(results)}" '
             f'failures="{failed}" skipped="0">']
    for title, seconds, failure in results:
        inner = f"<failure message={quoted(failure[:3000])}/>" if failure else ""
        lines.append(f'<testcase classname={quoted(suite)} name={quoted(title)} '
                     f'time="{seconds:.3f}">{inner}</testcase>')
    lines.append("</testsuite></testsuites>")
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(path).write_text("\n".join(lines) + "\n")


def run(suite, tests):
    """Runs functions one after the other, prints and writes what came of it, and exits."""
    results = []
    for test in tests:
        begin = time.monotonic()
        failure = None
        try:
            note = test()
        except Exception as problem:
            failure, note = f"{type(problem).__name__}: {problem}", None
        title = (test.__doc__ or test.__name__).strip().splitlines()[0]
        seconds = time.monotonic() - begin
        results.append((title, seconds, failure))
        print(f"{'FAIL' if failure else 'ok'}   {suite}: {title} ({seconds:.1f} s)", flush=True)
        if failure or note:
            print("     " + (failure or note), flush=True)
    folder = os.environ.get("KAPOK_RESULTS")
    if folder:
        junit(pathlib.Path(folder) / f"{suite}.xml", suite, results)
    failed = sum(1 for _, _, failure in results if failure)
    print(f"{len(results) - failed} passed, {failed} failed")
    raise SystemExit(1 if failed or not results else 0)


def scratch(name):
    return pathlib.Path(tempfile.mkdtemp(prefix=f"kapok-{name}-"))
