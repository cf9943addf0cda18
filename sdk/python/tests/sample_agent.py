"""The worker that the tests talk to."""

import os
import threading
import time

from swarm_worker import Cancelled, DelegatedFailure, Retryable, WorkerFailure, worker


@worker.capability(side_effect="none", idempotent=True)
def add(left: int, right: int = 1) -> int:
    """Adds two numbers."""
    return left + right


@worker.capability(side_effect="none")
async def add_later(left: int, *, ctx) -> dict:
    return {"sum": left + 1, "key": ctx.idempotency_key, "epoch": ctx.epoch,
            "attempt": ctx.attempt, "trace": ctx.traceparent}


@worker.capability(side_effect="none")
def compute_until(path: str) -> str:
    """Keeps a core busy, without a pause, until the file exists."""
    while not os.path.exists(path):
        sum(range(100))
    return "done"


@worker.capability(side_effect="none")
def wait_for_cancel(*, ctx) -> None:
    while True:
        ctx.sleep(60)


@worker.capability(side_effect="none")
def finish_despite_cancel(path: str, *, ctx) -> str:
    while not ctx.cancelled:
        time.sleep(0.01)
    return "anyway"


@worker.capability(side_effect="additive", start="confirmed")
def write(path: str) -> None:
    with open(path, "a", encoding="ascii") as file:
        file.write("x")


@worker.capability(side_effect="none")
def report_steps(count: int, path: str, *, ctx) -> None:
    """Reports all steps at once and waits for the file."""
    for step in range(count):
        ctx.progress(done=step, total=count, note=f"step {step}", data={"step": step})
    while not os.path.exists(path):
        time.sleep(0.01)


@worker.capability(side_effect="none")
def show_much(size: int, path: str, *, ctx) -> None:
    """Reports one step with this much text and waits for the file."""
    ctx.progress(done=1, data="x" * size)
    while not os.path.exists(path):
        time.sleep(0.01)


@worker.capability(side_effect="additive")
def fail(how: str, *, ctx) -> None:
    if how == "retryable":
        raise Retryable("the price list is being rebuilt", retry_after=1.5)
    if how == "detailed":
        ctx.effect("ledger entry 17 posted")
        ctx.report_cost(usd=0.25, tokens=10, calls=2)
        raise WorkerFailure("conflict", "entry 18 exists", retryable=False, details={"entry": 18})
    if how == "unsendable details":
        raise WorkerFailure("conflict", "x", details={"a": {"b": {"c": {}}}})
    if how == "clean":
        ctx.nothing_done()
        raise WorkerFailure("timeout", "no answer")
    if how == "cancelled by itself":
        raise Cancelled
    if how == "exit":
        raise SystemExit(3)
    if how == "negative usage":
        ctx.report_cost(calls=-1)
        return
    raise ZeroDivisionError("a bug")


@worker.capability(side_effect="none")
def plan(capability: str = "add", *, ctx) -> dict:
    """Delegates one call with everything that can be said about it."""
    value = ctx.delegate(capability, {"left": 2}, agent="sums", budget={"usd": 0.25, "time": 9},
                         timeout=1.5, note="line 7")
    return {"value": value, "left": ctx.budget_left, "depth": ctx.depth_left,
            "stack": [call["task"] for call in ctx.stack]}


@worker.capability(side_effect="none")
def plan_plainly(arguments=None, *, ctx):
    return ctx.delegate("add", arguments)


@worker.capability(side_effect="none")
def plan_many(count: int, *, ctx) -> list[int]:
    """Delegates as many calls at a time, from as many threads."""
    values = [None] * count

    def ask(number):
        values[number] = ctx.delegate("add", {"left": number})

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return values


@worker.capability(side_effect="none")
def plan_patiently(*, ctx) -> str:
    """Says what a failed call ended with."""
    try:
        ctx.delegate("add")
        return "no failure"
    except DelegatedFailure as failure:
        chain = " ".join(call["task"] for call in failure.chain)
        return f"{failure.kind}|{failure}|{failure.retryable}|{failure.details}|{chain}"


@worker.capability(side_effect="none")
def grow(size: int):
    return "x" * size


@worker.capability(side_effect="none")
def return_rubbish():
    return float("nan")


if __name__ == "__main__":
    worker.description = "For tests."
    worker.run()
