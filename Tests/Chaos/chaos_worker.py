"""The worker that `scripts/chaos` lets misbehave, and whose effects it can count.

Every effect is one row in a database that no part of Swarm knows, `CHAOS_TRUTH`. Whoever wants to
know what really happened asks there. How badly the worker behaves is in the file `CHAOS_WEATHER`,
read before each call, and what befalls a call follows from the seed, its key and its epoch alone.
"""

import json
import os
import random
import signal
import time

import truth
from swarm_worker import Retryable, WorkerFailure, worker

worker.name = "chaos"
worker.description = "Misbehaves by chance, and keeps a record of what it did"

RETRY = {"max_attempts": 12, "initial": "20ms", "factor": 2, "max": "500ms"}
ENTRY = {
    "type": "object",
    "required": ["token", "amount"],
    "properties": {"token": {"type": "string"}, "amount": {"type": "integer"}},
}
VALUE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["value"],
    "properties": {"value": {"type": "integer"}},
}
DONE = {
    "type": "object",
    "required": ["token", "amount", "entry"],
    "properties": {"entry": {"type": "integer"}},
}
OBJECT = {"type": "object"}
UNDO = {"capability": "remove_entry", "args": {"token": "$args.token"}}


def weather():
    """What is to go wrong now: shares from 0 to 1 by name."""
    try:
        with open(os.environ["CHAOS_WEATHER"], encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


class Fate:
    """What befalls one attempt, drawn before it begins."""

    def __init__(self, ctx):
        self.now = weather()
        key = f'{os.environ.get("CHAOS_SEED", "0")}/{_work(ctx.idempotency_key)}/{ctx.epoch}'
        self.chance = random.Random(key)
        self.ctx = ctx

    def strikes(self, what):
        return self.chance.random() < self.now.get(what, 0)

    def before(self):
        """What can happen to a call that has not done anything yet."""
        if self.strikes("crash"):
            os.kill(os.getpid(), signal.SIGKILL)
        if self.strikes("hang"):
            # Deaf to a cancel as well: only a signal ends it, and that ends the process.
            time.sleep(600)
        if self.strikes("slow"):
            self.ctx.sleep(self.now.get("slow_s", 0.5) * self.chance.random())
        if self.strikes("transient"):
            raise Retryable("made to fail before it did anything")

    def after(self):
        """What can happen between an effect and the news of it."""
        if self.strikes("crash"):
            os.kill(os.getpid(), signal.SIGKILL)
        if self.strikes("linger"):
            time.sleep(self.now.get("slow_s", 0.5) * self.chance.random())
        if self.strikes("transient"):
            raise WorkerFailure("transient", "made to fail, and does not say what it did")


@worker.capability(side_effect="none", idempotent=True, timeout="5s", retry_policy=RETRY,
                   returns=VALUE, unknown_outcome="retry_if_idempotent")
def compute(value: int, *, ctx) -> dict:
    """Three times the value and one more."""
    fate = Fate(ctx)
    fate.before()
    if fate.strikes("bad"):
        return {"value": "not a number", "more": True}
    fate.after()
    return {"value": value * 3 + 1}


@worker.capability(side_effect="read", timeout="5s", retry_policy=RETRY, returns=VALUE,
                   hedge={"after": "400ms", "max": 1})
def fetch(value: int, *, ctx) -> dict:
    """The value itself, sometimes slowly; a second worker may be asked meanwhile."""
    Fate(ctx).before()
    return {"value": value}


@worker.capability(side_effect="none", timeout="5s", retry_policy=RETRY, returns=OBJECT)
def refuse(ok: bool, *, ctx) -> dict:
    """Refuses unless all is well, and for good."""
    Fate(ctx).before()
    if not ok:
        raise WorkerFailure("conflict", "refused, as the run was made to be", retryable=False)
    return {"ok": True}


@worker.capability(side_effect="none", timeout="5s", retry_policy={"max_attempts": 3},
                   returns=VALUE)
def moody(value: int, *, ctx) -> dict:
    """Fails for good every other time, whoever asks."""
    fate = Fate(ctx)
    fate.before()
    if fate.chance.random() < 0.5:
        raise WorkerFailure("permission", "in no mood", retryable=False)
    return {"value": value * 3 + 1}


def _work(key):
    """What a key stands for, without the number of the journal before it."""
    return key.partition("/")[2]


def _act(ctx, token, amount, idempotent=False):
    fate = Fate(ctx)
    fate.before()
    done = truth.add(_work(ctx.idempotency_key), token, amount, ctx.capability, ctx.attempt,
                     ctx.epoch, once=idempotent)
    fate.after()
    return {"token": token, "amount": amount, "entry": done}


@worker.capability(side_effect="additive", idempotent=False, timeout="5s", retry_policy=RETRY,
                   parameters=ENTRY, returns=DONE, unknown_outcome="verify",
                   verify_with="find_entry", compensation=UNDO)
def add_entry(token, amount, *, ctx):
    """Adds an entry, and adds another when it is called again; its tool can be asked."""
    return _act(ctx, token, amount)


@worker.capability(side_effect="additive", idempotent=False, timeout="5s", retry_policy=RETRY,
                   parameters=ENTRY, returns=DONE, unknown_outcome="ask_human", compensation=UNDO)
def add_blind(token, amount, *, ctx):
    """Adds an entry, and adds another when it is called again; only a person can say."""
    return _act(ctx, token, amount)


@worker.capability(side_effect="additive", idempotent=False, timeout="5s", retry_policy=RETRY,
                   parameters=ENTRY, returns=DONE, start="confirmed", unknown_outcome="ask_human",
                   compensation="none")
def confirm(token, amount, *, ctx):
    """The point of no return: cannot be undone, and waits for GO before it acts."""
    return _act(ctx, token, amount)


@worker.capability(side_effect="additive", idempotent=True, timeout="5s",
                   retry_policy={**RETRY, "max_attempts": 50}, parameters=ENTRY, returns=DONE,
                   compensation=UNDO)
def put_entry(token, amount, *, ctx):
    """Adds an entry once, however often it is called under one key."""
    return _act(ctx, token, amount, idempotent=True)


@worker.capability(side_effect="additive", idempotent=True, timeout="5s",
                   retry_policy={**RETRY, "max_attempts": 50}, parameters=ENTRY, returns=DONE,
                   compensation="none")
def settle(token, amount, *, ctx):
    """Adds an entry once, and nothing takes it back."""
    return _act(ctx, token, amount, idempotent=True)


@worker.capability(side_effect="additive", idempotent=True, timeout="5s",
                   retry_policy={**RETRY, "max_attempts": 20}, returns=OBJECT,
                   compensation="none")
def remove_entry(token: str, *, ctx) -> dict:
    """Takes an entry back; there is nothing to do when it is not there."""
    fate = Fate(ctx)
    if fate.now.get("undo_broken"):
        raise WorkerFailure("permission", "the books are closed", retryable=False)
    fate.before()
    removed = truth.remove(_work(ctx.idempotency_key), token)
    fate.after()
    return {"removed": removed}


@worker.capability(side_effect="read", timeout="5s", retry_policy={**RETRY, "max_attempts": 20},
                   returns={"type": "object", "required": ["happened"]})
def find_entry(key: str, arguments: dict, *, ctx) -> dict:
    """Whether the call under this key happened, and what it would have returned."""
    Fate(ctx).before()
    entry = truth.entry(_work(key))
    if entry is None:
        return {"happened": False}
    return {"happened": True, "result": {**arguments, "entry": entry}}


@worker.capability(side_effect="none", idempotent=True, timeout="60s", retry_policy=RETRY,
                   returns=VALUE)
def plan(tag: str, count: int, *, ctx) -> dict:
    """Delegates everything it does: some sums and some entries."""
    fate = Fate(ctx)
    fate.before()
    total = 0
    for number in range(count):
        total += ctx.delegate("compute", {"value": number})["value"]
        ctx.delegate("add_entry", {"token": f"{tag}-{number}", "amount": number})
    fate.after()
    return {"value": total}


@worker.capability(side_effect="none", idempotent=True, timeout="60s", retry_policy=RETRY,
                   returns=VALUE)
def nest(value: int, levels: int, *, ctx) -> dict:
    """Asks itself, so many levels deep, and adds one on each way back."""
    Fate(ctx).before()
    if levels == 0:
        return {"value": value}
    return {"value": ctx.delegate("nest", {"value": value, "levels": levels - 1})["value"] + 1}


if __name__ == "__main__":
    worker.run()
