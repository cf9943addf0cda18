"""What really happened: the effects of the chaos worker, in a database of their own.

Nothing of Swarm reads or writes it, so it can be held against what Swarm says.
"""

import os
import sqlite3
import time

SCHEMA = """
CREATE TABLE IF NOT EXISTS effects (
    id INTEGER PRIMARY KEY, key TEXT, token TEXT, amount INTEGER, capability TEXT,
    attempt INTEGER, epoch INTEGER, pid INTEGER, at REAL, undone_at REAL, undone_by TEXT);
CREATE INDEX IF NOT EXISTS by_key ON effects (key);
CREATE INDEX IF NOT EXISTS by_token ON effects (token);
"""


def connect(path=None):
    """A connection that waits for others, and whose transactions a SIGKILL cannot tear."""
    connection = sqlite3.connect(path or os.environ["CHAOS_TRUTH"], timeout=20,
                                 isolation_level=None)
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def create(path):
    connection = connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(SCHEMA)
    connection.close()


def add(key, token, amount, capability, attempt, epoch, once=False):
    """Adds an entry; with `once` only if there is none under this key."""
    connection = connect()
    try:
        connection.execute("BEGIN IMMEDIATE")
        if once:
            row = connection.execute("SELECT id FROM effects WHERE key = ?", (key,)).fetchone()
            if row is not None:
                connection.execute("ROLLBACK")
                return row[0]
        made = connection.execute(
            "INSERT INTO effects (key, token, amount, capability, attempt, epoch, pid, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (key, token, amount, capability, attempt, epoch, os.getpid(), time.time())).lastrowid
        connection.execute("COMMIT")
        return made
    finally:
        connection.close()


def remove(key, token):
    """Takes back what stands under this token; returns how many entries that were."""
    connection = connect()
    try:
        return connection.execute(
            "UPDATE effects SET undone_at = ?, undone_by = ?"
            " WHERE token = ? AND undone_at IS NULL",
            (time.time(), key, token)).rowcount
    finally:
        connection.close()


def entry(key):
    """The entry that a call under this key made, undone or not."""
    connection = connect()
    try:
        row = connection.execute("SELECT id FROM effects WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None
    finally:
        connection.close()


def effects(path):
    """All that ever happened, as dictionaries, in order."""
    connection = connect(path)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute("SELECT * FROM effects ORDER BY id")]
    finally:
        connection.close()
