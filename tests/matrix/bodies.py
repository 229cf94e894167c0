"""Valid requests, made from the OpenAPI document: what is required, and every id that can name whose
the thing is. A name is another each time. What a schema cannot say stands in OVERRIDES."""

import datetime
import itertools
import json
import re

# {operation: {member: value}}; a value may be a function of the ids.
OVERRIDES = {
    "create_organization": {"kind": "company"},
    "update_organization": {"parent_id": None},  # To move it is another right: the platform's.
    "create_key": {"scopes": ["organization:read"], "role": lambda ids: ids["role"]},  # The maker's own.
    "create_price": {"meter": "output_tokens", "unit": "token"},
    "submit_job": {"command": ["true"], "time_limit": "1m"},
    "create_model_import": {"source": "upload:weights.gguf", "bytes": 64},
    "create_deployment": {"upstream": "llama.cpp", "url": lambda ids: ids["upstream"]},
    "create_batch": {"input_file_id": lambda ids: ids["file"], "endpoint": "/v1/embeddings"},
}
MESSAGES = [{"role": "user", "content": "Hello"}]
# What is not JSON of a schema: (content type, bytes as a function of the ids).
RAW = {
    "upload_artifact": ("application/octet-stream", lambda ids: b"an artifact"),
    "upload_model_import": ("application/octet-stream", lambda ids: b"GGUF" + bytes(60)),
    "create_file": ("multipart/form-data; boundary=kapok", lambda ids: FORM),
    "create_chat_completion": ("application/json", lambda ids: json.dumps(
        {"model": ids["model"], "messages": MESSAGES, "max_tokens": 8}).encode()),
    "create_completion": ("application/json", lambda ids: json.dumps(
        {"model": ids["model"], "prompt": "Hello", "max_tokens": 8}).encode()),
    "create_embedding": ("application/json", lambda ids: json.dumps(
        {"model": ids["model"], "input": "Hello"}).encode()),
    "cancel_batch": ("application/json", lambda ids: b""),
}
FORM = (b'--kapok\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n--kapok\r\n'
        b'Content-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{}\r\n--kapok--\r\n')
# Of a path whose parameter has no pattern: which id it is.
PLACES = {"get_callable_model": "model", "download_artifact": "artifact",
          "get_file": "file", "delete_file": "file", "get_file_content": "file",
          "get_batch": "batch", "cancel_batch": "batch"}
# Of a path or query whose value no schema knows: (operation, name): which id it is, or a value.
PARAMETERS = {("stream_events", "after"): "zero", ("prove_consistency", "from"): "first checkpoint",
              ("prove_consistency", "to"): "last checkpoint", ("get_event", "sequence"): "sequence",
              ("prove_event", "sequence"): "sequence",
              ("get_error_page", "code"): "error code",
              ("get_metric", "name"): "metric", ("get_metric_value", "name"): "metric",
              ("get_metric_series", "name"): "metric", ("get_metric_inputs", "name"): "metric"}
PREFIX = re.compile(r"\^([a-z]+)_\[0-7\]")
NUMBERS = itertools.count(1)


def prefix_of(schema):
    found = PREFIX.match(schema.get("pattern", ""))
    return found and found.group(1)


class Requests:
    """Makes requests of a document; `ids` are of the things that are asked for, by prefix."""

    def __init__(self, document):
        self.schemas = document.get("components", {}).get("schemas", {})

    def target(self, path, operation, ids, filtered=True):
        """The path and query with real ids in their places."""
        asked = []
        for parameter in operation.get("parameters", []):
            name, schema = parameter["name"], parameter["schema"]
            given = self.parameter(operation["operationId"], name, schema, ids)
            if parameter["in"] == "path":
                assert given, f"{operation['operationId']}: no id for {{{name}}}"
                path = path.replace("{" + name + "}", str(given))
            elif parameter["in"] == "query" and (parameter.get("required") or
                                                 (operation["operationId"], name) in PARAMETERS or
                                                 filtered and prefix_of(schema) and given):
                asked.append(f"{name}={given}")
        return path + ("?" + "&".join(asked) if asked else "")

    def parameter(self, operation, name, schema, ids):
        prefix = prefix_of(schema)
        if prefix:
            return ids.get(prefix)
        if operation in PLACES and name != "project_id":
            return ids[PLACES[operation]]
        if (operation, name) in PARAMETERS:
            return ids[PARAMETERS[operation, name]]
        return "2026-01-01T00:00:00Z" if schema.get("format") == "date-time" else \
            schema.get("minimum", "none")

    def body(self, operation, ids):
        """(content type, bytes); (None, None) if the operation takes no body."""
        name = operation["operationId"]
        if name in RAW:
            return RAW[name][0], RAW[name][1](ids)
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if not content:
            return None, None
        made = self.example(content["schema"], name, ids)
        for member, given in OVERRIDES.get(name, {}).items():
            made[member] = given(ids) if callable(given) else given
        made = {member: given for member, given in made.items() if given is not None}
        return "application/json", json.dumps(made).encode()

    def example(self, schema, name, ids):
        schema = self.resolve(schema)
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if schema.get("examples"):
            return schema["examples"][0]
        if schema.get("enum"):
            return schema["enum"][0]
        if kind == "object":
            return self.members(schema, ids)
        if kind == "array":
            return [self.example(schema["items"], name, ids)]
        if kind in ("integer", "number"):
            return max(1, schema.get("minimum", 1))
        if kind == "boolean":
            return True
        return self.text(schema, name, ids)

    def members(self, schema, ids):
        """What is required, and each id besides its own; of a change, its first plain member."""
        members = schema.get("properties", {})
        wanted = set(schema.get("required", []))
        wanted |= {name for name, field in members.items()
                   if name != "id" and ids.get(prefix_of(field))}
        if not schema.get("required"):
            wanted |= set([name for name in members if not prefix_of(members[name])][:1])
        return {name: self.example(members[name], name, ids) for name in members if name in wanted}

    def text(self, schema, name, ids):
        prefix = prefix_of(schema)
        if prefix:
            return ids[prefix]
        if schema.get("format") == "date-time":
            soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
            return soon.isoformat().replace("+00:00", "Z")
        if "[0-9]{1,13}" in schema.get("pattern", ""):
            return "1.00"
        made = f"{name}.{next(NUMBERS)}"
        return made.ljust(schema.get("minLength", 0), "x")[:schema.get("maxLength", 4096)]

    def resolve(self, schema):
        return self.schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
