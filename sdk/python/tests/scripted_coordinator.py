"""A coordinator that does what the test says, and a real worker process to talk to it."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

import zmq

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import swarm_worker as wire  # noqa: E402

PATIENCE = 60.0     # generous: only a broken worker waits that long


class Endpoint:
    """A temporary folder with a socket's place and a token file in it."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="swarm-")
        self.address = f"ipc://{self.folder}/bus.sock"
        self.token_file = os.path.join(self.folder, "token")
        with open(self.token_file, "w", encoding="ascii") as file:
            file.write("5d41402abc4b2a76\n")

    def path(self, name):
        return os.path.join(self.folder, name)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Coordinator:
    """One ROUTER socket; every message that arrives is checked against the protocol."""

    def __init__(self, endpoint, heartbeat_ms=200):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self.socket.bind(endpoint.address)
        self.heartbeat_ms, self.peer, self.sid, self.sessions = heartbeat_ms, None, None, 0
        self.beats, self.answers_beats = [], True

    def close(self):
        self.socket.close(linger=0)
        self.context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def receive_any(self, timeout=PATIENCE):
        """The next message whatever it is: (peer, verb, header, payload)."""
        if not self.socket.poll(timeout * 1000):
            raise AssertionError("the worker said nothing")
        peer, *frames = self.socket.recv_multipart()
        return (peer, *wire.decode(frames, wire.WORKER))

    def receive(self, *verbs):
        """The next message that is no beat, which must have one of these verbs and our sid.

        Beats of the session are answered and kept in `beats`.
        """
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            peer, verb, head, payload = self.receive_any()
            if verb == "BEAT" and head["sid"] == self.sid:
                self.beats.append(head)
                if self.answers_beats:
                    self.answer_beat()
                if "BEAT" not in verbs:
                    continue
            elif verb != "HELLO" and head["sid"] != self.sid:
                raise AssertionError(f"{verb} of a session that is not ours")
            if verb not in verbs:
                raise AssertionError(f"expected {' or '.join(verbs)}, got {verb} {head}")
            self.peer = peer
            return verb, head, payload
        raise AssertionError(f"no {' or '.join(verbs)}")

    def answer_beat(self):
        """Answers a beat, unless the worker that sent it has left in the meantime."""
        try:
            self.send("BEAT", {})
        except zmq.ZMQError as error:
            if error.errno != zmq.EHOSTUNREACH:
                raise

    def send(self, verb, head, payload=b""):
        self.socket.send_multipart([self.peer, *wire.encode(wire.COORDINATOR, verb, head, payload)])

    def welcome(self, **more):
        """Takes the next HELLO and opens a session; gives the HELLO."""
        _, hello, _ = self.receive("HELLO")
        self.sessions += 1
        self.sid = f"session-{id(self)}-{self.sessions}"
        self.send("WELCOME", {"sid": self.sid, "minor": 1, "heartbeat_ms": self.heartbeat_ms,
                              **more})
        return hello

    def task(self, lease, capability, payload=b"{}", **more):
        self.send("TASK", {"task": f"r_1/{lease}", "attempt": 1, "capability": capability,
                           "lease": lease, "epoch": int(lease[1:]), **more}, payload)

    def result(self, lease):
        """The next RESULT, past STARTED and PROGRESS, acknowledged: (header, payload)."""
        while True:
            verb, head, payload = self.receive("STARTED", "PROGRESS", "RESULT")
            if verb == "RESULT":
                if head["lease"] != lease:
                    raise AssertionError(f"result of {head['lease']}, not of {lease}")
                self.acknowledge(lease)
                return head, payload

    def acknowledge(self, lease, disposition="accepted"):
        self.send("RESULT_ACK", {"lease": lease, "disposition": disposition})

    def dismiss(self, worker):
        """Drains the worker and waits for its orderly end."""
        self.send("DRAIN", {"deadline_ms": 30_000})
        self.receive("BYE")
        worker.expect_exit(0)


class WorkerProcess:
    """A worker as the launcher would start it."""

    def __init__(self, endpoint, program=None, **environment):
        program = program or os.path.join(HERE, "sample_agent.py")
        self.process = subprocess.Popen(
            [sys.executable, program],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1",
                 "PYTHONPATH": os.path.dirname(HERE), "SWARM_ENDPOINT": endpoint.address,
                 "SWARM_AGENT": "sample", "SWARM_INSTANCE": "sample-1", "SWARM_PROTOCOL": "1",
                 "SWARM_TOKEN_FILE": endpoint.token_file, "SWARM_CONCURRENCY": "1",
                 **environment})

    def expect_exit(self, status):
        _, self.log = self.process.communicate(timeout=PATIENCE)
        if self.process.returncode != status:
            raise AssertionError(
                f"exit status {self.process.returncode}, expected {status}; its log:\n{self.log}")

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
