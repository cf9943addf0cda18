"""The parts of scripts/chaos that need no swarm."""

import json
import random
import sqlite3
import tempfile
import unittest
import unittest.mock

import checks
import faults
import relay
import truth

RESULT = [b"SWP\x01\x05\0\0\0", b'{"sid":"s","lease":"L9","status":"ok"}', b'{"value":1}']


class RelayTests(unittest.TestCase):
    def test_frames_are_found_however_the_bytes_are_cut(self):
        frames = [(1, b"SWP"), (3, b"x" * 300), (0, b""), (4, b"\x04PING")]
        stream = (relay.encode_frame(b"SWP", more=True) + relay.encode_frame(b"x" * 300, more=True)
                  + relay.encode_frame(b"") + relay.encode_frame(b"\x04PING", command=True))
        for size in (1, 2, 7, 100, len(stream)):
            reader, found = relay.FrameReader(), []
            for start in range(0, len(stream), size):
                found += reader.feed(stream[start:start + size])
            self.assertEqual(found, frames, f"cut every {size} bytes")

    def test_a_frame_beyond_all_limits_ends_the_connection(self):
        with self.assertRaises(ValueError):
            relay.FrameReader().feed(b"\x02\xff\xff\xff\xff\xff\xff\xff\xff")

    def test_a_good_result_becomes_a_failure_that_does_not_say_what_was_done(self):
        message, did = relay.falsify(RESULT, 1.0, 0.0, random.Random(1))
        self.assertEqual(did, "failed")
        header = json.loads(message[1])
        self.assertEqual((header["status"], header["lease"]), ("error", "L9"))
        self.assertNotIn("retryable", header["failure"])
        self.assertEqual(message[2], b"")

    def test_other_messages_pass_unchanged(self):
        failed = [RESULT[0], b'{"sid":"s","lease":"L9","status":"cancelled"}', b""]
        beat = [b"SWP\x01\x02\0\0\0", b'{"sid":"s","busy":[]}', b""]
        for message in (failed, beat, [b"x"]):
            self.assertEqual(relay.falsify(message, 0.5, 0.5, random.Random(1)), (message, None))

    def test_the_shares_are_kept(self):
        chance = random.Random(7)
        done = [relay.falsify(RESULT, 0.2, 0.1, chance)[1] for _ in range(10_000)]
        self.assertAlmostEqual(done.count("failed") / 10_000, 0.2, delta=0.02)
        self.assertAlmostEqual(done.count("rubbish") / 10_000, 0.1, delta=0.02)


class ScheduleTests(unittest.TestCase):
    def test_one_seed_makes_one_schedule(self):
        self.assertEqual(faults.schedule(5, 600, 1), faults.schedule(5, 600, 1))
        self.assertNotEqual(faults.schedule(5, 600, 1), faults.schedule(6, 600, 1))

    def test_all_kinds_come_and_none_after_the_end(self):
        planned = faults.schedule(5, 3600, 1)
        self.assertEqual({kind for _, kind, _ in planned}, set(faults.KINDS))
        self.assertLess(max(moment for moment, _, _ in planned), 3600)

    def test_each_kind_has_a_hand_that_does_it(self):
        for kind in faults.KINDS:
            self.assertTrue(callable(getattr(faults.Injector, "_" + kind.replace(" ", "_"))))


def _entry(token, key, undone_at=None, capability="add_entry"):
    return {"token": token, "key": key, "undone_at": undone_at, "capability": capability,
            "attempt": 1, "epoch": 1}


def _run(state, standing=(), workflow="chaos-blind", subtasks=(), good=True):
    return {"run": "r_1", "workflow": workflow, "state": state,
            "input": {"tag": "c1", "ok": good}, "output": {}, "subtasks": list(subtasks),
            "standing": [{"subtask": key, "why": why} for key, why in standing]}


def _fine(*_):
    return None


class CheckTests(unittest.TestCase):
    def test_an_effect_that_happened_twice_is_found(self):
        twice = [_entry("c1-one", "r_1/one"), _entry("c1-one", "r_1/one", 5.0)]
        self.assertEqual(len(checks.check_entries(twice)), 2)
        self.assertEqual(checks.check_entries(twice[:1]), [])

    def test_a_success_needs_all_its_effects_and_no_more(self):
        both = [_entry("c1-one", "r_1/one"), _entry("c1-two", "r_1/two")]
        self.assertEqual(checks.check_run(_run("succeeded"), both, _fine), [])
        self.assertTrue(checks.check_run(_run("succeeded"), both[:1], _fine))
        self.assertTrue(checks.check_run(_run("succeeded", good=False), both, _fine))

    def test_what_stands_after_a_failure_must_be_listed(self):
        entries = [_entry("c1-one", "r_1/one"), _entry("c1-two", "r_1/two", 5.0)]
        self.assertTrue(checks.check_run(_run("compensated"), entries, _fine))
        listed = [("r_1/one", "compensation_failed")]
        self.assertEqual(
            checks.check_run(_run("partially_compensated", listed), entries, _fine), [])

    def test_what_is_listed_must_stand_unless_it_is_in_doubt(self):
        gone = [_entry("c1-one", "r_1/one", 5.0)]
        run = _run("partially_compensated", [("r_1/one", "left")])
        self.assertTrue(checks.check_run(run, gone, _fine))
        run = _run("partially_compensated", [("r_1/one", "may_have_happened")])
        self.assertEqual(checks.check_run(run, gone, _fine), [])

    def test_what_a_pivot_confirmed_may_stand(self):
        entries = [_entry("c1-hold", "r_1/hold"), _entry("c1-pay", "r_1/pay")]
        pay = {"name": "pay", "state": "succeeded"}
        run = _run("failed", workflow="chaos-pivot", subtasks=[pay])
        self.assertEqual(checks.check_run(run, entries, _fine), [])
        run = _run("failed", workflow="chaos-pivot", subtasks=[{**pay, "state": "failed"}])
        self.assertTrue(checks.check_run(run, entries, _fine))


class TruthTests(unittest.TestCase):
    def test_the_books_count_every_effect(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/truth.db"
            truth.create(path)
            with unittest.mock.patch.dict("os.environ", {"CHAOS_TRUTH": path}):
                truth.add("r_1/a", "t", 1, "add_entry", 1, 1)
                truth.add("r_1/a", "t", 1, "add_entry", 2, 2)
                kept = truth.add("r_1/b", "u", 1, "put_entry", 1, 3, once=True)
                self.assertEqual(truth.add("r_1/b", "u", 1, "put_entry", 2, 4, once=True), kept)
                self.assertEqual(truth.remove("r_1/a/undo", "t"), 2)
                self.assertEqual(truth.remove("r_1/a/undo", "t"), 0)
                self.assertIsNone(truth.entry("r_1/c"))
            rows = truth.effects(path)
            self.assertEqual([row["undone_by"] for row in rows],
                             ["r_1/a/undo", "r_1/a/undo", None])

    def test_files_pile_up_only_after_a_process_has_begun(self):
        self.assertEqual(checks.check_files("w 1", [3] + 25 * [20]), [])
        self.assertEqual(checks.check_files("w 1", list(range(10, 40))),
                         ["open files of w 1 grew from 14 to 39"])

    def test_a_damaged_journal_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/journal.db"
            with sqlite3.connect(path) as journal:
                journal.execute("CREATE TABLE batches (first, count, time, epoch, previous BLOB,"
                                " hash BLOB, records TEXT, payloads TEXT)")
                journal.execute("CREATE TABLE payloads (digest TEXT, size, bytes BLOB)")
                journal.execute("INSERT INTO batches VALUES (1, 1, 5, 1, ?, ?, '[{}]', '[]')",
                                (bytes(32), bytes(32)))
            self.assertEqual(checks.verify_journal(path), (0, "batch 1 is not what was written"))


if __name__ == "__main__":
    unittest.main()
