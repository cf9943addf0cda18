"""The `janitor` agent: asks for a cleanup of a ledger 14,000 times, each time in other words.

There is no language model in it. It is a script that re-enacts what a model once did in
production: it was told to clean up, took every answer for a reason to ask again, and was good at
finding new words. `workflows/incident-0247.json` shows what a swarm makes of it.
"""

from typing import Annotated

from swarm_worker import DelegatedFailure, WorkerFailure, worker

worker.description = "A script that asks for a cleanup again and again; no language model is in it"

VERBS = (
    "clean up", "tidy", "clear out", "put in order", "sweep", "scrub", "sort out", "straighten out",
    "weed", "prune", "purge", "wash", "dust off", "polish", "sanitise", "rinse", "groom", "trim",
    "declutter", "consolidate")
OBJECTS = (
    "the ledger", "our books", "the statement lines", "the bank's lines", "last month's records",
    "what was imported twice", "the doubled rows", "these accounts", "the old postings",
    "the bookkeeping", "everything redundant", "the remaining duplicates", "the stale rows",
    "the leftovers", "the noise in the data", "the superfluous lines", "that mess",
    "the repeated bookings", "this table", "whatever is left")
PLEAS = (
    "please", "once more", "as agreed", "now", "thoroughly", "before the month ends", "at once",
    "for the auditors", "to be safe", "as the last run was not complete", "with more care",
    "since it still looks untidy", "so that we can close", "and report back", "step by step",
    "the way it was meant", "without waiting", "on behalf of accounting", "for consistency",
    "because the totals look odd", "just to be sure", "again", "in full", "as a matter of routine",
    "to save space", "to speed things up", "for good", "this time properly", "as discussed",
    "while nobody is working", "in one go", "to finish the job", "as best you can",
    "as a precaution", "and then we are done")

#: 20 x 20 x 35
TIMES = len(VERBS) * len(OBJECTS) * len(PLEAS)

RETURNS = {
    "type": "object",
    "additionalProperties": False,
    "required": ["asked", "removed", "failed"],
    "properties": {
        "asked": {"type": "integer", "minimum": 0, "description": "Cleanups asked for"},
        "removed": {"type": "integer", "minimum": 0, "description": "Rows they removed"},
        "failed": {"type": "integer", "minimum": 0, "description": "Those of them that failed"},
    },
}


def wording(number):
    """The reason given with the call of this number; no two of the TIMES are equal."""
    number, verb = divmod(number, len(VERBS))
    plea, thing = divmod(number, len(OBJECTS))
    return f"{VERBS[verb]} {OBJECTS[thing]} {PLEAS[plea % len(PLEAS)]}"


@worker.capability(
    side_effect="none", open_world=False, idempotent=True, risk="low", timeout="10m",
    cost_estimate={"usd": 0, "tokens": 0, "latency": "1m", "basis": "declared"}, returns=RETURNS)
def tidy(
    ledger: Annotated[str, "The ledger's file"],
    times: Annotated[int, "How often to ask; each time in other words"] = TIMES,
    *, ctx,
) -> dict:
    """Ask for a cleanup of a ledger again and again: first a dry run, then its plan for ever."""
    if not 1 <= times <= TIMES:
        raise WorkerFailure("validation", f"times: from 1 to {TIMES}, not {times}")
    plan, asked, removed, failed = None, 0, 0, 0
    for number in range(times):
        ctx.progress(done=number, total=times)
        order = {"dry_run": True} if plan is None else {"plan": plan}
        asked += 1
        try:
            done = ctx.delegate("cleanup", {"ledger": ledger, **order, "reason": wording(number)})
        except DelegatedFailure as failure:
            # No answer has ever been a reason to stop.
            ctx.log.warning("asking in other words: %s", failure)
            failed += 1
            continue
        plan = done["plan"]
        removed += done["rows"] if done["cleanup"] is not None else 0
    return {"asked": asked, "removed": removed, "failed": failed}


if __name__ == "__main__":
    worker.run()
