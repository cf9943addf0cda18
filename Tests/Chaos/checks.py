"""What must hold when the faults are over: Swarm's word held against what really happened."""

import collections
import hashlib
import json
import os
import sqlite3
import struct

import workloads

ENDED = {"succeeded", "failed", "cancelled", "deadline_exceeded", "compensated",
         "partially_compensated", "compensation_failed"}
#: Failures that come from outside and pass.
TROUBLES = {"transient", "worker_lost", "lease_expired", "timeout", "unavailable"}


def check_entries(entries):
    """Effects that happened more than once although nothing may repeat them."""
    by_key = collections.Counter(each["key"] for each in entries)
    by_token = collections.Counter(each["token"] for each in entries)
    wrong = []
    for counts, what in ((by_key, "key"), (by_token, "token")):
        for name, count in sorted(counts.items()):
            if count > 1:
                rows = [each for each in entries if each[what] == name]
                described = ", ".join(
                    f'{each["capability"]} attempt {each["attempt"]} epoch {each["epoch"]}'
                    for each in rows)
                wrong.append(f"{what} {name}: happened {count} times ({described})")
    return wrong


def check_files(who, counts):
    """Open files of one process that pile up, by how many it had open from its start to its end."""
    # The first count may be of a process that has only begun, and has next to nothing open.
    first, last = max(counts[:5]), max(counts[-5:])
    if len(counts) > 20 and last > first + 16:
        return [f"open files of {who} grew from {first} to {last}"]
    return []


def expected_tokens(run):
    """The tokens that must stand once the run has succeeded."""
    tag = run["input"].get("tag")
    skipped = {each["name"] for each in run.get("subtasks", []) if each["state"] == "skipped"}
    return {f"{tag}-{end}" for end in workloads.STANDING.get(run["workflow"], [])
            if end.partition("-")[0] not in skipped}


def check_run(run, entries, wrong_output):
    """What is wrong about one run that has ended, given the entries under its tag."""
    state, name = run["state"], f'{run["run"]} ({run["workflow"]}, {run["state"]})'
    standing = {each["token"] for each in entries if each["undone_at"] is None}
    keys = {each["token"]: each["key"] for each in entries}
    wrong = []
    if state == "succeeded":
        expected = expected_tokens(run)
        if standing != expected:
            wrong.append(f"{name}: missing {sorted(expected - standing)}, "
                         f"too much {sorted(standing - expected)}")
        if not run["input"].get("ok", True):
            wrong.append(f"{name}: had to fail")
        complaint = wrong_output(run["workflow"], run["input"], run.get("output"))
        if complaint:
            wrong.append(f"{name}: {complaint}")
        return wrong
    listed = {each["subtask"]: each["why"] for each in run.get("standing", [])}
    pivot = workloads.PIVOT.get(run["workflow"])
    is_confirmed = pivot is not None and any(
        each["name"] == pivot and each["state"] == "succeeded" for each in run["subtasks"])
    for token in sorted(standing):
        if keys[token] not in listed and not is_confirmed:
            wrong.append(f"{name}: {token} of {keys[token]} stands and is not listed")
    for subtask, why in sorted(listed.items()):
        # The shipped agents keep no books; what they write into their folder stands.
        if why == "may_have_happened" or run["workflow"] not in workloads.STANDING:
            continue
        if not any(keys[token] == subtask for token in standing):
            wrong.append(f"{name}: {subtask} is listed as standing ({why}) and is not there")
    if state == "compensated" and listed:
        wrong.append(f"{name}: lists {sorted(listed)}")
    return wrong


def check_ledger(run, expected):
    """What is wrong about the ledger that a run posted to, read without the ledger's own views.

    `expected` is how many adjustments its month needs.
    """
    name = f'{run["run"]} ({run["workflow"]}, {run["state"]})'
    path = run["input"]["ledger"]
    if not os.path.exists(path):
        return [f"{name}: there is no ledger"] if run["state"] == "succeeded" else []
    ledger = sqlite3.connect(path, timeout=10)
    entries = ledger.execute("SELECT id, key, reverses FROM entry").fetchall()
    unbalanced = ledger.execute("SELECT entry FROM line GROUP BY entry HAVING sum(cents) <> 0")
    wrong = [f"{name}: entry {entry} is out of balance" for entry, in unbalanced]
    ledger.close()
    reversed_by = collections.Counter(reverses for _, _, reverses in entries if reverses)
    posted = [(entry, key) for entry, key, reverses in entries
              if reverses is None and (key or "").endswith("/adjustment")]
    for key, count in collections.Counter(key for _, key in posted).items():
        if count > 1:
            wrong.append(f"{name}: {key} was posted {count} times")
    for entry, count in reversed_by.items():
        if count > 1:
            wrong.append(f"{name}: entry {entry} was reversed {count} times")
    standing = [key for entry, key in posted if entry not in reversed_by]
    if run["state"] == "succeeded":
        if len(standing) != expected:
            wrong.append(f"{name}: {len(standing)} adjustments stand, expected {expected}")
    elif standing and len(standing) > sum(
            each["capability"] == "post_entry" for each in run.get("standing", [])):
        wrong.append(f"{name}: {sorted(standing)} stand and are not listed")
    return wrong


def verify_journal(path):
    """Recomputes the chain of hashes as docs/journal.md says; (records, what is wrong)."""
    journal = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    journal.text_factory = bytes
    following, previous = 1, bytes(32)
    columns = "first, count, time, epoch, previous, hash, records, payloads"
    for row in journal.execute(f"SELECT {columns} FROM batches ORDER BY first"):
        first, count, moment, epoch, link, digest, records, payloads = row
        header = struct.pack(">QQqQQQ", first, count, moment, epoch, len(records), len(payloads))
        actual = hashlib.sha256(b"swarm.journal.1\0" + previous + header + records
                                + payloads).digest()
        if first != following or link != previous or digest != actual:
            return following - 1, f"batch {first} is not what was written"
        for name in json.loads(payloads):
            found = journal.execute("SELECT bytes FROM payloads WHERE digest = ?",
                                    (name.encode(),)).fetchone() or journal.execute(
                "SELECT bytes FROM payloads WHERE digest = ?", (name,)).fetchone()
            if found is None or hashlib.sha256(found[0]).hexdigest() != name:
                return following - 1, f"payload {name} of batch {first} is not what was written"
        following, previous = first + count, digest
    journal.close()
    return following - 1, None


class JournalFacts:
    """What the records of a journal say about the whole time."""

    def __init__(self, path):
        journal = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.types = collections.Counter()
        self.directives = collections.Counter()
        self.wrong = []
        troubled = set()
        finished, succeeded = collections.Counter(), collections.Counter()
        for text, in journal.execute("SELECT records FROM batches ORDER BY first"):
            for record in json.loads(text):
                kind = record["type"]
                self.types[kind] += 1
                subtask = (record.get("run"), record.get("subtask"))
                if kind == "run_finished":
                    finished[record["run"]] += 1
                elif kind == "subtask_succeeded":
                    succeeded[subtask] += 1
                elif kind == "attempt_ended":
                    if record["failure"]["kind"] in TROUBLES:
                        troubled.add(subtask)
                    self.directives[(record["directive"], record["failure"]["kind"])] += 1
        journal.close()
        # Subtasks with an attempt that failed for no fault of their own, and those of them that
        # succeeded in the end; a subtask whose run was cancelled proves neither.
        self.recovery = (len(troubled), len(troubled & set(succeeded)))
        for what, counts in (("ended", finished), ("succeeded", succeeded)):
            for name, count in counts.items():
                if count > 1:
                    self.wrong.append(f"{name} {what} {count} times")
