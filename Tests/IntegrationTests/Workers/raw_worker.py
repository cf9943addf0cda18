#!/usr/bin/python3
"""A worker without an SDK that says what its arguments tell it to, right or wrong.

`{"say": [...]}` is carried out in order: "ok" and "cancelled" are results for the lease of the
subtask, "unknown" is a result for a lease that was never given, "await_cancel" waits for CANCEL,
"rubbish_once" breaks the protocol ten times, but only the first process that is told to does,
"old_hello" says its first HELLO once more, on a connection of its own.
What the coordinator answers is written to said.jsonl, a line a message.
"""

import json
import os
import struct
import sys
import time

import zmq

HELLO, BEAT, RESULT, BYE = 0x01, 0x02, 0x05, 0x06
WELCOME, REFUSE, TASK, CANCEL, RESULT_ACK, UNKNOWN, DRAIN = 0x81, 0x82, 0x83, 0x84, 0x86, 0x87, 0x88
NEVER_GIVEN = "L900000000"


def prefix(verb):
    return struct.pack("!3sBBBH", b"SWP", 1, verb, 0, 0)


class RawWorker:
    def __init__(self):
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 1000
        self.socket.connect(os.environ["SWARM_ENDPOINT"])
        self.sid = None
        self.plans = {}

    def send(self, verb, header, payload=b""):
        if self.sid:
            header = {"sid": self.sid, **header}
        self.socket.send_multipart([prefix(verb), json.dumps(header).encode(), payload])

    def note(self, **what):
        with open("said.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(what) + "\n")

    def go_on(self, lease):
        steps = self.plans[lease]
        while steps and steps[0] != "await_cancel":
            step = steps.pop(0)
            if step == "ok":
                self.send(RESULT, {"lease": lease, "status": "ok"}, b'{"said":true}')
            elif step == "unknown":
                self.send(RESULT, {"lease": NEVER_GIVEN, "status": "ok"}, b'{"said":true}')
            elif step == "rubbish_once" and not os.path.exists("rubbish"):
                open("rubbish", "w", encoding="ascii").close()
                for _ in range(10):
                    self.socket.send_multipart([prefix(BEAT), b"{", b""])
                steps.clear()
            elif step == "old_hello":
                with zmq.Context.instance().socket(zmq.DEALER) as old:
                    old.linger = 0
                    old.connect(os.environ["SWARM_ENDPOINT"])
                    old.send_multipart([prefix(HELLO), json.dumps(self.hello).encode(), b""])
                    heard = old.recv_multipart()[0][4] if old.poll(5000) else None
                self.note(verb="REFUSE" if heard == REFUSE else heard)
            elif step == "cancelled":
                self.send(RESULT, {"lease": lease, "status": "cancelled"})

    def serve(self):
        with open(os.environ["SWARM_TOKEN_FILE"], encoding="ascii") as file:
            token = file.read().strip()
        self.hello = {
            "token": token, "instance": os.environ["SWARM_INSTANCE"], "minor": [0, 0],
            "credit": 4, "pid": os.getpid(), "capabilities": ["work"], "seq": 1}
        self.send(HELLO, self.hello)
        beat_at, interval = 0.0, 1.0
        while True:
            if self.sid and time.monotonic() >= beat_at:
                self.send(BEAT, {"busy": []})
                beat_at = time.monotonic() + interval
            if not self.socket.poll(10):
                continue
            start, header, payload = self.socket.recv_multipart()
            verb, head = start[4], json.loads(header)
            if verb == WELCOME:
                self.sid, interval = head["sid"], head["heartbeat_ms"] / 1000
            elif verb == TASK:
                self.note(verb="TASK", lease=head["lease"])
                self.plans[head["lease"]] = json.loads(payload)["say"]
                self.go_on(head["lease"])
            elif verb == CANCEL:
                self.note(verb="CANCEL", lease=head["lease"])
                if self.plans[head["lease"]][:1] == ["await_cancel"]:
                    self.plans[head["lease"]].pop(0)
                self.go_on(head["lease"])
            elif verb == RESULT_ACK:
                self.note(verb="RESULT_ACK", lease=head["lease"], disposition=head["disposition"])
            elif verb == DRAIN:
                self.send(BYE, {})
                self.socket.close(1000)
                zmq.Context.instance().term()
                return 0
            elif verb in (REFUSE, UNKNOWN):
                self.note(verb="REFUSE" if verb == REFUSE else "UNKNOWN")
                return 1


sys.exit(RawWorker().serve())
