"""Write a Swarm worker in Python: this one file and pyzmq.

    from swarm_worker import worker

    @worker.capability(side_effect="read")
    def quote(sku: str, qty: int, *, ctx) -> dict:
        return {"cents": 1999 * qty}

    worker.run()

The docstring describes the capability and the type hints become the JSON Schema of its arguments;
`python quote.py --emit-manifest` writes both to agent.json. The coordinator starts the program;
started by hand it says what it is.

The socket is served by a thread of its own, so a handler that computes for a minute misses no beat.
Handlers run on as many threads as the coordinator asks for. What they return is kept until the
coordinator has it safe, over a restart of the coordinator too. The protocol is docs/protocol.md.
"""

import asyncio
import collections
import contextlib
import dataclasses
import enum
import inspect
import json
import logging
import math
import os
import queue
import random
import signal
import struct
import sys
import threading
import time
import traceback
import types
import typing

import zmq

__version__ = "0.1.0"
__all__ = ["Cancelled", "Context", "DelegatedFailure", "Retryable", "Violation", "Worker",
           "WorkerFailure", "worker"]

# --------------------------------------------------------------------------------------------------
# The wire: three frames, of which the second is a JSON object that is checked against a table.

MAJOR = 1
MINORS = (0, 1)
HEADER_BYTES = 16 * 1024
PAYLOAD_BYTES = 1024 * 1024
HEADER_DEPTH = 4
FOREIGN_KEYS = 64
INTEGER = 1 << 53
LEASES = 512
STACK = 16
OPEN_CALLS = 64
SENTENCE_BYTES = 1024
FAILURE_BYTES = 4096
SILENT_BEATS = 5
VIOLATIONS = 10

WORKER, COORDINATOR = "worker", "coordinator"
KINDS = ("transient", "timeout", "unavailable", "rate_limited", "validation", "permission",
         "not_found", "conflict", "cancelled", "internal")
#: what only the swarm can say, of a delegated call
SWARM_KINDS = ("worker_lost", "lease_expired", "version_skew", "unresolved", "unknown_outcome",
               "dependency_failed", "deadline_exceeded", "loop_stopped", "budget_exhausted",
               "depth_exceeded", "denied", "breaker_open")


class Violation(Exception):
    """A message that is not one of the protocol's; `code` is one of docs/protocol.md, section 8."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


def _fail(code, message):
    raise Violation(code, message)


def _integer(low=0, high=INTEGER):
    def check(key, value):
        if type(value) is not int:
            _fail("wrong_type", f'"{key}" is an integer, without fraction or exponent')
        if not low <= value <= high:
            _fail("out_of_range", f'"{key}" lies between {low} and {high}')
    return check


def _amount(key, value):
    if type(value) not in (int, float):
        _fail("wrong_type", f'"{key}" is a number')
    if not 0 <= value <= 1_000_000:
        _fail("out_of_range", f'"{key}" lies between 0 and 1000000')


def _boolean(key, value):
    if type(value) is not bool:
        _fail("wrong_type", f'"{key}" is true or false')


def _text(low, high):
    def check(key, value):
        if not isinstance(value, str):
            _fail("wrong_type", f'"{key}" is a text')
        if not low <= len(value.encode()) <= high:
            _fail("out_of_range", f'"{key}" has {low} to {high} bytes')
    return check


def _choice(*words):
    def check(key, value):
        if not isinstance(value, str):
            _fail("wrong_type", f'"{key}" is a text')
        if value not in words:
            _fail("bad_value", f'"{key}" is one of: {", ".join(words)}')
    return check


def _form(what, test):
    def check(key, value):
        if not isinstance(value, str):
            _fail("wrong_type", f'"{key}" is a text')
        if not test(value):
            _fail("bad_value", f'"{key}" is {what}')
    return check


def _is_word(text):
    return (0 < len(text) <= 64 and "a" <= text[0] <= "z"
            and all(c in "abcdefghijklmnopqrstuvwxyz0123456789_-" for c in text))


def _is_session(text):
    return 0 < len(text) <= 64 and text.isascii() and all(c.isalnum() or c in "._-" for c in text)


def _is_number(text):
    return text.isascii() and text.isdigit() and text[0] != "0"


def _is_lease(text):
    return text[:1] == "L" and _is_number(text[1:]) and int(text[1:]) <= INTEGER


def _is_instance(text):
    agent, _, replica = text.rpartition("-")
    return bool(agent) and _is_number(replica)


def _list(most, check):
    def check_all(key, value):
        if not isinstance(value, list):
            _fail("wrong_type", f'"{key}" is a list')
        if len(value) > most:
            _fail("too_many", f'"{key}" has at most {most} elements')
        for element in value:
            check(key, element)
    return check_all


def _minors(key, value):
    _list(2, _integer(0, 255))(key, value)
    if len(value) != 2 or value[0] > value[1]:
        _fail("bad_value", f'"{key}" is the lowest and the highest minor version')


def _details(key, value):
    if len(_encode_json(value)) > FAILURE_BYTES:
        _fail("out_of_range", f'"{key}" has at most {FAILURE_BYTES} bytes of JSON')


def _object(**keys):
    def check(key, value):
        if not isinstance(value, dict):
            _fail("wrong_type", f'"{key}" is an object')
        _check_keys(keys, value)
    return check


def _check_keys(keys, header):
    for name, value in header.items():
        rule = keys.get(name)
        if rule is not None:
            rule[1](name, value)
    for name, (required, _) in keys.items():
        if required and name not in header:
            _fail("missing_key", f'the header lacks "{name}"')


def _must(check):
    return (True, check)


def _may(check):
    return (False, check)


_SID = _form("1 to 64 letters, digits, dots, hyphens and underscores", _is_session)
_LEASE = _form("a lease as the coordinator wrote it", _is_lease)
_WORD = _form('1 to 64 lower-case letters, digits, "_" and "-", the first a letter', _is_word)
_HELD = {"sid": _must(_SID), "lease": _must(_LEASE)}
_CT = {"ct": _may(_choice("application/json"))}
_USAGE = _object(usd=_may(_amount), tokens=_may(_integer()), calls=_may(_integer()))
_ALLOWANCE = _object(usd=_may(_amount), tokens=_may(_integer()), calls=_may(_integer()),
                     time_ms=_may(_integer()))
_FAILURE = _object(
    kind=_must(_text(1, 64)), message=_must(_text(0, FAILURE_BYTES)), retryable=_may(_boolean),
    retry_after_ms=_may(_integer()), details=_may(_details))
_SENTENCE = _text(0, SENTENCE_BYTES)
_REQUEST = {"capability": _must(_WORD), "arguments": _may(_object()), "agent": _may(_WORD),
            "budget": _may(_ALLOWANCE), "timeout_ms": _may(_integer()), "note": _may(_SENTENCE)}
_NAME = _text(1, 512)
_STACK = _list(STACK, _object(task=_must(_NAME), capability=_must(_WORD), agent=_may(_WORD)))

#: verb byte -> (sender, name, may have a payload, keys of the header)
VERBS = {
    0x01: (WORKER, "HELLO", False, {
        "token": _must(_text(1, 256)),
        "instance": _must(_form("an agent, a hyphen and a replica", _is_instance)),
        "minor": _must(_minors), "credit": _must(_integer(1, LEASES)),
        "pid": _must(_integer(1, (1 << 31) - 1)), "capabilities": _must(_list(128, _WORD)),
        "resume": _may(_list(LEASES, _LEASE)), "seq": _may(_integer(1)),
        "manifest": _may(_text(1, 64)),
        "cancel": _may(_choice("poll", "signal", "none")), "lang": _may(_text(0, 64)),
        "version": _may(_text(0, 64))}),
    0x02: (WORKER, "BEAT", False, {
        "sid": _must(_SID), "busy": _must(_list(LEASES, _LEASE)), "rss_bytes": _may(_integer())}),
    0x03: (WORKER, "STARTED", False, _HELD),
    0x04: (WORKER, "PROGRESS", True, {
        **_HELD, "seq": _must(_integer()), "done": _may(_integer()), "total": _may(_integer()),
        "note": _may(_SENTENCE), **_CT}),
    0x05: (WORKER, "RESULT", True, {
        **_HELD, "status": _must(_choice("ok", "error", "cancelled")), "failure": _may(_FAILURE),
        "usage": _may(_USAGE), "effects": _may(_list(64, _SENTENCE)), **_CT}),
    0x06: (WORKER, "BYE", False, {"sid": _must(_SID)}),
    0x07: (WORKER, "CALL", True, {
        "sid": _must(_SID), "id": _must(_integer(1)), "op": _must(_WORD), "lease": _may(_LEASE),
        **_CT}),
    0x08: (WORKER, "CREDIT", False, {"sid": _must(_SID), "n": _must(_integer(1, LEASES))}),
    0x09: (
        WORKER, "RETURN", False,
        {**_HELD, "reason": _may(_SENTENCE), "draining": _may(_boolean)},
    ),
    0x81: (COORDINATOR, "WELCOME", False, {
        "sid": _must(_SID), "minor": _must(_integer(0, 255)),
        "heartbeat_ms": _must(_integer(50, 60_000)),
        "limits": _may(_object(payload_bytes=_may(_integer(0, PAYLOAD_BYTES)),
                               progress=_may(_integer(0, LEASES)))),
        "adopt": _may(_list(LEASES, _LEASE)), "drop": _may(_list(LEASES, _LEASE))}),
    0x82: (COORDINATOR, "REFUSE", False, {
        "code": _must(_choice(
            "bad_token", "unsupported_version", "unknown_instance", "duplicate_instance",
            "manifest_mismatch", "protocol_violation", "shutting_down")),
        "reason": _must(_SENTENCE), "permanent": _must(_boolean)}),
    0x83: (COORDINATOR, "TASK", True, {
        "task": _must(_NAME), "attempt": _must(_integer(1, (1 << 31) - 1)),
        "capability": _must(_WORD), "lease": _must(_LEASE), "epoch": _must(_integer()),
        "deadline_ms": _may(_integer()), "idem": _may(_NAME), "start": _may(_choice("confirmed")),
        "traceparent": _may(_NAME), "tracestate": _may(_text(0, 512)),
        "depth": _may(_integer(0, 255)), "budget": _may(_ALLOWANCE), "stack": _may(_STACK),
        **_CT}),
    0x84: (COORDINATOR, "CANCEL", False, {
        "lease": _must(_LEASE), "reason": _must(_SENTENCE), "grace_ms": _must(_integer())}),
    0x85: (COORDINATOR, "BEAT", False, {}),
    0x86: (COORDINATOR, "RESULT_ACK", False, {
        "lease": _may(_LEASE), "leases": _may(_list(LEASES, _LEASE)),
        "disposition": _must(_choice("accepted", "duplicate", "stale", "rejected"))}),
    0x87: (COORDINATOR, "UNKNOWN", False, {}),
    0x88: (COORDINATOR, "DRAIN", False, {"deadline_ms": _must(_integer())}),
    0x89: (COORDINATOR, "REPLY", True, {
        "re": _must(_integer(1)), "status": _must(_choice("ok", "error", "refused")),
        "failure": _may(_FAILURE), "chain": _may(_STACK), "budget": _may(_ALLOWANCE), **_CT}),
    0x8A: (COORDINATOR, "CREDIT", False, {
        "lease": _must(_LEASE), "n": _must(_integer(1, LEASES))}),
    0x8B: (COORDINATOR, "GO", False, {"lease": _must(_LEASE)}),
}
_BYTES = {(sender, name): byte for byte, (sender, name, _, _) in VERBS.items()}


def _encode_json(value):
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False,
                      default=_plain)
    return text.encode()


def _plain(value):
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} is not JSON")


def encode(sender, verb, header, payload=b""):
    """The three frames of a message."""
    return [struct.pack("!3sBBBH", b"SWP", MAJOR, _BYTES[sender, verb], 0, 0),
            _encode_json(header), payload]


def decode(frames, sender):
    """The verb, header and payload of a message that came from `sender`; or raises Violation."""
    if len(frames) != 3:
        _fail("frame_count", f"a message has 3 frames, not {len(frames)}")
    prefix, header, payload = frames
    if len(prefix) != 8:
        _fail("prefix_size", f"the first frame has 8 bytes, not {len(prefix)}")
    magic, major, byte, flags, reserved = struct.unpack("!3sBBBH", prefix)
    if magic != b"SWP":
        _fail("bad_magic", 'the first frame does not begin with "SWP"')
    if major != MAJOR:
        _fail("unsupported_major", f"major version {major} is not spoken here, only {MAJOR}")
    if byte not in VERBS:
        _fail("unknown_verb", f"there is no verb {byte}")
    if flags or reserved:
        _fail("reserved_bits", "flags and reserved bytes must be zero")
    side, verb, has_payload, keys = VERBS[byte]
    if side != sender:
        _fail("wrong_side", f"{verb} is sent by the {side} only")
    if len(header) > HEADER_BYTES:
        _fail("header_too_large", f"a header has at most {HEADER_BYTES} bytes")
    if len(payload) > PAYLOAD_BYTES:
        _fail("payload_too_large", f"a payload has at most {PAYLOAD_BYTES} bytes")
    if payload and not has_payload:
        _fail("payload_not_allowed", f"{verb} has an empty third frame")
    head = _parse_header(header)
    _check_keys(keys, head)
    _check_whole(verb, head)
    return verb, head, payload


def _check_whole(verb, head):
    if verb in ("RESULT", "REPLY"):
        needs = head["status"] not in ("ok", "cancelled")
        if needs and "failure" not in head:
            _fail("missing_key", 'the header lacks "failure"')
        if not needs and "failure" in head:
            _fail("contradiction", f'"failure" does not go with the status "{head["status"]}"')
    if verb == "RESULT_ACK":
        if "lease" in head and "leases" in head:
            _fail("contradiction", '"lease" and "leases" exclude each other')
        if "lease" not in head and "leases" not in head:
            _fail("missing_key", 'the header lacks "lease"')
        if "leases" in head and not head["leases"]:
            _fail("out_of_range", '"leases" names at least one lease')


#: every key of the table, at any level: only others count as foreign
_KNOWN = {name for *_, keys in VERBS.values() for name in keys} | {
    "usd", "tokens", "calls", "time_ms", "agent", "arguments", "timeout_ms", "kind", "message",
    "retryable", "retry_after_ms", "details", "payload_bytes", "progress"}


def _parse_header(header):
    def members(pairs):
        foreign = sum(name not in _KNOWN for name, _ in pairs)
        if foreign > FOREIGN_KEYS:
            _fail("too_many", f"an object has more than {FOREIGN_KEYS} unknown keys")
        for name, _ in pairs:
            if name.startswith("!"):
                _fail("critical_extension", f'the key "{name}" must be understood, and is not')
        made = dict(pairs)
        if len(made) != len(pairs):
            _fail("duplicate_key", "a key comes twice in one object")
        return made

    def constant(name):
        _fail("malformed_json", f"{name} is not JSON")

    try:
        value = json.loads(header.decode("utf-8"), object_pairs_hook=members,
                           parse_constant=constant)
    except UnicodeDecodeError as error:
        raise Violation("invalid_text", f"the header is not UTF-8: {error}") from None
    except RecursionError:
        raise Violation("too_deep", f"nested deeper than {HEADER_DEPTH} levels") from None
    except ValueError as error:
        code = "invalid_text" if "escape" in str(error) else "malformed_json"
        raise Violation(code, str(error)) from None
    if not isinstance(value, dict):
        _fail("wrong_type", "the header is an object")
    _check_depth(value, 1)
    return value


def _check_depth(value, depth):
    if isinstance(value, str):
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                _fail("invalid_text", "half of a surrogate pair is no character")
        return
    if not isinstance(value, (dict, list)):
        return
    if depth > HEADER_DEPTH:
        _fail("too_deep", f"nested deeper than {HEADER_DEPTH} levels")
    if isinstance(value, dict):
        for name in value:
            _check_depth(name, depth)
        value = value.values()
    for element in value:
        _check_depth(element, depth + 1)


# --------------------------------------------------------------------------------------------------
# Type hints as JSON Schema, and arguments checked and converted by them.

_SCALARS = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
_UNION = (typing.Union, getattr(types, "UnionType", typing.Union))


def schema_of(hint):
    """The JSON Schema of a type hint; raises TypeError for one that JSON cannot carry."""
    if hint in (typing.Any, inspect.Parameter.empty):
        return {}
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is getattr(typing, "Annotated", None) or hasattr(hint, "__metadata__"):
        words = [extra for extra in hint.__metadata__ if isinstance(extra, str)]
        described = {"description": words[0]} if words else {}
        return {**schema_of(hint.__origin__), **described}
    if origin in _UNION:
        options = [schema_of(option) for option in arguments]
        if all(set(option) == {"type"} and isinstance(option["type"], str) for option in options):
            return {"type": [option["type"] for option in options]}
        return {"anyOf": options}
    if origin is typing.Literal:
        return {"enum": list(arguments)}
    if hint in (list, tuple) or origin in (list, tuple):
        element = schema_of(arguments[0]) if arguments else {}
        return {"type": "array", "items": element} if element else {"type": "array"}
    if hint is dict or origin is dict:
        value = schema_of(arguments[1]) if arguments else {}
        return {"type": "object", "additionalProperties": value} if value else {"type": "object"}
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return {"enum": [member.value for member in hint]}
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint, include_extras=True)
        return _members_schema([
            (field.name, hints[field.name], field.default is dataclasses.MISSING
             and field.default_factory is dataclasses.MISSING)
            for field in dataclasses.fields(hint) if field.init])
    raise TypeError(f"no JSON Schema for the type hint {hint!r}")


def _members_schema(members):
    return {
        "type": "object", "additionalProperties": False,
        "required": [name for name, _, required in members if required],
        "properties": {name: schema_of(hint) for name, hint, _ in members}}


def _type_name(value):
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or isinstance(value, float) and value.is_integer():
        return "integer"
    return {str: "string", float: "number", list: "array", dict: "object"}.get(type(value), "null")


def mismatch(schema, value, path):
    """Why a value is not what the schema of a type hint says, as a sentence; None when it is."""
    if "anyOf" in schema:
        if all(mismatch(option, value, path) for option in schema["anyOf"]):
            return f"{path}: none of the allowed forms"
        return None
    if "enum" in schema:
        if not any(type(word) is type(value) and word == value for word in schema["enum"]):
            return f"{path}: expected one of {_encode_json(schema['enum']).decode()}"
        return None
    allowed = schema.get("type")
    if allowed:
        found = _type_name(value)
        names = [allowed] if isinstance(allowed, str) else allowed
        if found not in names and not (found == "integer" and "number" in names):
            return f"{path}: expected {' or '.join(names)}, found {found}"
    if isinstance(value, list) and "items" in schema:
        for index, element in enumerate(value):
            wrong = mismatch(schema["items"], element, f"{path}[{index}]")
            if wrong:
                return wrong
    if isinstance(value, dict):
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        for name in schema.get("required", ()):
            if name not in value:
                return f'{path}: "{name}" is missing'
        for name, member in value.items():
            rule = properties.get(name, others)
            if rule is False:
                known = ", ".join(properties) or "nothing"
                return f'{path}: unknown key "{name}"; known are: {known}'
            wrong = mismatch(rule, member, f"{path}.{name}") if isinstance(rule, dict) else None
            if wrong:
                return wrong
    return None


def convert(hint, value):
    """A checked JSON value as the Python value that the hint names."""
    if hasattr(hint, "__metadata__"):
        hint = hint.__origin__
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is int and isinstance(value, float):
        return int(value)
    if hint is float and isinstance(value, int):
        return float(value)
    if origin in _UNION:
        for option in arguments:
            if mismatch(schema_of(option), value, "") is None:
                return convert(option, value)
    if isinstance(value, list) and (hint is tuple or origin in (list, tuple)):
        element = arguments[0] if arguments else typing.Any
        made = [convert(element, each) for each in value]
        return tuple(made) if hint is tuple or origin is tuple else made
    if origin is dict:
        return {name: convert(arguments[1], member) for name, member in value.items()}
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return hint(value)
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint, include_extras=True)
        return hint(**{name: convert(hints[name], member) for name, member in value.items()})
    return value


# --------------------------------------------------------------------------------------------------
# What a handler sees.

class WorkerFailure(Exception):
    """Raise it to say how a call failed, in words that retry policies understand.

    `kind` is one of KINDS; `retry_after` is in seconds; `details` is any JSON value up to 4 KiB.
    """

    def __init__(self, kind, message, *, retryable=None, retry_after=None, details=None):
        if kind not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}, not {kind!r}")
        super().__init__(message)
        self.kind, self.retryable = kind, retryable
        self.retry_after, self.details = retry_after, details


class Retryable(WorkerFailure):
    """A failure that may not happen again: a lost connection, a lock, a restart."""

    def __init__(self, message, *, retry_after=None, details=None):
        super().__init__("transient", message, retryable=True, retry_after=retry_after,
                         details=details)


class DelegatedFailure(WorkerFailure):
    """What a delegated call ended with; let it through when there is nothing better to do.

    `kind` may also be one of SWARM_KINDS. `chain` holds the calls that led to it, outermost first,
    each a dictionary with `task`, `capability` and, when one works on it, `agent`.
    """

    def __init__(self, failure, chain=()):
        kind = failure["kind"] if failure["kind"] in KINDS + SWARM_KINDS else "internal"
        after = failure.get("retry_after_ms")
        super().__init__("internal", failure["message"], retryable=failure.get("retryable"),
                         retry_after=None if after is None else after / 1000,
                         details=failure.get("details"))
        self.kind, self.chain = kind, list(chain)


class Cancelled(Exception):
    """Raised by `ctx.check()` when the result is no longer wanted; let it through."""


class Context:
    """What a handler can know about its call, and say about it."""

    MORE = "and more, not listed"

    def __init__(self, job, outbox):
        self._job, self._outbox = job, outbox
        head = job.head
        #: the subtask, as in "r_17/check[42]"
        self.task = head["task"]
        #: which attempt this is, from 1
        self.attempt = head["attempt"]
        self.capability = head["capability"]
        self.lease = head["lease"]
        #: rises with each dispatch of the subtask; hand it to what can refuse an older writer
        self.epoch = head["epoch"]
        #: work repeated under this key is the same work, whatever the attempt
        self.idempotency_key = head.get("idem", head["task"])
        self.traceparent = head.get("traceparent")
        self.tracestate = head.get("tracestate")
        #: levels of delegation left: 0 when the call may not delegate
        self.depth_left = head.get("depth", 0)
        #: the calls that led to this one, outermost first, each with `task`, `capability` and, when
        #: one works on it, `agent`; of more than 16 the innermost
        self.stack = head.get("stack", [])
        #: when the result is no longer wanted, on time.monotonic(); None without a limit
        self.deadline = job.deadline
        #: log lines that carry the subtask's name
        self.log = logging.LoggerAdapter(_log, {"task": self.task})

    @property
    def remaining(self):
        """Seconds until the deadline, never negative; None without a limit."""
        return None if self.deadline is None else max(0.0, self.deadline - time.monotonic())

    @property
    def cancelled(self):
        """Whether the result is no longer wanted; look at it now and then in long work."""
        return self._job.cancelled.is_set()

    def check(self):
        """Raises Cancelled when the result is no longer wanted."""
        if self.cancelled:
            raise Cancelled

    def sleep(self, seconds):
        """Sleeps; raises Cancelled as soon as the result is no longer wanted."""
        self._job.cancelled.wait(seconds)
        self.check()

    def progress(self, done=None, total=None, note=None, data=None):
        """Says how far the work is; `data` is partial output as a JSON value.

        May be called as often as is convenient: when steps come faster than the coordinator
        grants them, only the newest is kept.
        """
        step = {}
        if done is not None:
            step["done"] = max(0, int(done))
        if total is not None:
            step["total"] = max(0, int(total))
        if note is not None:
            step["note"] = _cut(str(note), SENTENCE_BYTES)
        partial = b"" if data is None else _encode_json(data)
        if len(partial) > PAYLOAD_BYTES:
            _log.warning("progress: %d bytes of data are left out; at most %d can be sent",
                         len(partial), PAYLOAD_BYTES)
            partial = b""
        self._job.progress.append((step, partial))
        self._outbox.post("progress", self._job)

    def effect(self, what):
        """Notes something that was changed outside, so that a failure can name it."""
        effects = self._job.effects = self._job.effects or []
        known = sum(len(_encode_json(effect)) for effect in effects)
        if len(effects) < 63 and known < 3500:
            effects.append(_cut(str(what), 120))
        elif effects[-1] != self.MORE:
            effects.append(self.MORE)

    def nothing_done(self):
        """Says that nothing outside was changed so far; a failure may then be retried safely."""
        self._job.effects = self._job.effects or []

    def report_cost(self, *, usd=0, tokens=0, calls=0):
        """Adds to what the call itself has cost, without what it delegated.

        Reported with the result, success or not; budgets are settled with it.
        """
        for key, amount in (("usd", usd), ("tokens", tokens), ("calls", calls)):
            if not 0 <= amount < math.inf:
                raise ValueError(f"{key}: a cost is a number from 0, not {amount}")
            if amount:
                most = 1_000_000 if key == "usd" else INTEGER
                total = min(self._job.usage.get(key, 0) + amount, most)
                self._job.usage[key] = round(total, 6) if key == "usd" else int(total)

    @property
    def budget_left(self):
        """What this call and all it delegates may still use up: a dictionary with some of `usd`,
        `tokens`, `calls` and `time` in seconds; what it lacks is not limited. None without limits.

        As the coordinator said last, with the call and with each answer to what it delegated.
        """
        told, at = self._job.budget
        if told is None:
            return None
        left = {key: told[key] for key in ("usd", "tokens", "calls") if key in told}
        if "time_ms" in told:
            left["time"] = max(0.0, told["time_ms"] / 1000 - (time.monotonic() - at))
        return left

    def delegate(self, capability, arguments=None, *, agent=None, budget=None, timeout=None,
                 note=None):
        """Lets another agent carry out a capability, and waits for what it returns.

        `arguments` is a dictionary, `agent` who must do it (left out, the swarm chooses). `budget`
        says how much of this call's own budget it may use up, as `budget_left` does; `timeout` how
        many seconds to wait, retries included. Raises DelegatedFailure when it failed for good or
        was refused, Cancelled when this call is cancelled. The wait outlasts a restart of the
        coordinator. Call it from several threads to delegate several things at a time; in
        `async def` use `await asyncio.to_thread(ctx.delegate, ...)`.
        """
        self.check()
        call = _Call(self._job, self._request(capability, arguments, agent, budget, timeout, note))
        self._outbox.post("call", call)
        return call.wait()

    @staticmethod
    def _request(capability, arguments, agent, budget, timeout, note):
        request = {"capability": capability, "arguments": {} if arguments is None else arguments}
        if agent is not None:
            request["agent"] = agent
        if budget is not None:
            made = {key: budget[key] for key in ("usd", "tokens", "calls") if key in budget}
            if "time" in budget:
                made["time_ms"] = max(0, int(budget["time"] * 1000))
            request["budget"] = made
        if timeout is not None:
            request["timeout_ms"] = max(0, int(timeout * 1000))
        if note is not None:
            request["note"] = _cut(str(note), SENTENCE_BYTES)
        try:
            payload = _encode_json(request)
            _check_keys(_REQUEST, json.loads(payload))
        except (Violation, TypeError, ValueError, RecursionError) as error:
            raise WorkerFailure("validation", f"{capability} cannot be delegated: {error}",
                                retryable=False) from None
        return payload


def _cut(text, most):
    data = text.encode("utf-8", "replace")
    if len(data) <= most:
        return data.decode()
    return data[:most - 3].decode("utf-8", "ignore") + "\u2026"


class _Call:
    """One call of `delegate`, from the handler's thread that waits to the socket's thread."""

    def __init__(self, job, request):
        self.job, self.request, self._answer = job, request, queue.SimpleQueue()

    def wait(self):
        """The value; or raises what the call ended with."""
        value, error = self._answer.get()
        if error is not None:
            raise error
        return value

    def resolve(self, value=None, error=None):
        self._answer.put((value, error))

    def abandon(self):
        self.resolve(error=Cancelled())


class _Job:
    """One lease this worker holds, from TASK to RESULT_ACK or RETURN."""

    WAITING, RUNNING, ENDED, GONE = range(4)

    def __init__(self, head, payload, credit):
        self.head, self.payload, self.lease = head, payload, head["lease"]
        limit = head.get("deadline_ms")
        self.deadline = None if limit is None else time.monotonic() + limit / 1000
        self.state, self._lock = self.WAITING, threading.Lock()
        self.cancelled, self.go = threading.Event(), threading.Event()
        self.announced, self.began_at = False, None
        self.progress, self.sequence, self.credit = collections.deque(), 0, credit
        self.effects, self.usage, self.reason = None, {}, None
        self.budget = (head.get("budget"), time.monotonic())
        self.calls, self.calls_in_queue = {}, collections.deque()
        self.result = None      # (header without sid, payload) once ended
        self.result_session = None      # the session it was sent in

    @property
    def is_confirmed(self):
        return self.head.get("start") == "confirmed"

    def begin(self):
        """Takes the job up; false when it was withdrawn before."""
        with self._lock:
            if self.state != self.WAITING:
                return False
            self.state, self.began_at = self.RUNNING, time.monotonic()
            return True

    def withdraw(self):
        """Makes sure that the job never begins; false when it has."""
        with self._lock:
            if self.state != self.WAITING:
                return False
            self.state = self.GONE
            return True

    def end(self, header, payload=b""):
        whole = {"lease": self.lease, **header}
        if self.usage:
            whole["usage"] = self.usage
        if self.effects is not None:
            whole["effects"] = self.effects
        try:
            decode(encode(WORKER, "RESULT", {"sid": "s", **whole}), WORKER)
        except (Violation, TypeError, ValueError) as error:
            failure = {"kind": "internal", "message": _cut(f"result not sendable: {error}", 1024)}
            whole, payload = {"lease": self.lease, "status": "error", "failure": failure}, b""
        self.result, self.state = (whole, payload), self.ENDED


class _Outbox:
    """What handler threads tell the socket's thread, and the means to wake it."""

    def __init__(self):
        self._posts, self._lock, self._is_awake = collections.deque(), threading.Lock(), False
        self.reader, self._writer = os.pipe()
        os.set_blocking(self.reader, False)
        os.set_blocking(self._writer, False)

    def post(self, what, job=None, wake=True):
        self._posts.append((what, job))
        if wake:
            self.wake()

    def wake(self):
        with self._lock:
            if self._is_awake:
                return
            self._is_awake = True
        with contextlib.suppress(BlockingIOError):
            os.write(self._writer, b".")

    def take(self):
        """Everything posted since, in order."""
        with self._lock:
            self._is_awake = False
            with contextlib.suppress(BlockingIOError):
                os.read(self.reader, 4096)
        posts = []
        while self._posts:
            posts.append(self._posts.popleft())
        return posts


class _Capability:
    """A function of the author's, and the contract that its signature and decorator make."""

    OPERATIONAL = (
        "version", "side_effect", "open_world", "idempotent", "risk", "timeout", "cost_estimate",
        "retry_policy", "retry_budget", "unknown_outcome", "verify_with", "on_failure",
        "on_unavailable", "hedge", "repeat_threshold", "circuit_breaker", "compensation",
        "start", "audit_level", "data_classification")

    def __init__(self, function, name, description, parameters, returns, operational):
        self.function = function
        self.name = name or function.__name__
        if not _is_word(self.name):
            raise ValueError(
                f"capability {self.name!r}: a name is 1 to 64 of a-z 0-9 _ -, first a letter")
        for key in operational:
            if key not in self.OPERATIONAL:
                raise TypeError(f"capability {self.name}: {key!r} is not one of the contract's "
                                f"keys: {', '.join(self.OPERATIONAL)}")
        self.operational = {"version": "1.0.0", **operational}
        paragraphs = (description or inspect.getdoc(function) or "").split("\n\n")
        self.description = " ".join(paragraphs[0].split())
        hints = typing.get_type_hints(function, include_extras=True)
        members = []
        self.hints, self.takes_context = {}, False
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name == "ctx":
                self.takes_context = True
                continue
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD,
                                  parameter.POSITIONAL_ONLY):
                raise TypeError(f"capability {self.name}: arguments come by name, "
                                f"so {parameter} cannot be filled")
            hint = hints.get(parameter.name, typing.Any)
            self.hints[parameter.name] = hint
            members.append((parameter.name, hint, parameter.default is parameter.empty))
        self.signature = _members_schema(members)
        self.parameters = self.signature if parameters is None else parameters
        result = hints.get("return", typing.Any)
        self.returns = returns if returns is not None else schema_of(result)

    @property
    def contract(self):
        function = {"name": self.name, "description": self.description,
                    "parameters": self.parameters}
        if (self.parameters is self.signature
                and len(self.signature["required"]) == len(self.signature["properties"])):
            function["strict"] = True
        made = {"type": "function", "function": function}
        if self.returns:
            made["returns"] = self.returns
        return {**made, "operational": self.operational}

    def call(self, payload, context):
        try:
            arguments = json.loads(payload) if payload else {}
        except ValueError as error:
            raise WorkerFailure("validation", f"the arguments are not JSON: {error}",
                                retryable=False) from None
        if not isinstance(arguments, dict):
            raise WorkerFailure(
                "validation", f"args: expected object, found {_type_name(arguments)}",
                retryable=False)
        wrong = mismatch(self.signature, arguments, "args")
        if wrong:
            raise WorkerFailure("validation", wrong, retryable=False)
        made = {name: convert(self.hints[name], value) for name, value in arguments.items()}
        if self.takes_context:
            made["ctx"] = context
        value = self.function(**made)
        return asyncio.run(value) if inspect.iscoroutine(value) else value


# --------------------------------------------------------------------------------------------------
# The log: one JSON object a line on standard error, which the launcher lifts into the swarm's log.

_log = logging.getLogger("swarm")
_LEVELS = {"trace": logging.DEBUG, "debug": logging.DEBUG, "info": logging.INFO,
           "warn": logging.WARNING, "error": logging.ERROR}


class _JSONLines(logging.Formatter):
    def format(self, record):
        level = {"WARNING": "warn", "CRITICAL": "error"}.get(
            record.levelname, record.levelname.lower())
        line = {"level": level, "msg": record.getMessage()}
        for key in ("task", "code"):
            if hasattr(record, key):
                line[key] = getattr(record, key)
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def _start_logging(level):
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_JSONLines())
        root.addHandler(handler)
        root.setLevel(_LEVELS.get(level, logging.INFO))


# --------------------------------------------------------------------------------------------------
# The link to the coordinator: one thread owns the socket, all timers and the table of held leases.

EXIT_LEFT, EXIT_BY_HAND, EXIT_ORPHANED, EXIT_FAULT = 0, 64, 69, 70
EXIT_DRAIN_TIMED_OUT, EXIT_REFUSED, EXIT_TOLD_TWICE = 75, 78, 143


class _Settings:
    """What the launcher says in the environment; raises ValueError for what cannot be used."""

    def __init__(self, environment):
        self.endpoint = environment["SWARM_ENDPOINT"]
        protocol = environment.get("SWARM_PROTOCOL", str(MAJOR))
        if protocol != str(MAJOR):
            raise ValueError(f"SWARM_PROTOCOL is {protocol}; this worker speaks {MAJOR}")
        self.instance = environment.get("SWARM_INSTANCE", "")
        if not _is_instance(self.instance):
            raise ValueError(f"SWARM_INSTANCE is {self.instance!r}, not one such as pricing-2")
        self.credit = self._number(environment, "SWARM_CONCURRENCY", 1, 1, LEASES)
        self.orphan_timeout = self._number(
            environment, "SWARM_ORPHAN_TIMEOUT_MS", 30_000, 0, INTEGER) / 1000
        self.log_level = environment.get("SWARM_LOG_LEVEL", "info")
        path = environment.get("SWARM_TOKEN_FILE", "")
        try:
            with open(path, encoding="ascii") as file:
                self.token = file.read().strip()
        except (OSError, ValueError) as error:
            raise ValueError(f"SWARM_TOKEN_FILE cannot be read: {error}") from None
        if not 1 <= len(self.token) <= 256:
            raise ValueError(f"the token in {path} has {len(self.token)} bytes, not 1 to 256")

    @staticmethod
    def _number(environment, name, default, low, high):
        text = environment.get(name, str(default))
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise ValueError(f"{name} is {text!r}, not a number from {low} to {high}")
        return int(text)


class _Link:
    """The session with the coordinator, on a socket that is replaced whenever it is lost."""

    ANSWER_TIMEOUT = 5.0
    STARTED_DELAY = 0.02        # a result within this time makes STARTED superfluous
    FIRST_WAIT, LONGEST_WAIT = 0.1, 5.0
    NO_GO = "GO did not come before the deadline"

    def __init__(self, settings, capabilities):
        self.settings, self.capabilities = settings, capabilities
        self.outbox, self.jobs, self.held = _Outbox(), queue.SimpleQueue(), {}
        self.exit_status, self.terminations = None, 0
        self.payload_limit = PAYLOAD_BYTES
        self._context, self._socket, self._poller = zmq.Context(), None, zmq.Poller()
        self._monitor, self._connected = None, False
        self._poller.register(self.outbox.reader, zmq.POLLIN)
        self._unsent, self._unannounced, self._threads = collections.deque(), set(), []
        self._sid, self._failed_attempts, self._violations = None, 0, 0
        self._greetings = 0
        self._last_call, self._callers = 0, {}
        self._draining, self._drained_by = False, float("inf")
        self._heartbeat, self._progress_credit = 1.0, 32
        now = time.monotonic()
        self._retry_at, self._in_session_at, self._heard_at = now, now, now
        self._beat_at, self._woke_at = now, now

    # ------------------------------------------------------------------ the loop

    def serve(self):
        """Serves until there is an exit status."""
        try:
            while self.exit_status is None:
                self._turn()
            # Only a farewell is worth waiting for, and without a session there is none.
            says_farewell = self.exit_status == EXIT_LEFT and self._sid is not None
            self._close(linger=2000 if says_farewell else 0)
        except BaseException:
            _log.exception("the socket thread failed")
            self.exit_status = EXIT_FAULT
            self._close(linger=0)
        self._context.term()

    def terminate(self):
        """Drains, as on DRAIN; safe in a signal handler. Told twice, ends at once."""
        self.terminations += 1
        if self.terminations > 1:
            os._exit(EXIT_TOLD_TWICE)
        self.outbox.post("terminate")

    def _turn(self):
        timeout = self._timeout(time.monotonic())
        ready = dict(self._poller.poll(math.ceil(timeout * 1000)))
        now = time.monotonic()
        self._forgive(now - self._woke_at - timeout)
        self._woke_at = now
        if self._socket is not None and ready.get(self._socket, 0) & zmq.POLLIN:
            self._receive()
        if self._socket is not None and ready.get(self._monitor, 0) & zmq.POLLIN:
            self._watch()
        for what, job in self.outbox.take():
            self._handle_post(what, job)
        self._tick(time.monotonic())
        self._flush()

    def _timeout(self, now):
        until = self._in_session_at + self.settings.orphan_timeout
        if self._socket is None:
            until = min(until, self._retry_at)
        elif self._sid is None:
            until = min(until, self._heard_at + self.ANSWER_TIMEOUT)
        else:
            until = min(self._beat_at, self._heard_at + SILENT_BEATS * self._heartbeat)
            if self._unannounced:
                until = min(until, now + self.STARTED_DELAY)
        return min(max(0.0, min(until, self._drained_by) - now), 60.0)

    def _forgive(self, overslept):
        """Does not count time in which this process was stopped against the coordinator.

        A turn takes its timeout and hardly more, unless the process was not running.
        """
        if overslept > 1.0:
            self._heard_at += overslept
            self._in_session_at += overslept

    def _tick(self, now):
        if self._draining and not self.held:
            if self._sid is not None:
                self._send("BYE", {})
                self._flush()
            self.exit_status = EXIT_LEFT
        elif now >= self._drained_by:
            _log.error("the time to drain is over and %d leases are left", len(self.held))
            self.exit_status = EXIT_DRAIN_TIMED_OUT
        elif self._sid is None and now >= self._in_session_at + self.settings.orphan_timeout:
            _log.error("no coordinator for %.1f s: giving up", self.settings.orphan_timeout)
            self.exit_status = EXIT_ORPHANED
        elif self._socket is None:
            if now >= self._retry_at:
                self._connect(now)
        elif self._sid is None:
            if not self._connected:
                self._heard_at = now    # nobody is there yet who could answer
            elif now >= self._heard_at + self.ANSWER_TIMEOUT:
                self._lose("no answer to HELLO")
        elif now >= self._heard_at + SILENT_BEATS * self._heartbeat:
            self._lose(f"nothing heard for {SILENT_BEATS} beats")
        else:
            self._announce(now)
            if now >= self._beat_at:
                self._beat(now)

    # ------------------------------------------------------------------ the socket

    def _open_socket(self):
        self._socket = self._context.socket(zmq.DEALER)
        for option, value in ((zmq.LINGER, 0), (zmq.SNDHWM, 1000), (zmq.RCVHWM, 1000),
                              (zmq.MAXMSGSIZE, PAYLOAD_BYTES), (zmq.HANDSHAKE_IVL, 2000),
                              (zmq.CONNECT_TIMEOUT, 2000), (zmq.RECONNECT_IVL, 100),
                              (zmq.RECONNECT_IVL_MAX, 0)):
            self._socket.setsockopt(option, value)
        self._poller.register(self._socket, zmq.POLLIN)
        # Before anything can happen: without a reader libzmq's own thread would wait for one.
        self._monitor = self._socket.get_monitor_socket(
            zmq.EVENT_HANDSHAKE_SUCCEEDED | zmq.EVENT_DISCONNECTED)
        self._poller.register(self._monitor, zmq.POLLIN)
        self._connected = False
        self._socket.connect(self.settings.endpoint)

    def _connect(self, now):
        try:
            self._open_socket()
        except zmq.ZMQError as error:
            self._lose(f"cannot connect: {error}")
            return
        self._heard_at, self._violations = now, 0
        hello = {"token": self.settings.token, "instance": self.settings.instance,
                 "minor": list(MINORS), "credit": self.settings.credit, "pid": os.getpid(),
                 "capabilities": list(self.capabilities)}
        if self.held:
            hello["resume"] = list(self.held)
        self._greetings += 1
        hello["seq"] = self._greetings
        hello["lang"] = f"python {sys.version_info[0]}.{sys.version_info[1]}"
        hello["version"] = __version__
        self._unsent.append(encode(WORKER, "HELLO", hello))

    def _close(self, linger):
        if self._socket is not None:
            if self._monitor is not None:
                self._poller.unregister(self._monitor)
                self._socket.disable_monitor()
                self._monitor.close(linger=0)
            self._poller.unregister(self._socket)
            self._socket.close(linger=linger)
            self._socket = self._monitor = None
        self._sid = None
        self._unsent.clear()

    def _lose(self, why):
        self._close(linger=0)
        wait = min(self.FIRST_WAIT * 2 ** min(self._failed_attempts, 10), self.LONGEST_WAIT)
        wait *= random.uniform(0.5, 1.5)
        self._failed_attempts += 1
        self._retry_at = time.monotonic() + wait
        _log.warning("lost the coordinator: %s; connecting again in %.1f s", why, wait)

    def _send(self, verb, header, payload=b""):
        self._unsent.append(encode(WORKER, verb, {"sid": self._sid, **header}, payload))

    def _flush(self):
        if self._socket is None:
            return
        while self._unsent:
            try:
                self._socket.send_multipart(self._unsent[0], zmq.NOBLOCK)
            except zmq.Again:
                break
            self._unsent.popleft()
        flags = zmq.POLLIN | (zmq.POLLOUT if self._unsent else 0)
        self._poller.modify(self._socket, flags)

    def _beat(self, now):
        self._beat_at = now + self._heartbeat
        if self._unsent:        # the coordinator does not read: more beats would only pile up
            return
        busy = [lease for lease, job in self.held.items() if job.result is None]
        self._send("BEAT", {"busy": busy, "rss_bytes": _resident_bytes()})

    def _watch(self):
        """Hears whether somebody is there; a connection that ends is the end of its session."""
        while True:
            try:
                event = self._monitor.recv_multipart(zmq.NOBLOCK)[0]
            except zmq.Again:
                return
            if struct.unpack_from("=H", event)[0] == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self._connected, self._heard_at = True, time.monotonic()
                continue
            ended = self._socket
            while self._receive():      # what was said before the end; it may be the last word
                pass
            if self._socket is ended:
                if not self._connected:
                    self._failed_attempts = 0   # nobody has answered, so nobody turned us away
                self._lose("the connection has ended")
            return

    # ------------------------------------------------------------------ what comes in

    def _receive(self):
        """Takes what has arrived; gives whether there may be more."""
        for _ in range(256):
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return False
            try:
                verb, head, payload = decode(frames, COORDINATOR)
            except Violation as violation:
                self._violations += 1
                _log.warning("dropped a message of the coordinator: %s", violation)
                if self._violations >= VIOLATIONS:
                    self._lose("too many malformed messages")
                    return False
                continue
            self._heard_at = time.monotonic()
            self._handle(verb, head, payload)
            if self._socket is None or self.exit_status is not None:
                return False
        return True

    def _handle(self, verb, head, payload):
        if verb == "REFUSE":
            self._refused(head)
        elif verb == "UNKNOWN":
            self._lose("it does not know this session")
        elif self._sid is None:
            if verb == "WELCOME":
                self._welcomed(head)
        else:
            self._in_session_at = self._heard_at
            if verb == "BEAT":
                self._failed_attempts = 0   # a session that lasts is worth coming back to at once
            handler = self._HANDLERS.get(verb)
            if handler is not None:
                handler(self, head, payload)

    def _refused(self, head):
        if head["permanent"]:
            _log.error("refused for good: %s (%s)", head["reason"], head["code"])
            self.exit_status = EXIT_REFUSED
        else:
            self._lose(f"refused for now: {head['reason']} ({head['code']})")

    def _welcomed(self, head):
        self._sid, self._heartbeat = head["sid"], head["heartbeat_ms"] / 1000
        self._in_session_at = self._heard_at
        self._beat_at = self._heard_at + self._heartbeat
        limits = head.get("limits", {})
        self.payload_limit = limits.get("payload_bytes", PAYLOAD_BYTES)
        self._progress_credit = limits.get("progress", 32)
        adopted = set(head.get("adopt", ()))
        for lease, job in list(self.held.items()):
            if lease not in adopted:
                self._forget(job)
                continue
            job.sequence, job.credit = 0, self._progress_credit
            if job.result is not None:
                self._send_result(job)
            elif job.state == job.GONE:
                self._give_back(job, job.reason)
            elif job.state == job.RUNNING:
                job.announced = False
                self._announce_one(job)
                for number, call in job.calls.items():
                    self._send_call(number, call)
        _log.info("in session with the coordinator; %d leases adopted", len(self.held))
        if self._draining:
            self._return_waiting()

    def _task(self, head, payload):
        job = _Job(head, payload, self._progress_credit)
        if self._draining:
            self._send("RETURN", {"lease": job.lease, "reason": "draining", "draining": True})
            return
        if job.lease in self.held:
            return
        self.held[job.lease] = job
        self._unannounced.add(job)
        self.jobs.put(job)
        self._add_thread()

    def _add_thread(self):
        """A job that waits for what it delegated keeps its thread, and not those that come."""
        parked = sum(bool(job.calls) for job in self.held.values()) if self._callers else 0
        if len(self._threads) < min(self.settings.credit + parked, len(self.held)):
            thread = threading.Thread(target=self._work, name="handler", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _cancel(self, head, _):
        job = self.held.get(head["lease"])
        if job is None or job.result is not None:
            return
        if job.withdraw():
            job.end({"status": "cancelled"})
            self._send_result(job)
        job.cancelled.set()
        self._abandon_calls(job)

    def _acknowledged(self, head, _):
        for lease in head.get("leases", ()) or (head["lease"],):
            job = self.held.get(lease)
            if job is not None and job.result is not None:
                self._forget(job)
        if head["disposition"] != "accepted":
            _log.warning("result of %s: %s", head.get("lease", "several"), head["disposition"])

    def _drain(self, head=None, _=None):
        if not self._draining:
            _log.info("draining")
        self._draining = True
        if head is not None:
            self._drained_by = time.monotonic() + head["deadline_ms"] / 1000
        if self._sid is not None:
            self._return_waiting()

    def _credit(self, head, _):
        job = self.held.get(head["lease"])
        if job is not None:
            job.credit += head["n"]
            self._send_progress(job)

    def _go(self, head, _):
        job = self.held.get(head["lease"])
        if job is not None:
            job.go.set()

    def _reply(self, head, payload):
        job = self._callers.pop(head["re"], None)
        if job is None:
            return              # answered before, or nobody waits for it any more
        call = job.calls.pop(head["re"])
        if "budget" in head:
            job.budget = (head["budget"], time.monotonic())
        if head["status"] != "ok":
            call.resolve(error=DelegatedFailure(head["failure"], head.get("chain", ())))
        else:
            try:
                call.resolve(json.loads(payload) if payload else None)
            except ValueError as error:
                call.resolve(error=WorkerFailure(
                    "internal", f"the result of a delegated call is not JSON: {error}"))
        if job.calls_in_queue:
            self._open(job.calls_in_queue.popleft())

    _HANDLERS = {"TASK": _task, "CANCEL": _cancel, "RESULT_ACK": _acknowledged, "DRAIN": _drain,
                 "CREDIT": _credit, "GO": _go, "REPLY": _reply}

    # ------------------------------------------------------------------ what handlers delegate

    def _ask(self, call):
        job = call.job
        if (self.held.get(job.lease) is not job or job.result is not None
                or job.cancelled.is_set()):
            call.abandon()
        elif len(job.calls) < OPEN_CALLS:
            self._open(call)
        else:
            job.calls_in_queue.append(call)

    def _open(self, call):
        if len(call.request) > self.payload_limit:
            call.resolve(error=WorkerFailure(
                "validation", f"the call has {len(call.request)} bytes and a payload at most "
                f"{self.payload_limit}: write large arguments to a file and pass its path",
                retryable=False))
            return
        self._last_call += 1
        call.job.calls[self._last_call] = call
        self._callers[self._last_call] = call.job
        if self._sid is not None:
            self._send_call(self._last_call, call)
        self._add_thread()

    def _send_call(self, number, call):
        self._announce_one(call.job)
        self._send("CALL", {"id": number, "op": "delegate", "lease": call.job.lease},
                   call.request)

    def _abandon_calls(self, job):
        for number, call in job.calls.items():
            del self._callers[number]
            call.abandon()
        for call in job.calls_in_queue:
            call.abandon()
        job.calls.clear()
        job.calls_in_queue.clear()

    # ------------------------------------------------------------------ what goes out

    def _handle_post(self, what, job):
        if what == "terminate":
            self._drain()
            return
        if what == "call":
            self._ask(job)
            return
        if what == "result":
            self._abandon_calls(job)
        if self.held.get(job.lease) is not job or self._sid is None:
            pass                # dropped meanwhile, or to be sent after the next WELCOME
        elif what == "began":
            self._announce_one(job)
        elif what == "progress":
            self._send_progress(job)
        elif what == "unreleased":
            self._give_back(job, job.reason)
        else:
            self._send_progress(job)
            self._send_result(job)

    def _announce(self, now):
        for job in list(self._unannounced):
            if job.began_at is not None and now - job.began_at >= self.STARTED_DELAY:
                self._announce_one(job)

    def _announce_one(self, job):
        if not job.announced and job.result is None:
            job.announced = True
            self._unannounced.discard(job)
            self._send("STARTED", {"lease": job.lease})

    def _send_progress(self, job):
        if job.result is not None and not job.announced:
            return              # a short call: its result says it all
        self._announce_one(job)
        while job.progress and job.credit > 0:
            step, data = job.progress.popleft()
            self._send("PROGRESS", {"lease": job.lease, "seq": job.sequence, **step}, data)
            job.sequence += 1
            job.credit -= 1
        while len(job.progress) > 1:
            job.progress.popleft()

    def _send_result(self, job):
        self._unannounced.discard(job)
        if job.result_session != self._sid:
            job.result_session = self._sid
            self._send("RESULT", *job.result)

    def _return_waiting(self):
        for job in list(self.held.values()):
            if job.withdraw():
                self._give_back(job, "draining")

    def _give_back(self, job, reason):
        self._forget(job)
        head = {"lease": job.lease, "reason": reason}
        if self._draining:
            head["draining"] = True
        self._send("RETURN", head)

    def _forget(self, job):
        self.held.pop(job.lease, None)
        self._abandon_calls(job)
        self._unannounced.discard(job)
        job.withdraw()
        if job.result is None:
            job.cancelled.set()

    # ------------------------------------------------------------------ handlers, on their threads

    def _work(self):
        while True:
            job = self.jobs.get()
            if not job.begin():
                continue
            if job.is_confirmed and not self._await_go(job):
                continue
            try:
                header, payload = self._outcome(job)
            except BaseException as error:
                header, payload = _failure_header(
                    WorkerFailure("internal", f"the worker failed: {error!r}")), b""
            job.end(header, payload)
            self.outbox.post("result", job)

    def _outcome(self, job):
        context = Context(job, self.outbox)
        try:
            if job.deadline is not None and time.monotonic() >= job.deadline:
                raise WorkerFailure("timeout", "the deadline passed before the work began")
            capability = self.capabilities.get(context.capability)
            if capability is None:
                known = ", ".join(self.capabilities)
                raise WorkerFailure(
                    "not_found", f'no capability "{context.capability}" here; known are: {known}',
                    retryable=False)
            if job.cancelled.is_set() and job.is_confirmed:
                raise Cancelled
            value = capability.call(job.payload, context)
            return {"status": "ok"}, self._result_payload(value)
        except (Cancelled, asyncio.CancelledError):
            if job.cancelled.is_set():
                return {"status": "cancelled"}, b""
            return _failure_header(WorkerFailure("cancelled", "the handler stopped")), b""
        except WorkerFailure as failure:
            return _failure_header(failure), b""
        except (Exception, SystemExit) as error:
            context.log.exception("%s failed", context.capability)
            frame = traceback.extract_tb(error.__traceback__)[-1]
            return _failure_header(WorkerFailure(
                "internal", f"{type(error).__name__}: {error}",
                details={"at": f"{os.path.basename(frame.filename)}:{frame.lineno}"})), b""

    def _await_go(self, job):
        """Whether the work may begin, or has been cancelled; else the job is given back."""
        self.outbox.post("began", job)
        while not job.go.wait(0.1 if job.deadline is None else min(
                0.1, max(0.0, job.deadline - time.monotonic()))):
            if job.cancelled.is_set():
                return True
            is_late = job.deadline is not None and time.monotonic() >= job.deadline
            if is_late or self._draining:
                job.state = job.GONE
                job.reason = self.NO_GO if is_late else "draining"
                self.outbox.post("unreleased", job)
                return False
        return True

    def _result_payload(self, value):
        try:
            payload = _encode_json(value)
        except (TypeError, ValueError, RecursionError) as error:
            raise WorkerFailure("internal", f"the result is not JSON: {error}",
                                retryable=False) from None
        if len(payload) > self.payload_limit:
            raise WorkerFailure(
                "validation",
                f"the result has {len(payload)} bytes and at most {self.payload_limit} can be "
                "sent: write it to a file and return the path, or ask for less at a time",
                retryable=False)
        return payload


def _failure_header(failure):
    kind, message, retryable = failure.kind, str(failure), failure.retryable
    details, chain = failure.details, getattr(failure, "chain", ())
    if kind in SWARM_KINDS:     # no kind of ours; and the swarm has tried what can be tried
        kind, message = "internal", f"{kind}: {message}"
        retryable = False if retryable is None else retryable
    if details is None and chain:
        details = {"chain": [
            f"{call['task']} ({'.'.join(filter(None, (call.get('agent'), call['capability'])))})"
            for call in chain]}
    made = {"kind": kind, "message": _cut(message, 1024)}
    if retryable is not None:
        made["retryable"] = bool(retryable)
    if failure.retry_after is not None:
        made["retry_after_ms"] = max(0, int(failure.retry_after * 1000))
    if details is not None:
        with contextlib.suppress(TypeError, ValueError, Violation, RecursionError):
            _details("details", details)
            _parse_header(_encode_json({"failure": {"details": details}}))
            made["details"] = details
    return {"status": "error", "failure": made}


def _resident_bytes():
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


# --------------------------------------------------------------------------------------------------
# What an author uses.

class Worker:
    """One worker process: its capabilities, and `run()`, which serves them."""

    def __init__(self, name=None, version="1.0.0", description=""):
        self.name, self.version, self.description = name, version, description
        self._capabilities = {}

    def capability(self, function=None, *, name=None, description=None, parameters=None,
                   returns=None, **operational):
        """Makes a function a capability; use it as a decorator, with or without arguments.

        The arguments become the function's, by name; an argument called `ctx` gets the Context.
        `parameters` and `returns` replace the JSON Schemas made of the type hints. Whatever else
        is given goes into the contract as it is: side_effect="read", idempotent=True,
        timeout="30s", risk="low", start="confirmed" and so on. Without side_effect the
        coordinator assumes the worst. `async def` works too.
        """
        def register(function):
            made = _Capability(function, name, description, parameters, returns, operational)
            if made.name in self._capabilities:
                raise ValueError(f"capability {made.name} is defined twice")
            self._capabilities[made.name] = made
            return function
        return register if function is None else register(function)

    def run(self, arguments=None):
        """Serves until told to leave, and ends the process with the status for it."""
        arguments = sys.argv[1:] if arguments is None else arguments
        if arguments[:1] == ["--emit-manifest"]:
            sys.exit(self._emit_manifest(arguments[1:]))
        if arguments[:1] in (["--help"], ["-h"]):
            print(self._self_portrait())
            sys.exit(0)
        if "SWARM_ENDPOINT" not in os.environ:
            print(self._self_portrait(), file=sys.stderr)
            sys.exit(EXIT_BY_HAND)
        try:
            settings = _Settings(os.environ)
        except ValueError as error:
            _start_logging("info")
            _log.error("cannot start: %s", error)
            sys.exit(EXIT_REFUSED)
        _start_logging(settings.log_level)
        status, is_busy = self._serve(settings)
        if is_busy:             # a handler that does not stop must not keep the process
            logging.shutdown()
            sys.stdout.flush()
            os._exit(status)
        sys.exit(status)

    def _serve(self, settings):
        link = _Link(settings, self._capabilities)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: link.terminate())
        thread = threading.Thread(target=link.serve, name="link")
        thread.start()
        while thread.is_alive():
            thread.join(0.5)
        return link.exit_status, bool(link.held)

    @property
    def _script(self):
        return os.path.abspath(sys.argv[0])

    @property
    def _own_name(self):
        stem = os.path.splitext(os.path.basename(self._script))[0]
        return self.name or os.environ.get("SWARM_AGENT") or stem

    def manifest(self):
        """The contract of this agent, as it stands in agent.json."""
        return {
            "schema_version": 1, "name": self._own_name, "version": self.version, "kind": "tool",
            "description": self.description, "adapter": "native",
            "exec": ["/usr/bin/python3", "./" + os.path.basename(self._script)],
            "protocol": {"min": MAJOR, "max": MAJOR},
            "capabilities": [each.contract for each in self._capabilities.values()]}

    def _emit_manifest(self, rest):
        path = rest[0] if rest else os.path.join(os.path.dirname(self._script), "agent.json")
        text = json.dumps(self.manifest(), indent=2, ensure_ascii=False) + "\n"
        if path == "-":
            sys.stdout.write(text)
            return 0
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            print(f"error: cannot write {path}: {error.strerror}", file=sys.stderr)
            return 1
        print(f"wrote {path}: {', '.join(self._capabilities)}")
        return 0

    def _self_portrait(self):
        lines = [f"{self._own_name} {self.version} is a worker of a Swarm: the coordinator starts "
                 "it, from a topology file."]
        if self.description:
            lines.append(self.description)
        lines += ["", "Capabilities:"]
        for each in self._capabilities.values():
            arguments = ", ".join(each.hints)
            lines.append(f"  {each.name}({arguments})  {each.description}".rstrip())
        example = next(iter(self._capabilities), "NAME")
        lines += [
            "", f"Write its agent.json:  {os.path.basename(self._script)} --emit-manifest",
            f"Call it in a swarm:    swarm call {self._own_name}.{example} '{{…}}'"]
        return "\n".join(lines)


#: The worker of this process, ready to be used.
worker = Worker()
