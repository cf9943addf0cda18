"""The small worker at the end of docs/protocol.md, taken from there and run."""

import json
import os
import re
import signal
import unittest

from scripted_coordinator import HERE, Coordinator, Endpoint, WorkerProcess


class SmallWorker(unittest.TestCase):
    def setUp(self):
        self.endpoint = Endpoint()
        self.addCleanup(self.endpoint.remove)
        with open(os.path.join(HERE, "..", "..", "..", "docs", "protocol.md"),
                  encoding="utf-8") as file:
            section = file.read().split("\n## 13. A small worker", 1)[1]
        self.program = self.endpoint.path("small_worker.py")
        with open(self.program, "w", encoding="utf-8") as file:
            file.write(re.search(r"```python\n(.*?)```", section, re.DOTALL)[1])
        self.coordinator = Coordinator(self.endpoint)
        self.addCleanup(lambda: self.coordinator.close())

    def start(self, **environment):
        worker = WorkerProcess(self.endpoint, self.program, **environment)
        self.addCleanup(worker.stop)
        return worker

    def task(self, lease, **arguments):
        self.coordinator.task(lease, "square", json.dumps(arguments).encode())

    def test_it_calls_fails_cancels_and_drains(self):
        worker = self.start()
        self.coordinator.welcome()
        self.task("L1", number=12)
        self.assertEqual(self.coordinator.result("L1")[1], b"144")
        self.task("L2")
        self.assertEqual(self.coordinator.result("L2")[0]["failure"]["kind"], "internal")
        self.task("L3", number=1, pauses=100_000)
        self.coordinator.receive("STARTED")
        self.task("L4", number=1)
        self.coordinator.send("CANCEL", {"lease": "L4", "reason": "", "grace_ms": 1})
        self.assertEqual(self.coordinator.result("L4")[0]["status"], "cancelled")
        self.task("L5", number=1)
        worker.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.coordinator.receive("RETURN")[1]["lease"], "L5")
        self.coordinator.beats.clear()
        while len(self.coordinator.beats) < 3:      # busy, and beating
            self.assertEqual(self.coordinator.receive("BEAT")[1]["busy"], ["L3"])
        self.coordinator.send("CANCEL", {"lease": "L3", "reason": "", "grace_ms": 1})
        self.assertEqual(self.coordinator.result("L3")[0]["status"], "cancelled")
        self.coordinator.receive("BYE")
        worker.expect_exit(0)

    def test_it_brings_its_result_to_the_next_session(self):
        worker = self.start()
        self.coordinator.welcome()
        self.task("L1", number=3)
        while self.coordinator.receive("STARTED", "RESULT")[0] != "RESULT":
            pass
        self.coordinator.send("UNKNOWN", {})
        hello = self.coordinator.welcome(adopt=["L1"])
        self.assertEqual(hello["resume"], ["L1"])
        self.assertEqual(self.coordinator.result("L1")[1], b"9")
        self.coordinator.dismiss(worker)

    def test_it_obeys_a_refusal_and_ends_as_an_orphan(self):
        worker = self.start()
        self.coordinator.receive("HELLO")
        self.coordinator.send("REFUSE", {"code": "bad_token", "reason": "", "permanent": True})
        worker.expect_exit(78)
        worker = self.start(SWARM_ORPHAN_TIMEOUT_MS="300")
        self.coordinator.receive("HELLO")
        worker.expect_exit(69)


if __name__ == "__main__":
    unittest.main()
