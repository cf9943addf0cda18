#!/usr/bin/python3
"""Keeps books in the file books.jsonl, a line for each entry and each reversal.

What holds it up or breaks it are files beside it: `hold.NAME` stops the capability NAME until the
file is gone, having written `at.NAME`; `broken.NAME` makes it fail for good.
"""

import json
import os
import time

from swarm_worker import WorkerFailure, worker

BOOKS = "books.jsonl"


def lines():
    if not os.path.exists(BOOKS):
        return []
    with open(BOOKS, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def write(**line):
    with open(BOOKS, "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())


def mark(name):
    with open(f"at.{name}", "w", encoding="utf-8") as file:
        file.write(str(os.getpid()))


def obey(name):
    """Does what the files beside the books say."""
    if os.path.exists(f"hold.{name}"):
        mark(name)
        while os.path.exists(f"hold.{name}"):
            time.sleep(0.01)
    if os.path.exists(f"broken.{name}"):
        raise WorkerFailure("conflict", f"{name} is broken", retryable=False)


def work(key):
    """What a key stands for, without the number of the journal before it."""
    return key.partition("/")[2]


@worker.capability(side_effect="additive", idempotent=False)
def post(amount: int, *, ctx) -> dict:
    # The effect first, then whatever holds it up: the worst moment to be killed.
    write(post=work(ctx.idempotency_key), amount=amount)
    obey("post")
    return {"id": work(ctx.idempotency_key)}


@worker.capability(side_effect="additive", idempotent=True)
def reverse(id: str, *, ctx) -> dict:
    obey("reverse")
    if not any(line.get("reverse") == id for line in lines()):
        write(reverse=id)
    return {"reversed": id}


@worker.capability(side_effect="read", idempotent=True)
def find(key: str, arguments: dict, *, ctx) -> dict:
    obey("find")
    found = any(line.get("post") == work(key) for line in lines())
    return {"happened": found, "result": {"id": work(key)}} if found else {"happened": False}


@worker.capability(side_effect="none", idempotent=True)
def close(*, ctx) -> dict:
    obey("close")
    return {"closed": True}


worker.run()
