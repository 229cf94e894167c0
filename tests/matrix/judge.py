"""What an answer means: one pure question of (operation, who asks, answer). A refusal counts only if
it is for who asks: 401, 403 or 404. A 400 says that the request was wrong, so it proves nothing. And
what is refused to some must be given to those who may, with the same request, or it proves nothing
either."""

import dataclasses

from rights import HIDDEN, MAY, SUMS, TOLD

DEAD, OUTSIDE, SIBLING, NARROW = "dead", "outside", "sibling", "narrow"
INSIDE, BUYER, ROOT = "inside", "buyer", "root"
SAW_NOTHING = "may, but saw nothing"


@dataclasses.dataclass
class Caller:
    name: str
    standing: str
    headers: dict = dataclasses.field(default_factory=dict)
    key: dict = None   # Instead of `headers` where models are called.
    role: str = None   # Of whom is inside.
    scope: str = None  # The only one that a narrow key has.


@dataclasses.dataclass
class Attempt:
    operation: str
    method: str
    scope: str      # That the operation needs.
    is_page: bool   # It lists: what is not the caller's to see is not in it.
    request: str    # All that was sent, as text.
    status: int
    text: str
    in_the_way: str = ""  # The code of a refusal that only those get who may.

    def names(self, marks):
        """Whether the request is about something of the tenant's."""
        return any(mark in self.request for mark in marks)

    def shows(self, marks):
        """What of the tenant's is in the answer that was not in the question."""
        if self.operation in SUMS:
            return ["a sum"] if '"quantity":' in self.text else []
        return [mark for mark in marks if mark in self.text and mark not in self.request]

    @property
    def succeeded(self):
        return 200 <= self.status < 300 or bool(self.in_the_way) and self.in_the_way in self.text


def judge(attempt, caller, expected, marks):
    """What is wrong with it, or None. `expected`: of the caller's role, if it is inside."""
    if attempt.status >= 500:
        return f"{attempt.status} {attempt.text[:200]}"
    if attempt.scope == "public":
        return leak(attempt, marks)
    if caller.standing == DEAD:
        return None if attempt.status == 401 else f"{attempt.status} instead of 401"
    if caller.standing == NARROW:
        return None if attempt.status == 403 else f"{attempt.status} instead of 403"
    if caller.standing in (OUTSIDE, SIBLING):
        return judge_outside(attempt, marks)
    if caller.standing == BUYER:
        return judge_buyer(attempt, expected, marks)
    if caller.standing == ROOT or expected == MAY:
        return judge_allowed(attempt, marks)
    return judge_refused(attempt, expected, marks)


def leak(attempt, marks):
    shown = attempt.shows(marks)
    return f"{attempt.status} shows {shown[:3]}: {attempt.text[:300]}" if shown else None


def judge_outside(attempt, marks):
    if attempt.method != "GET" and attempt.succeeded and attempt.names(marks):
        return f"changed: {attempt.status} {attempt.text[:200]}"
    if attempt.names(marks) and not attempt.is_page and attempt.status not in (403, 404):
        return f"{attempt.status} instead of 404: {attempt.text[:200]}"
    return leak(attempt, marks)


def judge_buyer(attempt, expected, secrets):
    """Of another tenant, at what is offered to everybody: its role at home decides."""
    if expected == MAY and not attempt.succeeded:
        return f"may, but got {attempt.status}: {attempt.text[:300]}"
    if expected != MAY and attempt.status not in (403, 404):
        return f"{attempt.status} instead of 403 or 404: {attempt.text[:200]}"
    return leak(attempt, secrets)


def judge_allowed(attempt, marks):
    if not attempt.succeeded:
        return f"may, but got {attempt.status}: {attempt.text[:300]}"
    if attempt.is_page and not attempt.shows(marks):
        return f"{SAW_NOTHING}: {attempt.text[:200]}"
    return None


def judge_refused(attempt, expected, marks):
    if attempt.is_page and attempt.status in (200, 403, 404):
        return leak(attempt, marks)
    right = {TOLD: 403, HIDDEN: 404}[expected]
    if attempt.status != right:
        return f"{attempt.status} instead of {right}: {attempt.text[:200]}"
    return leak(attempt, marks)
