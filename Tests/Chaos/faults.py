"""What goes wrong when: a schedule drawn from a seed, and the hands that carry it out."""

import heapq
import itertools
import os
import random
import signal
import threading
import time

from swarm_under_test import NoAnswer, Refused

#: Kinds of faults with their weights.
KINDS = {
    "kill worker": 12,
    "stop worker": 4,
    "slow worker": 3,
    "kill coordinator": 4,
    "kill coordinator twice": 1,
    "stop coordinator": 1,
    "cut": 4,
    "hold relay": 2,
    "refuse relay": 2,
    "falsify": 3,
    "storm": 4,
    "break undo": 1,
    "cancel run": 4,
    "fill disk": 1,
}
STORMS = [
    {"transient": 0.5},
    {"slow": 0.6, "slow_s": 3.0, "linger": 0.3},
    {"hang": 0.15},
    {"bad": 0.5},
    {"crash": 0.2},
    {"transient": 0.2, "slow": 0.3, "slow_s": 1.0, "crash": 0.05, "bad": 0.05, "linger": 0.2},
]


def schedule(seed, seconds, interval, kinds=None):
    """When which fault comes: (moment, kind, three numbers from 0 to 1), the same for one seed."""
    chance = random.Random(seed)
    kinds = kinds or KINDS
    names, weights = list(kinds), list(kinds.values())
    moment, faults = 0.0, []
    while True:
        moment += chance.uniform(0.2, 2) * interval
        if moment >= seconds:
            return faults
        faults.append((moment, chance.choices(names, weights)[0],
                       (chance.random(), chance.random(), chance.random())))


class Injector(threading.Thread):
    """Carries a schedule out, and takes everything back at the end."""

    def __init__(self, swarm, site, relay, faults, disk, calm):
        super().__init__(name="faults", daemon=True)
        self.swarm, self.site, self.relay, self.disk, self.calm = swarm, site, relay, disk, calm
        self.began = time.monotonic()
        self.counts = {}
        self.log = []
        self.surprises = []
        self.restarts = []
        self.stopping = threading.Event()
        self.keeps_up = True
        self._turn = itertools.count()
        self._due = [(moment, next(self._turn), self._inject, (kind, draw))
                     for moment, kind, draw in faults]
        heapq.heapify(self._due)
        self._stopped = set()
        self._filling = False
        self._workers = []
        self._expected_end = False

    def now(self):
        return time.monotonic() - self.began

    def run(self):
        try:
            while not self.stopping.is_set():
                self._watch()
                while self._due and self._due[0][0] <= self.now():
                    _, _, action, arguments = heapq.heappop(self._due)
                    action(*arguments)
                time.sleep(0.01)
        except Exception as error:  # pylint: disable=broad-except
            self.surprises.append(f"the injector itself failed: {error!r}")
            raise

    def later(self, seconds, action, *arguments):
        heapq.heappush(self._due, (self.now() + seconds, next(self._turn), action, arguments))

    def heal(self):
        """Ends the faults and waits until none is left; the coordinator is up then."""
        self.stopping.set()
        self.join(60)
        self._free_disk()
        self.relay.release()
        self.relay.failing = self.relay.rubbish = 0.0
        self.site.set_weather({})
        for pid in list(self._stopped):
            self.swarm.family.signal(pid, signal.SIGCONT)
        self._watch()

    def note(self, kind, detail=""):
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.log.append((round(self.now(), 2), kind, detail))

    def _watch(self):
        """Starts the coordinator again when it has ended, and says so when nobody ended it."""
        if self.swarm.is_up or not self.keeps_up:
            return
        process = self.swarm.process
        status = process.poll() if process else None
        if not self._expected_end and status is not None:
            if self._filling and status == 1:
                self.note("coordinator ended: disk full")
                self._free_disk()
            else:
                self.surprises.append(f"{self.now():.1f} s: the coordinator ended by itself with "
                                      f"{status}")
        self._expected_end = False
        self._up()

    def _up(self):
        for attempt in range(20):
            try:
                self.restarts.append(self.swarm.up())
                return
            except NoAnswer as error:
                if self._filling:
                    self._free_disk()
                    continue
                self.surprises.append(f"{self.now():.1f} s: start {attempt + 1} failed: {error}")
                time.sleep(0.5)
        raise RuntimeError("the coordinator cannot be started any more")

    def _inject(self, kind, draw):
        try:
            getattr(self, "_" + kind.replace(" ", "_"))(draw)
        except (NoAnswer, Refused) as error:
            self.log.append((round(self.now(), 2), kind, f"left out: {error}"))

    def _worker(self, draw, prefers_busy=False):
        try:
            workers = [each for each in self.swarm.get("/v1/status", timeout=1)["workers"]
                       if each.get("pid")]
            busy = [each for each in workers if each["inflight"]]
            if prefers_busy and busy:
                workers = busy
            self._workers = [(each["worker"], each["pid"]) for each in workers]
        except (NoAnswer, Refused):
            pass
        living = [each for each in self._workers if os.path.exists(f"/proc/{each[1]}")]
        if not living:
            raise NoAnswer("no worker lives")
        return living[int(draw * len(living))]

    def _kill_worker(self, draw):
        name, pid = self._worker(draw[0], prefers_busy=draw[1] < 0.7)
        if self.swarm.family.signal(pid, signal.SIGKILL):
            self.note("kill worker", f"{name} {pid}")

    def _stop_worker(self, draw):
        name, pid = self._worker(draw[0])
        seconds = 0.3 + 6 * draw[1]
        if self.swarm.family.signal(pid, signal.SIGSTOP):
            self.note("stop worker", f"{name} {pid} for {seconds:.1f} s")
            self._stopped.add(pid)
            self.later(seconds, self._go_on, pid)

    def _go_on(self, pid):
        self._stopped.discard(pid)
        self.swarm.family.signal(pid, signal.SIGCONT)

    def _slow_worker(self, draw):
        name, pid = self._worker(draw[0])
        self.note("slow worker", f"{name} {pid}")
        self._burst(pid, int(20 + 40 * draw[1]))

    def _burst(self, pid, left):
        if left == 0 or not self.swarm.family.signal(pid, signal.SIGSTOP):
            return
        self._stopped.add(pid)
        self.later(0.09, self._go_on, pid)
        self.later(0.11, self._burst, pid, left - 1)

    def _kill_coordinator(self, draw, name="kill coordinator"):
        if not self.swarm.is_up:
            return
        self._expected_end = True
        self.swarm.kill()
        self.note(name)
        pause = 3 * draw[1] ** 2
        end = time.monotonic() + pause
        while time.monotonic() < end and not self.stopping.is_set():
            time.sleep(0.01)
        self._expected_end = False
        self._up()

    def _kill_coordinator_twice(self, draw):
        self._kill_coordinator(draw, "kill coordinator twice")
        time.sleep(0.5 * draw[2])
        if self.swarm.is_up:
            self._expected_end = True
            self.swarm.kill()
            self._expected_end = False
            self._up()

    def _stop_coordinator(self, draw):
        process = self.swarm.process
        seconds = 0.5 + 5 * draw[1]
        self.swarm.family.signal(process.pid, signal.SIGSTOP)
        self.note("stop coordinator", f"for {seconds:.1f} s")
        self._stopped.add(process.pid)
        self.later(seconds, self._go_on, process.pid)

    def _cut(self, draw):
        self.note("cut", "all" if draw[0] < 0.3 else "some")
        self.relay.cut(1.0 if draw[0] < 0.3 else draw[1])

    def _hold_relay(self, draw):
        self.note("hold relay", f"for {5 * draw[0]:.1f} s")
        self.relay.hold()
        self.later(5 * draw[0], self.relay.release)

    def _refuse_relay(self, draw):
        self.note("refuse relay", f"for {4 * draw[0]:.1f} s")
        self.relay.refuse()
        self.later(4 * draw[0], self.relay.release)

    def _falsify(self, draw):
        self.note("falsify", "rubbish" if draw[0] < 0.3 else "failures")
        if draw[0] < 0.3:
            self.relay.rubbish = 0.1
        else:
            self.relay.failing = 0.3
        self.later(1 + 4 * draw[1], self._be_honest)

    def _be_honest(self):
        self.relay.failing, self.relay.rubbish = self.calm.get("failing", 0.0), 0.0

    def _storm(self, draw):
        storm = STORMS[int(draw[0] * len(STORMS))]
        self.note("storm", str(storm))
        self.site.set_weather({**self.calm.get("weather", {}), **storm})
        self.later(1 + 5 * draw[1], self.site.set_weather, self.calm.get("weather", {}))

    def _break_undo(self, draw):
        self.note("break undo")
        self.site.set_weather({**self.calm.get("weather", {}), "undo_broken": True})
        self.later(1 + 3 * draw[1], self.site.set_weather, self.calm.get("weather", {}))

    def _cancel_run(self, draw):
        runs = self.swarm.get("/v1/runs?state=running&limit=20", timeout=2)["runs"]
        if runs:
            run = runs[int(draw[0] * len(runs))]["run"]
            self.swarm.post(f"/v1/runs/{run}/cancel", {"reason": "chaos"}, timeout=2)
            self.note("cancel run", run)

    def _fill_disk(self, draw):
        if not self.disk:
            return
        self._filling = True
        self.note("fill disk")
        self.disk.fill()
        self.later(1 + 4 * draw[0], self._free_disk)

    def _free_disk(self):
        if self.disk:
            self.disk.free()
        # A commit that was under way may fail a moment after there is room again.
        self.later(2, self._disk_is_free)

    def _disk_is_free(self):
        self._filling = False
