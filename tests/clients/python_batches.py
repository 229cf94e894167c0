"""The official Python client, unchanged, with files and batches. Prints one JSON object."""

import json
import os
import time

import openai

client = openai.OpenAI(base_url=os.environ["KAPOK_BASE_URL"], api_key=os.environ["KAPOK_KEY"])
once = client.with_options(max_retries=0)  # The client tries a 409 again by itself.
URL = "/v1/chat/completions"


def line(number, model="tiny", **more):
    body = {"model": model, "temperature": 0, "max_tokens": 40,
            "messages": [{"role": "user", "content": "What is the capital of France?"}], **more}
    return json.dumps({"custom_id": f"request-{number}", "method": "POST", "url": URL,
                       "body": body})


def upload(lines, name="batch.jsonl"):
    return client.files.create(file=(name, "\n".join(lines).encode()), purpose="batch")


def finished(batch):
    deadline = time.monotonic() + 120
    while batch.status not in ("completed", "failed", "expired", "cancelled"):
        assert time.monotonic() < deadline, batch
        time.sleep(0.2)
        batch = client.batches.retrieve(batch.id)
    return batch


def refusal(attempt):
    try:
        attempt()
    except openai.APIStatusError as error:
        return {"status": error.status_code, "code": error.code, "name": type(error).__name__,
                "param": error.param}
    return None


# 24 good lines and one that the gateway refuses.
file = upload([line(n) for n in range(24)] + [line(24, max_tokens="many")], "问题.jsonl")
kept = client.files.retrieve(file.id)
listed = [item.id for item in client.files.list(purpose="batch", limit=1)]
same = client.files.content(file.id).read() == "\n".join(
    [line(n) for n in range(24)] + [line(24, max_tokens="many")]).encode()
batch = client.batches.create(input_file_id=file.id, endpoint=URL, completion_window="24h",
                              metadata={"purpose": "测试"})
in_use = refusal(lambda: once.files.delete(file.id))
done = finished(batch)
outputs = [json.loads(text) for text in client.files.content(done.output_file_id).text.splitlines()]
errors = [json.loads(text) for text in client.files.content(done.error_file_id).text.splitlines()]

# A file with faults, each of its own kind.
bad = upload([line(1), line(1), "{", line(2, model="none"), line(3, stream=True),
              json.dumps({"custom_id": "x", "method": "GET", "url": URL, "body": {}}),
              json.dumps({"custom_id": "y", "method": "POST", "url": URL})])
failed = finished(client.batches.create(input_file_id=bad.id, endpoint=URL,
                                        completion_window="24h"))

# Embeddings, and one that is cancelled.
texts = upload([json.dumps({"custom_id": str(n), "method": "POST", "url": "/v1/embeddings",
                            "body": {"model": "tiny", "input": f"text {n}"}}) for n in range(3)])
embedded = finished(client.batches.create(input_file_id=texts.id, endpoint="/v1/embeddings",
                                          completion_window="24h"))
vectors = [json.loads(text)["response"]["body"]["data"][0]["embedding"]
           for text in client.files.content(embedded.output_file_id).text.splitlines()]
many = upload([line(n, max_tokens=200, ignore_eos=True) for n in range(60)])
long = client.batches.create(input_file_id=many.id, endpoint=URL, completion_window="24h")
client.batches.cancel(long.id)
cancelled = finished(long)
batches = [item.id for item in client.batches.list(limit=2)]
deleted = client.files.delete(file.id)

print(json.dumps({
    "file": {"same": same, "bytes": kept.bytes, "name": kept.filename, "status": kept.status,
             "listed": file.id in listed, "in_use": in_use, "deleted": deleted.deleted,
             "gone": refusal(lambda: client.files.retrieve(file.id))},
    "status": done.status, "counts": done.request_counts.model_dump(),
    "metadata": done.metadata, "outputs": outputs, "errors": errors,
    "failed": {"status": failed.status,
               "errors": [[e.line, e.code, e.param] for e in failed.errors.data]},
    "vectors": [len(vector) for vector in vectors],
    "cancelled": {"status": cancelled.status, "counts": cancelled.request_counts.model_dump()},
    "batches": len(batches), "all": long.id in batches,
    "refusals": {
        "purpose": refusal(lambda: client.files.create(file=("a", b"x"), purpose="fine-tune")),
        "file": refusal(lambda: client.batches.create(
            input_file_id="file-none", endpoint=URL, completion_window="24h")),
        "window": refusal(lambda: client.batches.create(
            input_file_id=texts.id, endpoint=URL, completion_window="1h")),
        "batch": refusal(lambda: client.batches.retrieve("batch_none")),
        "over": refusal(lambda: once.batches.cancel(done.id)),
    },
}))
