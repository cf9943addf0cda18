"""A real worker process and a coordinator that follows a script."""

import json
import os
import signal
import time
import unittest

from scripted_coordinator import PATIENCE, Coordinator, Endpoint, WorkerProcess, wire


class SessionCase(unittest.TestCase):
    def setUp(self):
        self.endpoint = Endpoint()
        self.addCleanup(self.endpoint.remove)

    def start(self, **environment):
        worker = WorkerProcess(self.endpoint, **environment)
        self.addCleanup(worker.stop)
        return worker

    def coordinate(self, **options):
        coordinator = Coordinator(self.endpoint, **options)
        self.addCleanup(lambda: coordinator.context.closed or coordinator.close())
        return coordinator

    def begin(self, **environment):
        coordinator = self.coordinate()
        worker = self.start(**environment)
        self.hello = coordinator.welcome()
        return coordinator, worker

    def arguments(self, **values):
        return json.dumps(values).encode()

    def await_path(self, path):
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(path):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)

    def touch(self, path):
        with open(path, "w", encoding="ascii"):
            pass


class Opening(SessionCase):
    def test_hello_says_who_it_is(self):
        coordinator, worker = self.begin(SWARM_CONCURRENCY="3")
        self.assertEqual(self.hello["token"], "5d41402abc4b2a76")
        self.assertEqual(self.hello["instance"], "sample-1")
        self.assertEqual(self.hello["credit"], 3)
        self.assertEqual(self.hello["pid"], worker.process.pid)
        self.assertEqual(self.hello["minor"], [0, 1])
        self.assertIn("add", self.hello["capabilities"])
        self.assertNotIn("resume", self.hello)
        coordinator.dismiss(worker)

    def test_a_refusal_for_good_ends_it_with_78(self):
        coordinator, worker = self.coordinate(), self.start()
        coordinator.receive("HELLO")
        coordinator.send("REFUSE", {"code": "bad_token", "reason": "no", "permanent": True})
        worker.expect_exit(78)
        self.assertIn("bad_token", worker.log)

    def test_a_refusal_for_now_is_followed_by_hello_on_a_new_connection(self):
        coordinator, worker = self.coordinate(), self.start()
        coordinator.receive("HELLO")
        first = coordinator.peer
        coordinator.send("REFUSE", {"code": "shutting_down", "reason": "", "permanent": False})
        coordinator.welcome()
        self.assertNotEqual(coordinator.peer, first)
        coordinator.dismiss(worker)

    def test_without_a_coordinator_it_ends_with_69(self):
        worker = self.start(SWARM_ORPHAN_TIMEOUT_MS="300")
        worker.expect_exit(69)

    def test_a_coordinator_that_binds_late_is_found(self):
        worker = self.start()
        time.sleep(0.3)
        coordinator = self.coordinate()
        coordinator.welcome()
        coordinator.dismiss(worker)


class Calls(SessionCase):
    def test_arguments_come_by_name_and_the_value_comes_back(self):
        coordinator, worker = self.begin()
        coordinator.task("L1", "add", self.arguments(left=2, right=40))
        head, payload = coordinator.result("L1")
        self.assertEqual(head["status"], "ok")
        self.assertEqual(payload, b"42")
        coordinator.task("L2", "add", self.arguments(left=2))
        self.assertEqual(coordinator.result("L2")[1], b"3")
        coordinator.dismiss(worker)

    def test_the_context_knows_the_call(self):
        coordinator, worker = self.begin()
        coordinator.task("L7", "add_later", self.arguments(left=1), traceparent="00-a-b-01")
        self.assertEqual(json.loads(coordinator.result("L7")[1]), {
            "sum": 2, "key": "r_1/L7", "epoch": 7, "attempt": 1, "trace": "00-a-b-01"})
        coordinator.task("L8", "add_later", self.arguments(left=1), idem="r_1/L7")
        self.assertEqual(json.loads(coordinator.result("L8")[1])["key"], "r_1/L7")
        coordinator.dismiss(worker)

    def test_bad_arguments_are_validation_failures(self):
        coordinator, worker = self.begin()
        cases = [
            (b'{"left":"two"}', "args.left: expected integer, found string"),
            (b"{}", 'args: "left" is missing'),
            (b'{"left":1,"wrong":2}', 'args: unknown key "wrong"; known are: left, right'),
            (b"[1]", "args: expected object, found array"),
            (b"{", "the arguments are not JSON"),
        ]
        for number, (payload, words) in enumerate(cases, start=1):
            with self.subTest(words):
                coordinator.task(f"L{number}", "add", payload)
                head, value = coordinator.result(f"L{number}")
                self.assertEqual(head["status"], "error")
                self.assertEqual(head["failure"]["kind"], "validation")
                self.assertIs(head["failure"]["retryable"], False)
                self.assertIn(words, head["failure"]["message"])
                self.assertEqual(value, b"")
        coordinator.dismiss(worker)

    def test_each_way_to_fail_is_reported_as_such(self):
        coordinator, worker = self.begin()
        expected = {
            "retryable": {"failure": {
                "kind": "transient", "message": "the price list is being rebuilt",
                "retryable": True, "retry_after_ms": 1500}},
            "detailed": {
                "failure": {"kind": "conflict", "message": "entry 18 exists", "retryable": False,
                            "details": {"entry": 18}},
                "effects": ["ledger entry 17 posted"],
                "usage": {"usd": 0.25, "tokens": 10, "calls": 2}},
            "unsendable details": {"failure": {"kind": "conflict", "message": "x"}},
            "clean": {"failure": {"kind": "timeout", "message": "no answer"}, "effects": []},
            "cancelled by itself": {
                "failure": {"kind": "cancelled", "message": "the handler stopped"}},
        }
        for number, (how, parts) in enumerate(expected.items(), start=1):
            with self.subTest(how):
                lease = f"L{number}"
                coordinator.task(lease, "fail", self.arguments(how=how))
                head, _ = coordinator.result(lease)
                self.assertEqual(head, {"sid": coordinator.sid, "lease": lease,
                                        "status": "error", **parts})
        for number, (how, words) in enumerate([
            ("bug", "ZeroDivisionError: a bug"), ("exit", "SystemExit: 3"),
            ("negative usage", "calls: a cost is a number from 0, not -1"),
        ], start=10):
            with self.subTest(how):
                coordinator.task(f"L{number}", "fail", self.arguments(how=how))
                failure = coordinator.result(f"L{number}")[0]["failure"]
                self.assertEqual(failure["kind"], "internal")
                self.assertIn(words, failure["message"])
        coordinator.dismiss(worker)

    def test_a_result_too_large_says_what_to_do_instead(self):
        coordinator = self.coordinate()
        worker = self.start()
        coordinator.welcome(limits={"payload_bytes": 100})
        coordinator.task("L1", "grow", self.arguments(size=98))
        self.assertEqual(coordinator.result("L1")[0]["status"], "ok")
        coordinator.task("L2", "grow", self.arguments(size=99))
        failure = coordinator.result("L2")[0]["failure"]
        self.assertEqual(failure["kind"], "validation")
        self.assertIn("write it to a file and return the path", failure["message"])
        coordinator.task("L3", "return_rubbish")
        self.assertIn("not JSON", coordinator.result("L3")[0]["failure"]["message"])
        coordinator.dismiss(worker)

    def test_an_unknown_capability_is_not_found(self):
        coordinator, worker = self.begin()
        coordinator.task("L1", "subtract")
        failure = coordinator.result("L1")[0]["failure"]
        self.assertEqual(failure["kind"], "not_found")
        self.assertIn("known are: add", failure["message"])
        coordinator.dismiss(worker)

    def test_work_whose_deadline_has_passed_is_not_begun(self):
        coordinator, worker = self.begin()
        path = self.endpoint.path("written")
        coordinator.task("L1", "write", self.arguments(path=path), deadline_ms=0)
        self.assertEqual(coordinator.result("L1")[0]["failure"]["kind"], "timeout")
        self.assertFalse(os.path.exists(path))
        coordinator.dismiss(worker)

    def test_several_results_are_acknowledged_at_once(self):
        coordinator, worker = self.begin(SWARM_CONCURRENCY="2")
        for lease in ("L1", "L2"):
            coordinator.task(lease, "add", self.arguments(left=1))
        leases = set()
        while len(leases) < 2:
            verb, head, _ = coordinator.receive("STARTED", "RESULT")
            if verb == "RESULT":
                leases.add(head["lease"])
        coordinator.send("RESULT_ACK", {"leases": ["L1", "L2"], "disposition": "accepted"})
        coordinator.dismiss(worker)

    def test_a_confirmed_start_waits_for_the_word_to_go(self):
        coordinator, worker = self.begin()
        path = self.endpoint.path("written")
        coordinator.task("L1", "write", self.arguments(path=path), start="confirmed")
        coordinator.receive("STARTED")
        coordinator.beats.clear()
        while len(coordinator.beats) < 2:
            coordinator.receive("BEAT")
        self.assertFalse(os.path.exists(path))
        coordinator.send("GO", {"lease": "L1"})
        self.assertEqual(coordinator.result("L1")[0]["status"], "ok")
        self.assertTrue(os.path.exists(path))
        coordinator.task("L2", "write", self.arguments(path=path + "2"), start="confirmed")
        coordinator.receive("STARTED")
        coordinator.send("CANCEL", {"lease": "L2", "reason": "", "grace_ms": 1000})
        self.assertEqual(coordinator.result("L2")[0]["status"], "cancelled")
        self.assertFalse(os.path.exists(path + "2"))
        coordinator.dismiss(worker)


class Liveness(SessionCase):
    def test_a_busy_handler_misses_no_beat(self):
        coordinator, worker = self.begin()
        path = self.endpoint.path("stop")
        coordinator.task("L1", "compute_until", self.arguments(path=path))
        coordinator.receive("STARTED")
        coordinator.beats.clear()
        while len(coordinator.beats) < 4:
            coordinator.receive("BEAT")
        self.assertTrue(all(beat["busy"] == ["L1"] for beat in coordinator.beats))
        self.assertGreater(coordinator.beats[0]["rss_bytes"], 1_000_000)
        self.touch(path)
        self.assertEqual(coordinator.result("L1")[0]["status"], "ok")
        coordinator.dismiss(worker)

    def test_progress_whose_data_is_too_large_goes_without_it(self):
        coordinator, worker = self.begin()
        path = self.endpoint.path("stop")
        much = self.arguments(size=wire.PAYLOAD_BYTES, path=path)
        coordinator.task("L1", "show_much", much)
        verb, payload = "STARTED", b""
        while verb == "STARTED":
            verb, head, payload = coordinator.receive("STARTED", "PROGRESS")
        self.assertEqual((head["done"], payload), (1, b""))
        self.touch(path)
        self.assertEqual(coordinator.result("L1")[0]["status"], "ok")
        coordinator.dismiss(worker)

    def test_progress_is_sent_within_its_credit_and_the_last_step_after_it(self):
        coordinator, worker = self.begin()
        path = self.endpoint.path("stop")
        coordinator.task("L1", "report_steps", self.arguments(count=50, path=path))
        coordinator.receive("STARTED")
        for step in range(32):
            _, head, payload = coordinator.receive("PROGRESS")
            self.assertEqual((head["seq"], head["done"], head["total"], head["note"]),
                             (step, step, 50, f"step {step}"))
            self.assertEqual(json.loads(payload), {"step": step})
        coordinator.send("CREDIT", {"lease": "L1", "n": 5})
        _, head, _ = coordinator.receive("PROGRESS")
        self.assertEqual((head["seq"], head["done"]), (32, 49))
        self.touch(path)
        coordinator.receive("RESULT")
        coordinator.acknowledge("L1")
        coordinator.dismiss(worker)

    def test_a_running_subtask_is_cancelled(self):
        coordinator, worker = self.begin()
        coordinator.task("L1", "wait_for_cancel")
        coordinator.receive("STARTED")
        coordinator.send("CANCEL", {"lease": "L1", "reason": "enough", "grace_ms": 1000})
        self.assertEqual(coordinator.result("L1")[0]["status"], "cancelled")
        coordinator.dismiss(worker)

    def test_a_result_that_was_faster_than_cancel_stands(self):
        coordinator, worker = self.begin()
        coordinator.task("L1", "finish_despite_cancel", self.arguments(path=""))
        coordinator.receive("STARTED")
        coordinator.send("CANCEL", {"lease": "L1", "reason": "enough", "grace_ms": 1000})
        self.assertEqual(coordinator.result("L1")[1], b'"anyway"')
        coordinator.dismiss(worker)

    def test_a_waiting_subtask_is_cancelled_without_being_begun(self):
        coordinator, worker = self.begin()
        stop, written = self.endpoint.path("stop"), self.endpoint.path("written")
        coordinator.task("L1", "compute_until", self.arguments(path=stop))
        coordinator.task("L2", "write", self.arguments(path=written))
        coordinator.receive("STARTED")
        coordinator.send("CANCEL", {"lease": "L2", "reason": "enough", "grace_ms": 1000})
        coordinator.send("CANCEL", {"lease": "L99", "reason": "not held", "grace_ms": 1000})
        self.assertEqual(coordinator.result("L2")[0]["status"], "cancelled")
        self.touch(stop)
        coordinator.result("L1")
        self.assertFalse(os.path.exists(written))
        coordinator.dismiss(worker)

    def test_malformed_messages_are_dropped_and_the_session_goes_on(self):
        coordinator, worker = self.begin()
        good = wire.encode(wire.COORDINATOR, "BEAT", {})
        for bad in ([b""], [b"", b"", b""], [good[0], b"{", b""], [good[0], b"{}", b"x"],
                    wire.encode(wire.WORKER, "BYE", {"sid": "x"}), good * 2):
            coordinator.socket.send_multipart([coordinator.peer, *bad])
        coordinator.task("L1", "add", self.arguments(left=1))
        self.assertEqual(coordinator.result("L1")[1], b"2")
        coordinator.dismiss(worker)


class Leaving(SessionCase):
    def drain(self, coordinator, worker, tell):
        path = self.endpoint.path("stop")
        coordinator.task("L1", "compute_until", self.arguments(path=path))
        coordinator.receive("STARTED")
        coordinator.task("L2", "add", self.arguments(left=1))
        tell()
        _, head, _ = coordinator.receive("RETURN")
        self.assertEqual(head["lease"], "L2")
        coordinator.task("L3", "add", self.arguments(left=1))
        _, head, _ = coordinator.receive("RETURN")
        self.assertEqual((head["lease"], head["draining"]), ("L3", True))
        self.touch(path)
        coordinator.receive("RESULT")
        coordinator.beats.clear()
        while len(coordinator.beats) < 2:       # it stays until its result is safe
            coordinator.receive("BEAT")
        coordinator.acknowledge("L1")
        coordinator.receive("BYE")
        worker.expect_exit(0)

    def test_drain_gives_back_finishes_and_leaves(self):
        coordinator, worker = self.begin()
        self.drain(coordinator, worker,
                   lambda: coordinator.send("DRAIN", {"deadline_ms": 30_000}))

    def test_sigterm_is_a_drain(self):
        coordinator, worker = self.begin()
        self.drain(coordinator, worker, lambda: worker.process.send_signal(signal.SIGTERM))

    def test_what_is_left_when_the_time_to_drain_is_over_is_given_up(self):
        coordinator, worker = self.begin()
        coordinator.task("L1", "compute_until", self.arguments(path="/nowhere"))
        coordinator.receive("STARTED")
        coordinator.send("DRAIN", {"deadline_ms": 100})
        worker.expect_exit(75)
        self.assertIn("1 leases are left", worker.log)

    def test_told_twice_it_ends_at_once(self):
        coordinator, worker = self.begin()
        coordinator.task("L1", "compute_until", self.arguments(path="/nowhere"))
        coordinator.receive("STARTED")
        coordinator.task("L2", "add", self.arguments(left=1))
        worker.process.send_signal(signal.SIGTERM)
        coordinator.receive("RETURN")
        worker.process.send_signal(signal.SIGTERM)
        worker.expect_exit(143)


class Loss(SessionCase):
    def test_a_result_nobody_acknowledged_goes_to_the_next_coordinator(self):
        coordinator, worker = self.begin()
        coordinator.task("L5", "add", self.arguments(left=41))
        coordinator.receive("RESULT")
        coordinator.close()
        coordinator = self.coordinate()
        # It needs no UNKNOWN to know that its connection has ended, and beats in no old session.
        hello = coordinator.welcome(adopt=["L5"])
        self.assertEqual(hello["resume"], ["L5"])
        head, payload = coordinator.result("L5")
        self.assertEqual((head["status"], payload), ("ok", b"42"))
        coordinator.dismiss(worker)

    def test_an_endpoint_that_nobody_serves_is_not_given_up(self):
        coordinator, worker = self.begin()
        coordinator.close()
        # longer than an answer to HELLO may take where somebody is there to give it
        time.sleep(wire._Link.ANSWER_TIMEOUT + 1.5)
        coordinator = self.coordinate()
        self.assertEqual(coordinator.welcome()["seq"], 2)
        coordinator.dismiss(worker)

    def test_work_goes_on_while_nobody_listens_and_what_is_dropped_is_forgotten(self):
        coordinator, worker = self.begin(SWARM_CONCURRENCY="3")
        path = self.endpoint.path("stop")
        coordinator.task("L1", "compute_until", self.arguments(path=path))
        coordinator.task("L2", "wait_for_cancel")
        started = {coordinator.receive("STARTED")[1]["lease"] for _ in range(2)}
        self.assertEqual(started, {"L1", "L2"})
        coordinator.send("UNKNOWN", {})
        coordinator.receive("HELLO")
        self.touch(path)
        written = self.endpoint.path("written")
        coordinator.sid = "next"
        coordinator.send("WELCOME", {"sid": "next", "minor": 1, "heartbeat_ms": 200,
                                     "adopt": ["L1"], "drop": ["L2"]})
        head, payload = coordinator.result("L1")
        self.assertEqual(payload, b'"done"')
        # L2 has been stopped and forgotten, so nothing keeps the worker from leaving
        coordinator.task("L3", "write", self.arguments(path=written))
        coordinator.result("L3")
        coordinator.dismiss(worker)

    def test_a_start_that_waits_for_go_is_announced_again(self):
        coordinator, worker = self.begin()
        path = self.endpoint.path("written")
        coordinator.task("L1", "write", self.arguments(path=path), start="confirmed")
        coordinator.receive("STARTED")
        coordinator.send("UNKNOWN", {})
        coordinator.welcome(adopt=["L1"])
        coordinator.receive("STARTED")
        coordinator.send("GO", {"lease": "L1"})
        self.assertEqual(coordinator.result("L1")[0]["status"], "ok")
        coordinator.dismiss(worker)

    def test_silence_leads_to_hello_on_a_new_connection(self):
        coordinator, worker = self.begin()
        first = coordinator.peer
        coordinator.answers_beats = False
        coordinator.beats.clear()
        verb = "BEAT"
        while verb == "BEAT":
            verb, hello, _ = coordinator.receive("BEAT", "HELLO")
        self.assertGreaterEqual(len(coordinator.beats), 4)
        self.assertNotEqual(coordinator.peer, first)
        coordinator.answers_beats = True
        coordinator.sid = "next"
        coordinator.send("WELCOME", {"sid": "next", "minor": 1, "heartbeat_ms": 200})
        coordinator.dismiss(worker)

    def test_an_orphan_ends_even_while_it_works(self):
        coordinator, worker = self.begin(SWARM_ORPHAN_TIMEOUT_MS="500")
        coordinator.task("L1", "compute_until", self.arguments(path="/nowhere"))
        coordinator.receive("STARTED")
        coordinator.close()
        worker.expect_exit(69)

    def test_a_worker_that_was_stopped_finds_back(self):
        coordinator, worker = self.begin()
        coordinator.task("L1", "wait_for_cancel")
        coordinator.receive("STARTED")
        worker.process.send_signal(signal.SIGSTOP)
        time.sleep(1.5)
        worker.process.send_signal(signal.SIGCONT)
        coordinator.beats.clear()
        while len(coordinator.beats) < 3:
            coordinator.receive("BEAT")
        self.assertEqual(coordinator.beats[-1]["busy"], ["L1"])
        coordinator.send("CANCEL", {"lease": "L1", "reason": "", "grace_ms": 1000})
        self.assertEqual(coordinator.result("L1")[0]["status"], "cancelled")
        coordinator.dismiss(worker)


if __name__ == "__main__":
    unittest.main()
