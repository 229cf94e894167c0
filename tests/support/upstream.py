"""A scripted server of models: it speaks llama.cpp's part of OpenAI's API, and what it does next is
what a test tells it. For what a real engine cannot be told to do: to answer late, or not at all."""

import http.server
import json
import threading
import time


class Upstream:
    """Answers every chat call with `tokens` tokens, `pause` seconds apart; with `silent` set, it
    takes a call and says nothing, before the answer's head ("head") or after a token ("token")."""

    def __init__(self, name="scripted", tokens=3):
        self.name, self.tokens = name, tokens
        self.pause = 0.0
        self.silent = None
        self.sent_at = []              # When each token of the last stream was handed to the system.
        self.calls = 0
        self.ended = threading.Event()  # A silent call waits for this, or for its caller to leave.
        handler = type("Handler", (_Handler,), {"upstream": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream = None

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.reply({"status": "ok", "data": [{"id": self.upstream.name, "object": "model"}]})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or "{}")
        self.upstream.calls += 1
        if self.upstream.silent == "head":
            self.upstream.ended.wait(60)
            self.close_connection = True
            return
        if self.path.endswith("/embeddings"):
            self.reply({"object": "list", "model": self.upstream.name,
                        "data": [{"object": "embedding", "index": 0, "embedding": [0.5] * 8}],
                        "usage": {"prompt_tokens": 4, "total_tokens": 4}})
        else:
            self.stream("chat" in self.path, body)

    def reply(self, document):
        text = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def stream(self, chat, body):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        script = self.upstream
        script.sent_at = []
        try:
            for number in range(1, script.tokens + 1):
                script.sent_at.append(time.monotonic())
                self.event(self.chunk(chat, number, None))
                if script.silent == "token":
                    script.ended.wait(60)
                    return
                time.sleep(script.pause)
            self.event(self.chunk(chat, script.tokens, "stop"))
            usage = {"prompt_tokens": 4, "completion_tokens": script.tokens,
                     "total_tokens": 4 + script.tokens}
            self.event({**self.chunk(chat, script.tokens, None), "choices": [], "usage": usage})
            self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            pass  # The caller has left, which is what some tests are about.

    def chunk(self, chat, number, reason):
        choice = {"index": 0, "finish_reason": reason}
        said = "" if reason else f"word{number} "
        choice |= {"delta": {"content": said} if not reason else {}} if chat else {"text": said}
        return {"id": "scripted", "created": 1, "model": self.upstream.name, "choices": [choice],
                "object": "chat.completion.chunk" if chat else "text_completion",
                "timings": {"prompt_n": 4, "predicted_n": number, "cache_n": 0}}

    def event(self, document):
        self.wfile.write(f"data: {json.dumps(document)}\n\n".encode())
        self.wfile.flush()
