"""The official Python client, unchanged. Prints one JSON object with what it got."""

import json
import os

import openai

client = openai.OpenAI(base_url=os.environ["KAPOK_BASE_URL"], api_key=os.environ["KAPOK_KEY"])
question = [{"role": "user", "content": "What is the capital of France?"}]

plain = client.chat.completions.create(model="tiny", messages=question, temperature=0)
streamed, usage = "", None
for chunk in client.chat.completions.create(model="tiny", messages=question, temperature=0,
                                            stream=True, stream_options={"include_usage": True}):
    streamed += chunk.choices[0].delta.content or "" if chunk.choices else ""
    usage = chunk.usage or usage
text = client.completions.create(model="tiny", prompt="Hello", max_tokens=5)
embedding = client.embeddings.create(model="tiny", input=["Hello", "你好"])
models = client.models.list()
assert client.models.retrieve("tiny").id == "tiny"
refusals = {}
for name, attempt in {
    "unknown": lambda: client.chat.completions.create(model="none", messages=question),
    "bad": lambda: client.chat.completions.create(model="tiny", messages=[]),
    "key": lambda: openai.OpenAI(base_url=os.environ["KAPOK_BASE_URL"],
                                 api_key="wrong").models.list(),
}.items():
    try:
        attempt()
    except openai.APIStatusError as error:
        refusals[name] = {"status": error.status_code, "code": error.code,
                          "name": type(error).__name__}
print(json.dumps({
    "plain": plain.choices[0].message.content,
    "usage": plain.usage.model_dump(include={"prompt_tokens", "completion_tokens"}),
    "streamed": streamed,
    "stream_usage": usage.model_dump(include={"prompt_tokens", "completion_tokens"}),
    "completion_tokens": text.usage.completion_tokens,
    "dimensions": [len(item.embedding) for item in embedding.data],
    "models": [model.id for model in models],
    "refusals": refusals,
}))
