"""A swarm in a folder of its own: started, killed, asked and cleaned up by process id."""

import ctypes
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time

PR_SET_CHILD_SUBREAPER = 36


class NoAnswer(Exception):
    """No coordinator answers."""


class Refused(Exception):
    """The coordinator answered with an error."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status, self.body = status, body


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("swarm", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def stat_of(pid):
    """(state, parent, group) of a process, or None when there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
        return fields[0], int(fields[1]), int(fields[2])
    except OSError:
        return None


class Family:
    """All processes that descend from this one, orphans too, and nobody else's.

    As a subreaper this process inherits the workers of a coordinator that was killed, so none can
    escape its notice; a thread takes the exit status of those that end, as init would.
    """

    def __init__(self):
        if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
        self._own = set()            # children with a Popen that waits for them itself
        self._lock = threading.Lock()
        threading.Thread(target=self._reap, name="reaper", daemon=True).start()

    def _reap(self):
        while True:
            with self._lock:
                for pid, (state, parent, _) in self._table().items():
                    if state == "Z" and parent == os.getpid() and pid not in self._own:
                        try:
                            os.waitpid(pid, os.WNOHANG)
                        except ChildProcessError:
                            pass
            time.sleep(0.03)

    def start(self, arguments, **options):
        """A child whose exit status the caller takes."""
        with self._lock:
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, **options)
            self._own.add(process.pid)
            return process

    def forget(self, process):
        """Says that the exit status of a child has been taken."""
        with self._lock:
            self._own.discard(process.pid)

    @staticmethod
    def _table():
        table = {}
        for name in os.listdir("/proc"):
            if name.isdigit():
                entry = stat_of(int(name))
                if entry:
                    table[int(name)] = entry
        return table

    def members(self):
        """The process ids of all that live, without this one."""
        table = self._table()
        family = {os.getpid()}
        while True:
            more = {pid for pid, (_, parent, _) in table.items() if parent in family} - family
            if not more:
                break
            family |= more
        return sorted(pid for pid in family - {os.getpid()} if table[pid][0] != "Z")

    def signal(self, pid, number):
        """Sends a signal to a member; False when it is none (any more)."""
        if pid not in self.members():
            return False
        try:
            os.kill(pid, number)
            return True
        except ProcessLookupError:
            return False

    def end_all(self):
        """Kills every member; for the end, however it comes."""
        for _ in range(50):
            members = self.members()
            if not members:
                return
            for pid in members:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.05)


class Swarm:
    """One swarm: its topology, its state directory, and its coordinator when there is one."""

    def __init__(self, family, program, topology, state, log):
        self.family, self.program = family, program
        self.topology, self.state, self.log = topology, state, log
        self.process = None
        self.starts = 0

    def up(self, timeout=60):
        """Starts the coordinator and waits until it answers; the seconds that took."""
        started = time.monotonic()
        self.starts += 1
        with open(self.log, "ab") as log:
            self.process = self.family.start(
                [self.program, "up", self.topology, "--state-dir", self.state, "--json"],
                stdout=log, stderr=log, start_new_session=True)
        while time.monotonic() - started < timeout:
            if self.process.poll() is not None:
                raise NoAnswer(f"the coordinator ended with {self.process.returncode}")
            try:
                self.get("/v1/health", timeout=1)
                return time.monotonic() - started
            except (NoAnswer, Refused):
                time.sleep(0.005)
        raise NoAnswer(f"no answer within {timeout} s")

    @property
    def is_up(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """SIGKILL for the coordinator, and nobody else."""
        self.process.kill()
        return self.process.wait()

    def wait(self, timeout):
        """The coordinator's exit status once it has ended by itself, or None."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def request(self, method, path, body=None, timeout=10):
        """What the control API answers."""
        connection = _UnixConnection(os.path.join(self.state, "control.sock"), timeout)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            document = json.loads(text) if text else None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoAnswer(str(error)) from None
        finally:
            connection.close()
        if answer.status >= 300:
            raise Refused(answer.status, document)
        return document

    def get(self, path, timeout=10):
        return self.request("GET", path, timeout=timeout)

    def post(self, path, body, timeout=10):
        return self.request("POST", path, body, timeout=timeout)

    def command(self, *arguments, timeout=60):
        """A command of `swarm`, as a person types it: (status, output)."""
        process = self.family.start([self.program, "--state-dir", self.state, *arguments],
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            output, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
        self.family.forget(process)
        return process.returncode, output.decode(errors="replace")

    def workers(self):
        """Worker instances with their process ids."""
        return self.get("/v1/status")["workers"]

    def run(self, name, include="subtasks", limit=1000):
        return self.get(f"/v1/runs/{name}?include={include}&limit={limit}")

    def down(self, timeout=60):
        """Ends it in order, else by force; True when it ended in order."""
        if not self.is_up:
            return True
        self.process.send_signal(signal.SIGTERM)
        if self.wait(timeout) is not None:
            return True
        self.kill()
        return False


def descriptors(pid):
    """How many files a process has open."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return None


def resident(pid):
    """Resident memory in MiB."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except OSError:
        return None
