"""Two tenants of a real platform, with one of each thing in the first, and everybody who asks."""

import datetime
import json
import os
import re
import subprocess
import time

import kapok_test
import upstream
from judge import DEAD, INSIDE, NARROW, OUTSIDE, ROOT, SIBLING, Caller
from rights import ROLES

MARK = "marked-7f3a"  # Stands in every name of the tenant that others must not see.
# One of each, by prefix.
KINDS = ["org", "prj", "usr", "key", "ses", "ent", "agt", "acc", "trf", "prd", "job", "site", "node", "msr",
         "mdl", "imp", "dep", "file", "batch"]
PRICE = {"amount": "1.00", "currency": "CNY"}


class Scene:
    def __init__(self, folder):
        self.folder = folder
        self.platform = kapok_test.Platform(folder, environment={"KAPOK_MODELS_PRIVATE_NETWORKS": "true"})
        self.upstream = upstream.Upstream(f"model-{MARK}")
        self.silent = upstream.Upstream(f"silent-{MARK}")  # What is begun here does not end.
        self.agent = None
        self.callers = []
        self.ids = {}  # Of the tenant's things, by prefix.
        self.owners = {}  # Of the projects.
        self.made = 0

    def stop(self):
        for server in (self.upstream, self.silent):
            server.stop()
        kapok_test.stop(self.agent)
        kapok_test.stop(self.platform.process)

    def number(self):
        self.made += 1
        return self.made

    # ── who asks ──

    def credential(self, user, password):
        answer = self.call("POST", "/api/v1/sign-in", {"user_name": user, "password": password})
        return {"cookie": answer.headers["set-cookie"].split(";")[0],
                "x-csrf-token": answer.json()["csrf_token"]}

    def call(self, method, path, body=None, headers=None):
        answer = kapok_test.call(self.platform.url, method, path, body, headers)
        assert answer.status in (200, 201, 202, 204), f"{method} {path}: {answer.status} {answer.body[:500]}"
        return answer

    def make(self, path, body):
        return self.platform.api("POST", "/api/v1/" + path, body, expect=(200, 201, 202))

    def member(self, organization, name, role):
        made = self.make("users", {
            "organization_id": organization, "name": name, "display_name": name,
            "roles": [{"organization_id": organization, "role": role}]})
        headers = self.credential(name, made["password"])
        self.call("POST", "/api/v1/me/password", {"present_password": made["password"],
                                                  "new_password": kapok_test.NEW_PASSWORD}, headers)
        return made["id"], headers

    def key(self, project, name, role, scopes, **more):
        return self.make("keys", {"organization_id": self.owners[project], "project_id": project,
                                  "name": name, "role": role, "scopes": scopes, **more})

    def bearer(self, *arguments, **more):
        return {"authorization": "Bearer " + self.key(*arguments, **more)["key"]}

    def make_callers(self, tenants, projects):
        _, root = None, self.platform.session
        callers = [Caller("platform's operator", ROOT, root,
                          self.bearer(projects[0], "root's", "operator", ["*"]))]
        for role in ROLES.values():
            _, session = self.member(tenants[0], "inside-" + role.replace("_", "-"), role)
            callers.append(Caller(role, INSIDE, session,
                                  self.bearer(projects[0], "of " + role, role, ["*"]), role))
            _, session = self.member(tenants[1], "outside-" + role.replace("_", "-"), role)
            key = self.bearer(projects[1], "of " + role, role, ["*"])
            callers.append(Caller("other tenant's " + role, OUTSIDE, session, key, role))
            callers.append(Caller("key of the other tenant's " + role, OUTSIDE, key, role=role))
        callers.append(Caller("key of another project", SIBLING, self.bearer(
            projects[2], "of another project", "operator", ["*"])))
        for scope in ("programme:read", "gateway:call"):  # Of one that may all, for one thing.
            callers.append(Caller("key for " + scope, NARROW, scope=scope, headers=self.bearer(
                projects[0], "for " + scope, "operator", [scope])))
        dead = self.key(projects[0], "dead " + MARK, "operator", ["*"])
        self.call("DELETE", f"/api/v1/keys/{dead['id']}", None, root)
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=1)
        short = self.bearer(projects[0], "short " + MARK, "operator", ["*"],
                            expires_at=soon.isoformat().replace("+00:00", "Z"))
        time.sleep(1.2)  # The short-lived key ends.
        ended = self.session_of(self.ids["usr_name"])
        self.call("POST", "/api/v1/sign-out", None, ended)
        callers += [Caller("anonymous", DEAD), Caller("expired key", DEAD, short),
                    Caller("revoked key", DEAD, {"authorization": "Bearer " + dead["key"]}),
                    Caller("ended session", DEAD, ended),
                    Caller("session that never was", DEAD, {"cookie": "kapok_session=none"})]
        return callers

    def session_of(self, name):
        return self.credential(name, kapok_test.NEW_PASSWORD)

    # ── the tenant's things ──

    def set_up(self):
        """Two tenants, the first with one of each thing, and everybody who asks"""
        api = self.platform.api
        password = self.platform.start()["admin"]["password"]
        self.platform.sign_in(password)
        self.make("me/password", {"present_password": password, "new_password": kapok_test.NEW_PASSWORD})
        self.platform.sign_in(kapok_test.NEW_PASSWORD)
        root = api("GET", "/api/v1/me")["organization_id"]
        tenants = [self.make("organizations", {"parent_id": root, "name": name, "kind": "company"})["id"]
                   for name in (f"Tenant {MARK}", "The other tenant")]
        projects = [self.make("projects", {"organization_id": tenant, "name": name})["id"]
                    for tenant, name in ((tenants[0], f"project {MARK}"), (tenants[1], "another"),
                                         (tenants[0], "of the same tenant"))]
        self.owners = dict(zip(projects, (*tenants, tenants[0])))
        for project in projects[:2]:
            self.make(f"wallets/{project}/top-ups",
                      {"amount": {"amount": "500", "currency": "CNY"}, "reference": MARK})
        user, owner = self.member(tenants[0], "owner-" + MARK, "operator")
        self.owner = owner
        self.ids = {"org": tenants[0], "prj": projects[0], "usr": user, "usr_name": "owner-" + MARK,
                    "upstream": self.upstream.url, "model": self.upstream.name, "zero": "0", "metric": "wallet_balances",
                    "error code": "platform.internal"}
        self.owner_key = self.bearer(projects[0], "owner's", "operator", ["*"])
        self.make_compute()
        self.make_models()
        self.make_money()
        self.ids["key"] = self.key(projects[0], f"key {MARK}", "operator", ["ledger:read"])["id"]
        self.ids["ses"] = self.fresh_session()["ses"]
        self.ids["ent"] = self.fresh_token()["ent"]
        self.ids["file"] = self.fresh_file()["file"]
        self.ids["batch"] = self.fresh_batch()["batch"]
        self.callers = self.make_callers(tenants, projects)
        self.ids |= self.event()
        self.wait_for_measurement()
        return f"{len(self.callers)} callers, {len(self.ids)} things"

    def as_owner(self, method, path, body=None):
        answer = self.call(method, "/api/v1/" + path, body, self.owner)
        return answer.json() if answer.body else None

    def make_compute(self):
        self.agent, node = self.platform.join_agent(self.ids["org"], f"site {MARK}", f"node {MARK}")
        self.ids["node"] = node
        self.ids["site"] = self.platform.api("GET", f"/api/v1/nodes/{node}")["site_id"]
        self.ids["agt"] = self.as_owner("GET", "agents")["items"][0]["id"]
        self.as_owner("POST", f"nodes/{node}/measurements", {"effort": "tour"})
        self.ids["job"] = self.fresh_job()["job"]
        uploaded = self.raw("POST", f"/api/v1/artifacts?project_id={self.ids['prj']}", MARK.encode())
        self.ids["artifact"] = uploaded["digest"]

    def raw(self, method, path, body):
        connection = kapok_test.http.client.HTTPConnection("127.0.0.1", self.platform.port, timeout=30)
        connection.request(method, path, body, {"content-type": "application/octet-stream", **self.owner})
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status in (200, 201, 202), f"{path}: {answer.status} {text[:500]}"
        return json.loads(text)

    def model(self, server):
        return self.as_owner("POST", "models", {
            "name": server.name, "license": "Apache-2.0", "source": "tests",
            "context_window": 1024, "embedding_dimension": 8})["id"]

    def deployment(self, model, server):
        return self.as_owner("POST", "deployments", {
            "model": model, "upstream": "llama.cpp", "url": server.url,
            "input_price": PRICE, "output_price": PRICE})["id"]

    def make_models(self):
        self.deployment(self.model(self.silent), self.silent)
        self.silent.silent = "head"
        self.ids["mdl"] = self.model(self.upstream)
        self.ids["dep"] = self.fresh_deployment()["dep"]
        products = self.as_owner("GET", "products?kind=model")["items"]
        self.ids["prd"] = products[0]["id"]
        self.ids["imp"] = self.fresh_import()["imp"]

    def make_money(self):
        project = self.ids["prj"]
        body = {"model": self.upstream.name, "messages": [{"role": "user", "content": "Hello"}]}
        self.call("POST", "/v1/chat/completions", body, self.owner_key)
        wallet = self.platform.api("GET", f"/api/v1/wallets/{project}")
        entries = self.platform.api("GET", f"/api/v1/accounts/{wallet['account']}/entries?order=oldest_first")
        self.ids["acc"] = wallet["account"]
        # The first is the top-up: of the platform's cash and this project, and of nobody else.
        self.ids["trf"] = re.findall(r"trf_[0-9A-Z]{26}", json.dumps(entries))[0]

    def event(self):
        """One that is the tenant's, and the ends of a proof."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            shown = self.platform.api("GET", f"/api/v1/events?organization_id={self.ids['org']}&limit=500")
            latest = self.platform.api("GET", "/api/v1/checkpoints/latest", expect=(200, 404))
            first = self.platform.api("GET", "/api/v1/checkpoints?order=oldest_first&limit=1")["items"]
            own = [event for event in shown["items"] if MARK in json.dumps(event)]
            if own and latest.get("size", 0) > own[0]["sequence"]:
                return {"sequence": own[0]["sequence"], "first checkpoint": first[0]["size"],
                        "last checkpoint": latest["size"]}
            time.sleep(0.1)
        raise AssertionError("no event of the tenant's is in a checkpoint")

    def wait_for_measurement(self):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            found = self.as_owner("GET", f"nodes/{self.ids['node']}/measurements")["items"]
            if found:
                self.ids["msr"] = found[0]["id"]
                return
            time.sleep(0.2)
        raise AssertionError("the node was not measured")

    # ── things to be used up ──

    def fresh(self):
        """{operation: what makes the thing that those who may do it use up}"""
        org = lambda: {"org": self.make("organizations", {
            "parent_id": self.ids["org"], "name": f"child {self.number()}", "kind": "company"})["id"]}
        project = lambda: {"prj": self.make("projects", {
            "organization_id": self.ids["org"], "name": f"used up {self.number()}"})["id"]}
        user = lambda: {"usr": self.make("users", {
            "organization_id": self.ids["org"], "name": f"used-up-{self.number()}"})["id"]}
        key = lambda: {"key": self.as_owner("POST", "keys", {
            "project_id": self.ids["prj"], "name": f"used up {self.number()}",
            "scopes": ["job:read"]})["id"]}
        return {"update_organization": org, "update_project": project,
                "update_user": user, "set_user_roles": user, "reset_user_password": user,
                "revoke_session": self.fresh_session, "revoke_key": key, "rotate_key": key,
                "revoke_enrollment_token": self.fresh_token, "revoke_agent": self.fresh_agent,
                "cancel_job": self.fresh_job, "stop_deployment": self.fresh_deployment,
                "upload_model_import": self.fresh_import, "cancel_model_import": self.fresh_import,
                "resume_model_import": self.failed_import,
                "delete_file": self.fresh_file, "cancel_batch": self.fresh_batch,
                "create_batch": self.fresh_file}

    def fresh_session(self):
        before = {row["id"] for row in self.sessions()}
        self.session_of(self.ids["usr_name"])
        return {"ses": next(row["id"] for row in self.sessions() if row["id"] not in before)}

    def sessions(self):
        return self.as_owner("GET", "sessions?limit=500")["items"]

    def token(self):
        return self.make("enrollment-tokens", {"organization_id": self.ids["org"],
                                               "site_name": f"site {MARK}"})

    def fresh_token(self):
        return {"ent": self.token()["id"]}

    def fresh_agent(self):
        """A certificate of an agent that has joined, and does not run."""
        before = {row["id"] for row in self.as_owner("GET", "agents")["items"]}
        binary = os.environ.get("KAPOK_BINARY", str(kapok_test.ROOT / "build/release/kapok"))
        subprocess.run([binary, "agent", "join", "--server", self.platform.url,
                        "--token", self.token()["token"], "--name", f"used up {self.number()}",
                        "--data", str(self.folder / f"agent-{self.number()}")],
                       check=True, capture_output=True)
        return {"agt": next(row["id"] for row in self.as_owner("GET", "agents")["items"]
                            if row["id"] not in before)}

    def fresh_job(self):
        return {"job": self.as_owner("POST", "jobs", {
            "project_id": self.ids["prj"], "name": f"job {MARK}", "command": ["echo", MARK],
            "time_limit": "1m"})["id"]}

    def fresh_deployment(self):
        return {"dep": self.deployment(self.ids["mdl"], self.upstream)}

    def fresh_import(self):
        return {"imp": self.as_owner("POST", "model-imports", {
            "name": f"import-{MARK}-{self.number()}", "source": "upload:weights.gguf", "bytes": 64})["id"]}

    def failed_import(self):
        made = self.fresh_import()["imp"]
        self.raw("PUT", f"/api/v1/model-imports/{made}/content?offset=0", b"GGUF" + bytes(60))
        deadline = time.monotonic() + 20
        while self.as_owner("GET", f"model-imports/{made}")["state"] != "failed":
            assert time.monotonic() < deadline, "an import of a file without weights goes on"
            time.sleep(0.05)
        return {"imp": made}

    def fresh_file(self):
        key = self.owner_key["authorization"].removeprefix("Bearer ")
        line = json.dumps({"custom_id": MARK, "method": "POST", "url": "/v1/embeddings",
                           "body": {"model": self.silent.name, "input": MARK}})
        return {"file": kapok_test.upload(self.platform.url, key, line, f"{MARK}.jsonl")}

    def fresh_batch(self):
        made = self.call("POST", "/v1/batches", {
            "input_file_id": self.fresh_file()["file"], "endpoint": "/v1/embeddings",
            "completion_window": "24h"}, self.owner_key)
        return {"batch": made.json()["id"]}
