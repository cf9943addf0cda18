"""Delegation, costs and confirmed starts: a real worker process, a coordinator with a script."""

import json
import os
import unittest

from test_session import SessionCase

FRAME = {"task": "r_1/plan", "capability": "plan", "agent": "planner"}


class Delegation(SessionCase):
    def call(self, coordinator, lease):
        """The next message, which must be a CALL of delegate for this lease: (id, request)."""
        _, head, payload = coordinator.receive("CALL")
        self.assertEqual((head["op"], head["lease"]), ("delegate", lease))
        return head["id"], payload

    def started(self, coordinator, lease):
        self.assertEqual(coordinator.receive("STARTED")[1]["lease"], lease)

    def reply(self, coordinator, number, payload=b"", **head):
        coordinator.send("REPLY", {"re": number, "status": "ok", **head}, payload)

    def test_a_call_goes_out_as_it_was_made_and_brings_a_value(self):
        coordinator, worker = self.begin()
        coordinator.task("L1", "plan", depth=2, stack=[FRAME], budget={"calls": 9})
        self.started(coordinator, "L1")
        number, request = self.call(coordinator, "L1")
        self.assertEqual(number, 1)
        self.assertEqual(request.decode(), (
            '{"capability":"add","arguments":{"left":2},"agent":"sums",'
            '"budget":{"usd":0.25,"time_ms":9000},"timeout_ms":1500,"note":"line 7"}'))
        self.reply(coordinator, number, b"42", budget={"calls": 8, "usd": 1.5})
        self.assertEqual(json.loads(coordinator.result("L1")[1]), {
            "value": 42, "left": {"calls": 8, "usd": 1.5}, "depth": 2, "stack": ["r_1/plan"]})
        coordinator.dismiss(worker)

    def test_a_failed_call_raises_what_happened_and_the_chain_that_led_there(self):
        coordinator, worker = self.begin()
        cases = [
            ({"status": "error", "failure": {"kind": "not_found", "message": "no such sum",
                                             "details": {"left": 7}}},
             "not_found|no such sum|None|{'left': 7}|"),
            ({"status": "refused", "failure": {"kind": "loop_stopped", "message": "again",
                                               "retryable": False}, "chain": [FRAME, FRAME]},
             "loop_stopped|again|False|None|r_1/plan r_1/plan"),
            ({"status": "error", "failure": {"kind": "of_tomorrow", "message": "?"}},
             "internal|?|None|None|"),
        ]
        for turn, (head, expected) in enumerate(cases, start=1):
            with self.subTest(expected):
                coordinator.task(f"L{turn}", "plan_patiently", depth=1)
                self.started(coordinator, f"L{turn}")
                number, request = self.call(coordinator, f"L{turn}")
                self.assertEqual(request, b'{"capability":"add","arguments":{}}')
                self.reply(coordinator, number, **head)
                self.assertEqual(json.loads(coordinator.result(f"L{turn}")[1]), expected)
        coordinator.dismiss(worker)

    def test_a_failure_that_is_let_through_is_the_handlers_own_and_names_the_chain(self):
        coordinator, worker = self.begin()
        chain = {"chain": ["r_1/plan (planner.plan)"]}
        cases = [
            ({"kind": "conflict", "message": "taken", "retryable": True, "retry_after_ms": 2000},
             {"kind": "conflict", "message": "taken", "retryable": True, "retry_after_ms": 2000,
              "details": chain}),
            ({"kind": "worker_lost", "message": "sums-2 ended", "details": [1]},
             {"kind": "internal", "message": "worker_lost: sums-2 ended", "retryable": False,
              "details": [1]}),
        ]
        for turn, (told, reported) in enumerate(cases, start=1):
            with self.subTest(told["kind"]):
                coordinator.task(f"L{turn}", "plan_plainly", depth=1)
                self.started(coordinator, f"L{turn}")
                number, _ = self.call(coordinator, f"L{turn}")
                self.reply(coordinator, number, status="error", failure=told, chain=[FRAME])
                self.assertEqual(coordinator.result(f"L{turn}")[0]["failure"], reported)
        coordinator.dismiss(worker)

    def test_what_can_never_be_asked_is_refused_at_once(self):
        coordinator, worker = self.begin()
        cases = [
            ("plan", {"capability": "No Name"}, 'No Name cannot be delegated: bad_value: "capab'),
            ("plan_plainly", {"arguments": [1]}, "add cannot be delegated: wrong_type: \"argum"),
            ("plan_plainly", {"arguments": {"a": "x" * 1_048_530}},
             "the call has 1048571 bytes and a payload at most 1048570"),
        ]
        coordinator.send("UNKNOWN", {})
        coordinator.welcome(limits={"payload_bytes": 1_048_570})
        for turn, (capability, arguments, words) in enumerate(cases, start=1):
            with self.subTest(words):
                coordinator.task(f"L{turn}", capability, self.arguments(**arguments), depth=1)
                failure = coordinator.result(f"L{turn}")[0]["failure"]
                self.assertEqual((failure["kind"], failure["retryable"]), ("validation", False))
                self.assertTrue(failure["message"].startswith(words), failure["message"])
        coordinator.dismiss(worker)

    def test_many_calls_run_side_by_side_and_the_65th_waits(self):
        coordinator, worker = self.begin()
        coordinator.task("L1", "plan_many", self.arguments(count=70), depth=1)
        self.started(coordinator, "L1")
        asked = [self.call(coordinator, "L1") for _ in range(64)]
        self.assertEqual([number for number, _ in asked], list(range(1, 65)))
        # Whatever else was to come would have come before a beat that is sent later.
        coordinator.receive("BEAT")
        coordinator.receive("BEAT")
        for number, request in reversed(asked):
            left = json.loads(request)["arguments"]["left"]
            self.reply(coordinator, number, str(left * 10).encode())
        for expected in range(65, 71):
            number, request = self.call(coordinator, "L1")
            self.assertEqual(number, expected)
            left = json.loads(request)["arguments"]["left"]
            self.reply(coordinator, number, str(left * 10).encode())
        self.assertEqual(json.loads(coordinator.result("L1")[1]),
                         [number * 10 for number in range(70)])
        coordinator.dismiss(worker)

    def test_a_worker_carries_out_what_it_has_itself_delegated(self):
        coordinator, worker = self.begin(SWARM_CONCURRENCY="1")
        coordinator.task("L1", "plan_plainly", self.arguments(arguments={"left": 4}), depth=2)
        self.started(coordinator, "L1")
        outer, request = self.call(coordinator, "L1")
        coordinator.task("L2", "plan_plainly", self.arguments(arguments={"left": 5}), depth=1)
        self.started(coordinator, "L2")
        inner, _ = self.call(coordinator, "L2")
        coordinator.task("L3", "add", self.arguments(left=5), depth=0)
        _, value = coordinator.result("L3")
        self.reply(coordinator, inner, value)
        _, value = coordinator.result("L2")
        self.reply(coordinator, outer, value)
        self.assertEqual(coordinator.result("L1")[1], b"6")
        coordinator.dismiss(worker)

    def test_a_restarted_coordinator_is_asked_again_with_the_old_number(self):
        coordinator, worker = self.begin()
        coordinator.task("L1", "plan_plainly", depth=1)
        self.started(coordinator, "L1")
        open_call = self.call(coordinator, "L1")
        coordinator.close()
        coordinator = self.coordinate()
        # The old connection may come back by itself, with a beat of a session nobody knows.
        coordinator.peer, verb, hello, _ = coordinator.receive_any()
        if verb == "BEAT":
            coordinator.send("UNKNOWN", {})
            coordinator.peer, verb, hello, _ = coordinator.receive_any()
        self.assertEqual(verb, "HELLO")
        coordinator.sid = "session-2"
        coordinator.send("WELCOME", {"sid": "session-2", "minor": 1, "heartbeat_ms": 200,
                                     "adopt": ["L1"]})
        self.assertEqual(hello["resume"], ["L1"])
        self.started(coordinator, "L1")
        self.assertEqual(self.call(coordinator, "L1"), open_call)
        self.reply(coordinator, open_call[0], b"1")
        self.reply(coordinator, open_call[0], b"2")
        self.assertEqual(coordinator.result("L1")[1], b"1")
        coordinator.dismiss(worker)

    def test_a_lease_that_is_not_adopted_takes_its_calls_with_it(self):
        coordinator, worker = self.begin()
        coordinator.task("L1", "plan_plainly", depth=1)
        self.started(coordinator, "L1")
        number, _ = self.call(coordinator, "L1")
        coordinator.send("UNKNOWN", {})
        coordinator.welcome()
        self.reply(coordinator, number, b"1")
        # Its thread is free again: there is only one.
        coordinator.task("L2", "add", self.arguments(left=1))
        self.assertEqual(coordinator.result("L2")[1], b"2")
        coordinator.dismiss(worker)

    def test_cancelling_a_call_ends_its_wait_at_once(self):
        coordinator, worker = self.begin()
        coordinator.task("L1", "plan_plainly", depth=1)
        self.started(coordinator, "L1")
        number, _ = self.call(coordinator, "L1")
        coordinator.send("CANCEL", {"lease": "L1", "reason": "no", "grace_ms": 60_000})
        self.assertEqual(coordinator.result("L1")[0]["status"], "cancelled")
        self.reply(coordinator, number, b"1")
        coordinator.task("L2", "add", self.arguments(left=1))
        self.assertEqual(coordinator.result("L2")[1], b"2")
        coordinator.dismiss(worker)


class ConfirmedStart(SessionCase):
    def test_without_go_before_the_deadline_it_is_given_back_and_never_begins(self):
        coordinator, worker = self.begin(SWARM_CONCURRENCY="2")
        path = self.endpoint.path("written")
        coordinator.task("L1", "write", self.arguments(path=path), start="confirmed")
        self.assertEqual(coordinator.receive("STARTED")[1]["lease"], "L1")
        coordinator.task("L2", "write", self.arguments(path=path), start="confirmed",
                         deadline_ms=30)
        self.assertEqual(coordinator.receive("STARTED")[1]["lease"], "L2")
        _, head, _ = coordinator.receive("RETURN")
        self.assertEqual((head["lease"], head["reason"]),
                         ("L2", "GO did not come before the deadline"))
        coordinator.send("GO", {"lease": "L2"})
        self.assertFalse(os.path.exists(path))
        coordinator.send("GO", {"lease": "L1"})
        self.assertEqual(coordinator.result("L1")[0]["status"], "ok")
        with open(path, encoding="ascii") as file:
            self.assertEqual(file.read(), "x")
        coordinator.dismiss(worker)

    def test_one_that_waits_for_go_is_given_back_when_the_worker_leaves(self):
        coordinator, worker = self.begin()
        path = self.endpoint.path("written")
        coordinator.task("L1", "write", self.arguments(path=path), start="confirmed")
        coordinator.receive("STARTED")
        coordinator.send("DRAIN", {"deadline_ms": 30_000})
        self.assertEqual(coordinator.receive("RETURN")[1]["lease"], "L1")
        coordinator.receive("BYE")
        worker.expect_exit(0)
        self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    unittest.main()
