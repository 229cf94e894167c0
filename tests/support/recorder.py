"""A proxy between the gateway and a real engine that writes down, of every stream, the engine's last
cumulative count that it has passed on; and that holds a stream, or breaks it off, after so many events,
so that "the last count before the cut" is one number and not a race."""

import http.client
import http.server
import json
import select
import threading
import urllib.parse

HOLD, BREAK = "hold", "break"


class Recorder:
    def __init__(self, engine):
        self.engine = urllib.parse.urlparse(engine).netloc
        self.plans = {}    # By the last message of a call: (HOLD or BREAK, after how many events).
        self.relayed = {}  # By the same: the engine's last cumulative count that was passed on.
        handler = type("Handler", (_Handler,), {"recorder": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    recorder = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.pass_on(None)

    def do_POST(self):
        self.pass_on(self.rfile.read(int(self.headers.get("content-length", 0))))

    def pass_on(self, body):
        engine = http.client.HTTPConnection(self.recorder.engine, timeout=60)
        try:
            engine.request(self.command, self.path, body, {"content-type": "application/json"})
            answer = engine.getresponse()
            kind = answer.getheader("content-type") or "application/json"
            self.close_connection = True
            self.send_response(answer.status)
            self.send_header("content-type", kind)
            self.send_header("connection", "close")
            self.end_headers()
            if "event-stream" in kind:
                self.stream(answer, json.loads(body))
            else:
                self.wfile.write(answer.read())
        except OSError:
            self.close_connection = True  # The gateway has left; so does this, and the engine stops.
        finally:
            engine.close()

    def stream(self, answer, body):
        name = body["messages"][-1]["content"] if "messages" in body else ""
        wish, after = self.recorder.plans.get(name, (None, 0))
        events = 0
        while event := read_event(answer):
            self.wfile.write(event)
            self.wfile.flush()
            events += 1
            count = predicted(event)
            if count is not None:
                self.recorder.relayed[name] = count
            if wish and events == after:
                if wish == HOLD:
                    self.wait_for_the_gateway_to_leave()
                return

    def wait_for_the_gateway_to_leave(self):
        select.select([self.connection], [], [], 30)


def read_event(answer):
    """One event with its empty line; nothing at the end."""
    lines = []
    while line := answer.readline():
        lines.append(line)
        if line == b"\n":
            break
    return b"".join(lines)


def predicted(event):
    text = event.decode()
    if not text.startswith("data: {"):
        return None
    return json.loads(text[6:]).get("timings", {}).get("predicted_n")
