"""Load on a platform that tests break: clients of the gateway and submitters of jobs, each of which
remembers what was acknowledged, and what must be true of it afterwards."""

import json
import os
import random
import subprocess
import threading
import time

import kapok_test

PROMPTS = ["Hello", "What is the capital of France?", "Count to ten.", "你好", "What is a GPU?"]


class Client(threading.Thread):
    """Calls the gateway again and again, and remembers what was acknowledged."""

    def __init__(self, platform, number, seed, model="tiny"):
        super().__init__(daemon=True)
        self.platform, self.number, self.model = platform, number, model
        self.random = random.Random(seed * 100 + number)
        self.acknowledged = {}  # Request id: (prompt tokens, completion tokens).
        self.begun = 0
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            try:
                self.begun += 1
                self.call()
            except (OSError, ValueError, kapok_test.http.client.HTTPException):
                time.sleep(0.05)  # The server is down for the moment.

    def call(self):
        stream = self.random.random() < 0.5
        body = {"model": self.model, "temperature": 0, "stream": stream,
                "messages": [{"role": "user", "content": self.random.choice(PROMPTS)}]}
        if stream:
            body["stream_options"] = {"include_usage": True}
        headers = {"authorization": "Bearer " + self.platform.key}
        answer = kapok_test.call(self.platform.url, "POST", "/v1/chat/completions", body, headers,
                                 timeout=20)
        if answer.status != 200:
            time.sleep(0.02)
            return
        usage = last_usage(answer.body.decode()) if stream else answer.json()["usage"]
        if usage:
            self.acknowledged[answer.headers["x-request-id"]] = (usage["prompt_tokens"],
                                                                 usage["completion_tokens"])


class Submitter(threading.Thread):
    """Submits jobs, each again under its own id until the server has acknowledged it."""

    def __init__(self, platform, seed):
        super().__init__(daemon=True)
        self.platform = platform
        self.random = random.Random(seed * 7)
        self.acknowledged = {}  # Job id: what its output must hold.
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            job, nonce = kapok_test.make_id("job"), f"{self.random.random():.9f}"
            body = {"id": job, "project_id": self.platform.project, "name": "kill " + nonce,
                    "command": ["sh", "-c", f"sleep {self.random.uniform(0.05, 1.5):.2f}; "
                                            f"echo {nonce} >out.txt; echo said {nonce}"],
                    "outputs": ["out.txt"], "cpu": "100m", "memory": "32MiB", "disk": "16MiB",
                    "time_limit": "1m"}
            while job not in self.acknowledged and not self.ending.is_set():
                try:
                    answer = kapok_test.call(self.platform.url, "POST", "/api/v1/jobs", body,
                                             self.platform.session, timeout=20)
                    # 502 and 504 are a load balancer's, while its server is down.
                    assert answer.status < 500 or answer.status in (502, 503, 504), answer.body
                    if answer.status in (200, 201):
                        self.acknowledged[job] = nonce
                except (OSError, kapok_test.http.client.HTTPException):
                    time.sleep(0.05)  # The server is down for the moment.
            time.sleep(self.random.uniform(0.05, 0.3))


class Payer(threading.Thread):
    """Tops the project's wallet up by a cent at a time, each again with its own key until it is acknowledged."""

    def __init__(self, platform):
        super().__init__(daemon=True)
        self.platform = platform
        self.begun = 0
        self.acknowledged = []
        self.refused = []  # (status, code)
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            self.begun += 1
            key = kapok_test.make_id("pay")
            while not self.ending.is_set() and not self.pay(key):
                time.sleep(0.05)
            time.sleep(0.01)

    def pay(self, key):
        try:
            answer = kapok_test.call(
                self.platform.url, "POST", f"/api/v1/wallets/{self.platform.project}/top-ups",
                {"amount": {"amount": "0.01", "currency": "CNY"}},
                {**self.platform.session, "idempotency-key": key}, timeout=20)
        except (OSError, kapok_test.http.client.HTTPException):
            return False  # The server is down for the moment.
        if answer.status in (200, 201):
            self.acknowledged.append(key)
            return True
        code = answer.json().get("code") if answer.body.startswith(b"{") else None
        self.refused.append((answer.status, code))
        return False


def wait_for_progress(workers, within):
    """Each gets an answer that it had not got before; the seconds that it took."""
    counts = lambda: [len(worker.acknowledged) for worker in workers]
    begin, before = time.monotonic(), counts()
    while not all(count > former for count, former in zip(counts(), before)):
        assert time.monotonic() - begin < within, f"not well again after {within} s: {before}, {counts()}"
        time.sleep(0.02)
    return time.monotonic() - begin


def end(load):
    """Ends what all of them do; none may have given up before."""
    fallen = [type(thread).__name__ for thread in load if not thread.is_alive()]
    assert not fallen, f"{fallen} gave up"
    for thread in load:
        thread.ending.set()
    for thread in load:
        thread.join(30)
    counts = {}
    for thread in load:
        counts[type(thread).__name__] = counts.get(type(thread).__name__, 0) + len(thread.acknowledged)
    return "acknowledged: " + ", ".join(f"{count} ({name.lower()})" for name, count in counts.items())


def last_usage(text):
    """The usage of a stream that ended with [DONE], which is its acknowledgement."""
    events = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    if not events or events[-1] != "[DONE]":
        return None
    usages = [json.loads(event).get("usage") for event in events[:-1]]
    return next((usage for usage in reversed(usages) if usage), None)


def expect_charged_once(platform, clients):
    """What was acknowledged is charged exactly so, and nothing is charged twice."""
    seen = {}
    for record in platform.usage():
        place = (record["subject"], record["meter"])
        assert place not in seen, f"{place} was charged twice"
        seen[place] = record["quantity"]
    for client in clients:
        for request, (prompt, completion) in client.acknowledged.items():
            charged = (seen.get((request, "input_tokens"), 0),
                       seen.get((request, "output_tokens"), 0))
            assert charged == (prompt, completion), \
                f"{request}: seen {prompt}+{completion}, charged {charged[0]}+{charged[1]}"
    return f"{len(seen)} usage records"


def expect_paid_once(platform, payer, funds=1000):
    """What is paid in is what was acknowledged; the one that was under way at the end may be there too."""
    statement = platform.api("GET", f"/api/v1/statements/{platform.project}")
    cents = round((float(statement["paid_in"]["amount"]) - funds) * 100)
    paid = len(payer.acknowledged)
    assert paid <= cents <= payer.begun <= paid + 1, f"{paid} of {payer.begun} acknowledged, {cents} there"
    return f"{paid} payments"


def expect_jobs_ran_once(platform, submitter, also_charged=(), patience=120):
    """Every acknowledged job ran once, with its own result, and was charged once; so were those of
    `also_charged`."""
    deadline = time.monotonic() + patience
    for job, nonce in submitter.acknowledged.items():
        while True:
            view = platform.api("GET", f"/api/v1/jobs/{job}")
            if view["finished_at"]:
                break
            assert time.monotonic() < deadline, f"{job} is {view['state']}: {view['attempts']}"
            time.sleep(0.1)
        assert view["state"] == "succeeded", f"{job}: {view['attempts']}"
        assert len(view["attempts"]) == 1, f"{job} ran {len(view['attempts'])} times"
        digest = view["outputs"][0]["digest"]
        held = kapok_test.call(platform.url, "GET", f"/api/v1/artifacts/{digest}", None,
                               platform.session)
        assert held.body.decode() == nonce + "\n", f"{job}: {held.body}"
    charged = [record["subject"] for record in platform.usage()
               if record["meter"] == "core_time"]
    wanted = sorted(f"{job}/1" for job in [*submitter.acknowledged, *also_charged])
    assert sorted(charged) == wanted, set(wanted) ^ set(charged)
    return f"{len(wanted)} jobs"


def expect_books_agree(platform):
    """Nothing is held any more and the books agree."""
    deadline = time.monotonic() + 20
    while True:
        wallet, statement, trial = platform.books()
        if wallet["held"]["amount"] == "0.000000" or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    assert wallet["held"]["amount"] == "0.000000", f"held: {wallet['held']}"
    assert statement["closing"] == wallet["balance"], (statement, wallet)
    assert trial["balanced"] is True, trial
    return f"charged {statement['charged']['amount']} CNY, balance {wallet['balance']['amount']}"


def expect_log_holds(platform):
    """The log has no gap and proves itself, and so does the book; the server is started again for it."""
    kapok_test.stop(platform.process)
    binary = os.environ.get("KAPOK_BINARY", str(kapok_test.ROOT / "build/release/kapok"))
    found = subprocess.run([binary, "doctor", "--whole", "--data", platform.folder / "data", "--url", platform.url,
                            "-o", "json"], capture_output=True, text=True, timeout=120)
    whole = next(row for row in json.loads(found.stdout) if row["check"] == "whole log and book")
    assert whole["health"] == "ok", whole
    platform.start()
    platform.sign_in(kapok_test.NEW_PASSWORD)
    return whole["found"]


def measured_node(platform, node):
    """Waits for the node's first grade: without it nothing is sold, and nothing dispatched."""
    platform.api("POST", f"/api/v1/nodes/{node}/measurements", {"effort": "tour"},
                 expect=(200, 201, 202))
    deadline = time.monotonic() + 240
    while not platform.api("GET", f"/api/v1/nodes/{node}")["grade"]:
        assert time.monotonic() < deadline, "the node was not measured"
        time.sleep(0.2)
