"""What Schemathesis is told of Kapok: real things in the document's examples, who asks, and whose things
stay as they are. It counts what was answered. Loaded by Schemathesis itself, see run."""

import atexit
import collections
import functools
import json
import os
import pathlib
import re

import schemathesis
from schemathesis.checks import CHECKS

SCENE = json.loads(pathlib.Path(os.environ["KAPOK_SCHEMA_SCENE"]).read_text())
EXAMPLES, CREDENTIALS = SCENE["examples"], SCENE["credentials"]
JSON = "application/json"
# operation: {status: answers}, of requests with the operation's own method.
answers = collections.defaultdict(collections.Counter)
judged = collections.Counter()   # check: answers
refused = collections.Counter()  # code of BEYOND: refusals of what the schema allows

# What the document allows and the program refuses with 400, because the document cannot say it or says
# it in words: {why: codes}. Any other refusal of what the document allows is a fault.
REFUSALS = {
    "is only ever one that was given": "platform.bad_cursor platform.bad_etag",
    "is of a span of time that moves": "identity.bad_expiry identity.stale_id compute.stale_id",
    "years 1970 to 2261, at most 6 decimals": "platform.bad_time",
    "each part is within its limit, the whole is not": "platform.body_too_large",
    "a text and an address have no NUL": "platform.nul_character platform.bad_address",
    "characters are normal, visible ones": "identity.bad_name identity.bad_text identity.bad_idempotency_key",
    "has its form told in words": """identity.bad_user_name ledger.bad_unit models.bad_digest models.bad_source
        compute.bad_cpu compute.bad_bytes compute.bad_duration compute.bad_artifact compute.bad_job_path
        compute.bad_environment_name compute.bad_site compute.job_text_too_long compute.job_not_text
        compute.missing_job_field""",
    "is of a list that another operation gives": "identity.unknown_scope",
    "two fields depend on each other": """audit.backwards exchange.bad_period exchange.too_many_steps
        registry.bad_range registry.too_many_points compute.job_path_twice compute.job_input_source
        compute.input_not_uploaded compute.project_missing models.size_needed models.own_compute_only
        models.context_too_long models.project_not_named models.no_embeddings""",
    "amounts are texts, which have no least one": "exchange.negative_price exchange.not_positive",
    "is OpenAI's and the engine's to say": "models.bad_call models.not_a_form models.bad_form models.form_field",
    "more bytes than were announced": "models.too_much",
}
BEYOND = {code for codes in REFUSALS.values() for code in codes.split()}
# Our lengths count bytes, JSON Schema's characters; and times of addresses have no code of their own.
IN_WORDS = re.compile(r" must be (string \d+\.\.\d+ byte|2026-01-31T00:00:00Z), not ")


def name_of(operation):
    return operation.definition.raw["operationId"]


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Each parameter and body of which the scene knows a real value gets it as its example."""
    for methods in raw_schema["paths"].values():
        for operation in methods.values():
            known = EXAMPLES[operation["operationId"]]
            for parameter in operation.get("parameters", []):
                if parameter["name"] in known["parameters"]:
                    parameter["examples"] = {"scene": {"value": known["parameters"][parameter["name"]]}}
            if "body" in known:
                for content in operation["requestBody"]["content"].values():
                    content["examples"] = {"scene": {"value": known["body"]}}


@schemathesis.auth(refresh_interval=None)
class Credentials:
    """A session for what people do, a key for what programs call; and a session of its own for each
    operation that ends it, so that all others keep theirs."""

    def get(self, case, context):
        name = name_of(context.operation)
        kind = "key" if context.operation.path.startswith("/v1/") else "session"
        return CREDENTIALS.get(name) or CREDENTIALS[kind]

    def set(self, case, data, context):
        case.headers.update({name: value for name, value in data.items() if name != "cookie"})
        if "cookie" in data:
            name, _, value = data["cookie"].partition("=")
            case.cookies[name] = value


@schemathesis.hook
def before_call(context, case, kwargs):
    """What the scene and its callers stand on is not ended: the request is for a spare one instead. And
    an example that is no JSON is sent as what it is."""
    name = name_of(case.operation)
    example = EXAMPLES[name]
    for parameter, value in case.path_parameters.items() if name in SCENE["ending"] else ():
        if value in SCENE["kept"]:
            case.path_parameters[parameter] = example["parameters"][parameter]
    if example.get("type", JSON) != JSON and case.body == example["body"]:
        kwargs["data"] = example["body"].encode()
        case.headers["Content-Type"] = example["type"]


@schemathesis.hook
def after_call(context, case, response):
    if response.request.method == case.operation.method.upper():
        answers[name_of(case.operation)][response.status_code] += 1


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Keeps what is a fault. Not one: a refusal for what no schema says, and an unknown header, which
    HTTP has servers ignore."""
    if failure.code == "ST202":
        code, detail = problem_of(response)
        if code in BEYOND or IN_WORDS.search(detail):
            refused[code] += 1
            return False
    return not (failure.code == "ST201" and "in header - object with unexpected properties" in failure.message)


def problem_of(response):
    """Code and sentence of a refusal, in either form."""
    try:
        body = json.loads(response.content)
        told = body.get("error", body)
        return told["code"], told.get("detail") or told["message"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", ""


def counted(check):
    @functools.wraps(check)
    def count(*arguments):
        judged[check.__name__] += 1
        return check(*arguments)
    return count


for registered in CHECKS.get_all():
    CHECKS.register(counted(registered))


@atexit.register
def write():
    pathlib.Path(os.environ["KAPOK_SCHEMA_TALLY"]).write_text(
        json.dumps({"answers": answers, "judged": judged, "refused": refused}))
