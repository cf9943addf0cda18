"""Runs workflows on a real swarm while everything fails, and checks what is left of it."""

import argparse
import collections
import os
import random
import shutil
import signal
import socket
import sqlite3
import statistics
import sys
import tempfile
import threading
import time

import checks
import truth
import workloads
from disk import SmallDisk
from faults import KINDS, Injector, schedule
from relay import Relay
from swarm_under_test import Family, NoAnswer, Refused, Swarm, descriptors, resident

WAITING = {"running", "asking", "cancelling", "undoing"}
#: What is wrong with the weather at all times: a tenth of all calls of the chaos worker fails.
CALM = {"failing": 0.02, "weather": {"transient": 0.1, "slow": 0.1, "slow_s": 0.5, "hang": 0.002,
                                     "crash": 0.01, "bad": 0.01, "linger": 0.05}}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Driver(threading.Thread):
    """Keeps runs going, answers what waits for a person, and watches memory and files."""

    def __init__(self, swarm, site, chance, workflows, at_once):
        super().__init__(name="driver", daemon=True)
        self.swarm, self.site, self.chance = swarm, site, chance
        self.workflows, self.at_once = workflows, at_once
        self.submits = True
        self.stopping = threading.Event()
        self.submitted = 0
        self.refused = []
        self.decisions = collections.Counter()
        self.samples = []
        self.worker_files = {}
        self.began = time.monotonic()
        self._asked = {}

    def run(self):
        while not self.stopping.is_set():
            for work in (self._submit, self._answer, self._sample):
                try:
                    work()
                except NoAnswer:
                    pass
                except Refused as error:
                    if error.status not in (404, 409, 503):
                        self.refused.append(str(error))
            time.sleep(0.3)

    def _submit(self):
        if not self.submits:
            return
        active = self.swarm.get("/v1/status", timeout=2)["active_runs"]
        for _ in range(min(3, self.at_once - active)):
            self.submitted += 1
            name = self.workflows[self.submitted % len(self.workflows)]
            given, _ = self.site.input(name, self.submitted, self.chance)
            self.swarm.post("/v1/runs", {"workflow": name, "input": given}, timeout=5)

    def _answer(self):
        """Answers as a person would who looks into the books first."""
        questions = self.swarm.get("/v1/decisions", timeout=2)["questions"]
        for question in questions[:10]:
            subtask, answers = question["subtask"], question["answers"]
            # A person is not always quick.
            if self._asked.setdefault(subtask, time.monotonic()) + self.chance.random() * 2 \
                    > time.monotonic():
                continue
            if question["doubt"] == "unknown_outcome":
                seen = self._entry(subtask)
                answer = "happened" if seen else "did-not-happen"
                if self.chance.random() < 0.1 and "undo" in answers:
                    answer = "undo"
            else:
                answer = self.chance.choice([each for each in answers if each != "abort"])
            status, output = self.swarm.command("decide", subtask, answer, "--reason",
                                                "looked into the books", timeout=20)
            self._asked.pop(subtask, None)
            if status == 0:
                self.decisions[f'{question["doubt"]}: {answer}'] += 1
            elif status not in (65, 69):
                self.refused.append(f"decide {subtask} {answer}: {status} {output.strip()}")

    def _entry(self, key):
        connection = truth.connect(self.site.truth)
        try:
            return connection.execute("SELECT 1 FROM effects WHERE key = ?", (key,)).fetchone()
        finally:
            connection.close()

    def _sample(self):
        process = self.swarm.process
        if process is None or process.poll() is not None:
            return
        files, memory = descriptors(process.pid), resident(process.pid)
        if files and memory:
            self.samples.append((time.monotonic() - self.began, process.pid, memory, files))
        for worker in self.swarm.get("/v1/status", timeout=2)["workers"]:
            if worker.get("pid"):
                count = descriptors(worker["pid"])
                if count:
                    self.worker_files.setdefault(
                        (worker["agent"], worker["pid"]), []).append(count)


class Campaign:
    """One swarm, one schedule, and what came of it."""

    def __init__(self, options, family):
        self.options = options
        self.folder = tempfile.mkdtemp(prefix="swarm-chaos-")
        self.family = family
        self.site = workloads.Site(self.folder, options.binaries, options.seed, options.packages)
        self.violations = []
        self.notes = []
        self.disk = None
        self.injector = None
        self.driver = None
        self.relay = None
        self.swarm = None
        self.calm = CALM
        self.topology = {}
        self.faults = None

    def set_up(self):
        truth.create(self.site.truth)
        port = free_port()
        self.relay = Relay(port, self.options.seed)
        self.site.write(port, f"tcp://127.0.0.1:{self.relay.port}", self.topology)
        if os.geteuid() == 0 and not self.options.no_disk:
            try:
                self.disk = SmallDisk(self.site.state, 512)
            except OSError as error:
                self.notes.append(f"the disk is never full: {error}")
        else:
            self.notes.append("the disk is never full: only root can mount a small one")
        self.swarm = Swarm(self.family, os.path.join(self.options.binaries, "swarm"),
                           self.site.topology, self.site.state, self.site.log)
        self.swarm.up()
        self.until("all workers are ready", 60, self._all_ready)

    def _all_ready(self):
        return all(each["ready"] for each in self.swarm.workers())

    def until(self, what, seconds, condition):
        """Waits for a condition; a violation when it does not come true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if condition():
                    return True
            except (NoAnswer, Refused):
                pass
            time.sleep(0.2)
        self.violations.append(f"not within {seconds} s: {what}")
        return False

    def run(self):
        self.set_up()
        seconds = self.options.minutes * 60
        kinds = {kind: weight for kind, weight in KINDS.items()
                 if (self.disk or kind != "fill disk")
                 and (not self.options.faults or kind in self.options.faults)}
        faults = self.faults or schedule(self.options.seed, seconds, self.options.interval, kinds)
        self.site.set_weather(self.calm["weather"])
        self.relay.failing = self.calm["failing"]
        workflows = self.options.workflows or [
            "chaos-books", "chaos-sums", "chaos-delegation", "chaos-blind", "chaos-pivot",
            "chaos-moods", "loan-reconciliation", "chaos-month", "chaos-books", "package-audit",
            "month-end"]
        self.driver = Driver(self.swarm, self.site, random.Random(self.options.seed + 1),
                             workflows, self.options.at_once)
        self.injector = Injector(self.swarm, self.site, self.relay, faults, self.disk,
                                 self.calm)
        self.driver.start()
        self.injector.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.injector.is_alive():
            time.sleep(0.2)
        print(f"chaos: {len(self.injector.log)} faults are over; waiting for the swarm to heal",
              file=sys.stderr)
        self.driver.submits = False
        self.injector.heal()
        self._settle()
        self._inspect()
        return not self.violations

    def _settle(self):
        """Waits until every run has ended; what waits for a person gets its answer."""
        stuck = lambda: [each for each in self._summaries() if each["state"] in WAITING]
        self.until("every run has ended", self.options.patience, lambda: not stuck())
        for each in self._summaries():
            if each["state"] in WAITING:
                self.violations.append(f'{each["run"]} ({each["workflow"]}) is still '
                                       f'{each["state"]}')
        self.parked = [each["run"] for each in self._summaries()
                       if each["state"] == "compensation_failed" and not each.get("finished_at")]
        for run in self.parked:
            status, output = self.swarm.command("compensate", run, "--reason", "mended")
            if status not in (0, 11, 13):
                self.violations.append(f"compensate {run} ends with {status}: {output.strip()}")
        self.until("all workers are ready", 60, self._all_ready)
        self.until("no worker holds a subtask", 30,
                   lambda: all(each["inflight"] == 0 for each in self.swarm.workers()))
        self.driver.stopping.set()
        self.driver.join(30)

    def _summaries(self):
        found, before = [], ""
        while True:
            page = self.swarm.get(f"/v1/runs?limit=1000{before}")["runs"]
            found += page
            if len(page) < 1000:
                return found
            before = f'&before={page[-1]["run"]}'

    def _inspect(self):
        entries = truth.effects(self.site.truth)
        # A call that is not repeatable was not repeated; one that is left one entry all the same.
        self.violations += checks.check_entries(entries)
        by_run = collections.defaultdict(list)
        for each in entries:
            by_run[each["key"].partition("/")[0]].append(each)
        self.outcomes = collections.Counter()
        self.failures = collections.Counter()
        self.meant = collections.Counter()
        for summary in self._summaries():
            run = self.swarm.run(summary["run"], "input,subtasks")
            self.outcomes[(run["workflow"], run["state"])] += 1
            is_good = run["state"] == "succeeded"
            if run["input"].get("ok", True):
                self.meant[(run["workflow"], is_good)] += 1
                if not is_good:
                    failure = run.get("failure") or {}
                    self.failures[(run["workflow"], run["state"], failure.get("kind"),
                                   failure.get("message", "")[:140])] += 1
            if run["state"] in checks.ENDED:
                self.violations += checks.check_run(run, by_run[run["run"]], self.site.wrong)
                if run["workflow"] in workloads.LEDGERS:
                    self.violations += checks.check_ledger(
                        run, self.site.expected_months[run["input"]["month"]])
        self.violations += self.injector.surprises
        self.violations += self.driver.refused
        self._inspect_resources()

    def _inspect_resources(self):
        samples = self.driver.samples
        workers = [each.get("pid") for each in self.swarm.workers()]
        coordinator = self.swarm.process.pid
        if samples:
            quarter = samples[-1][0] / 4
            second = [each for each in samples if quarter <= each[0] < 2 * quarter]
            fourth = [each for each in samples if 3 * quarter <= each[0]]
            if second and fourth:
                self.memory = [statistics.median(each[2] for each in part)
                               for part in (second, fourth)]
                self.files = [statistics.median(each[3] for each in part)
                              for part in (second, fourth)]
                if self.memory[1] > 1.5 * self.memory[0] + 32:
                    self.violations.append(f"the coordinator grew from {self.memory[0]:.0f} to "
                                           f"{self.memory[1]:.0f} MiB")
        # A coordinator holds some files for each worker it launched, and few for one it adopted.
        limit = 64 + 8 * len(workers)
        most = max((each[3] for each in samples), default=0)
        if most > limit:
            self.violations.append(f"the coordinator had {most} files open, more than {limit}")
        for (agent, pid), counts in self.driver.worker_files.items():
            self.violations += checks.check_files(f"{agent} {pid}", counts)
        strangers = set(self.family.members()) - {coordinator} - set(workers)
        if strangers:
            self.violations.append(f"processes that no worker is: {self._describe(strangers)}")
        self._inspect_permits()
        if not self.swarm.down():
            self.violations.append("the coordinator does not end in order")
        end = time.monotonic() + 10
        while self.family.members() and time.monotonic() < end:
            time.sleep(0.1)
        if self.family.members():
            self.violations.append("processes outlive the swarm: "
                                   f"{self._describe(self.family.members())}")
        journal = os.path.join(self.site.state, "journal.db")
        self.records, problem = checks.verify_journal(journal)
        if problem:
            self.violations.append(f"the journal is damaged: {problem}")
        self.facts = checks.JournalFacts(journal)
        self.violations += self.facts.wrong

    def _inspect_permits(self):
        try:
            document = self.swarm.get("/v1/semaphores")
        except Refused:
            self.notes.append("permits in use are not checked: this swarm does not tell them")
            return
        for each in document["semaphores"]:
            if each.get("held", 0) != 0:
                self.violations.append(f'{each["held"]} permits of {each.get("semaphore")} are '
                                       "held although nothing runs")

    @staticmethod
    def _describe(pids):
        lines = []
        for pid in sorted(pids):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                words = "gone"
            lines.append(f"{pid} {words[:120]}")
        return "; ".join(lines)

    def report(self):
        """Prints what was done, what came of it, and what broke."""
        print(f"seed {self.options.seed}, {self.options.minutes:g} minutes, "
              f"faults every {self.options.interval:g} s")
        rows = sorted(self.injector.counts.items())
        print("\nfaults")
        for kind, count in rows:
            print(f"  {kind:28} {count:6}")
        for kind in ("failed", "rubbish", "cut"):
            print(f"  {'relay: ' + kind:28} {self.relay.counts[kind]:6}")
        print("\nruns")
        workflows = sorted({workflow for workflow, _ in self.outcomes})
        for workflow in workflows:
            states = ", ".join(f"{state} {count}" for (name, state), count
                               in sorted(self.outcomes.items()) if name == workflow)
            good, bad = self.meant[(workflow, True)], self.meant[(workflow, False)]
            share = f"{100 * good / (good + bad):5.1f} %" if good + bad else "    –"
            print(f"  {workflow:22} {share} of those that could succeed   {states}")
        if self.failures:
            print("\nwhy runs that could have succeeded did not")
            for (workflow, state, kind, message), count in self.failures.most_common(20):
                print(f"  {count:4} {workflow} {state} {kind}: {message}")
        facts = self.facts
        again = sum(count for (directive, _), count in facts.directives.items()
                    if directive in ("retry", "reassign", "repair", "fallback", "verify"))
        print(f"\nrecoveries\n  {'attempts that failed':28} {facts.types['attempt_ended']:6}"
              f"\n  {'  of them taken up again':28} {again:6}")
        for (directive, kind), count in facts.directives.most_common(25):
            print(f"    {directive:12} after {kind:20} {count:6}")
        print(f"  {'decided by a person':28} {sum(self.driver.decisions.values()):6}")
        for what, count in sorted(self.driver.decisions.items()):
            print(f"    {what:35} {count:6}")
        print(f"  {'undo had to be mended':28} {len(self.parked):6}")
        restarts = self.injector.restarts
        if restarts:
            print(f"  {'coordinator restarted':28} {len(restarts):6}   median "
                  f"{1000 * statistics.median(restarts):.0f} ms, "
                  f"longest {1000 * max(restarts):.0f} ms")
        print(f"\nleft over\n  journal: {self.records} records, verified")
        if hasattr(self, "memory"):
            print(f"  coordinator's memory, second and last quarter: {self.memory[0]:.0f} and "
                  f"{self.memory[1]:.0f} MiB; open files {self.files[0]:.0f} and "
                  f"{self.files[1]:.0f}")
        for note in self.notes:
            print(f"  not done: {note}")
        if not self.violations:
            print("\nNothing broke.")
            return
        print(f"\nBROKEN ({len(self.violations)})")
        for each in self.violations:
            print(f"  {each}")

    def keep(self):
        """Moves everything to where it stays; the path."""
        kept = os.path.join(self.options.keep, f"chaos-{self.options.seed}-{os.getpid()}")
        shutil.copytree(self.folder, kept, ignore=shutil.ignore_patterns(
            "*.sock", "ballast", "root", "out", "*.token"), symlinks=True)
        if self.injector:
            workloads.write_json(os.path.join(kept, "faults.json"), self.injector.log)
        return kept

    def clean_up(self):
        self.family.end_all()
        if self.relay:
            self.relay.close()
        if self.disk:
            self.disk.remove()
        shutil.rmtree(self.folder, ignore_errors=True)


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="scripts/chaos", description="Runs workflows on a real swarm while everything fails.")
    parser.add_argument("minutes", type=float, help="how long faults go on")
    parser.add_argument("--seed", type=int, default=None, help="of the schedule of faults")
    parser.add_argument("--interval", type=float, default=1.0, metavar="SECONDS",
                        help="the mean time between two faults (1)")
    parser.add_argument("--faults", type=lambda text: text.split(","), default=None,
                        help="only these kinds: " + ", ".join(KINDS))
    parser.add_argument("--workflows", type=lambda text: text.split(","), default=None,
                        help="only these")
    parser.add_argument("--at-once", type=int, default=8, help="runs at the same time (8)")
    parser.add_argument("--packages", type=int, default=40, help="packages that are audited (40)")
    parser.add_argument("--patience", type=float, default=180, metavar="SECONDS",
                        help="how long healing may take (180)")
    parser.add_argument("--no-disk", action="store_true", help="leave the disk alone")
    parser.add_argument("--keep", default=tempfile.gettempdir(), metavar="FOLDER",
                        help="where everything is kept if something broke")
    parser.add_argument("--binaries", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1, 1_000_000)
    return options


def main():
    options = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    campaign = Campaign(options, Family())
    is_good, is_complete = False, False
    try:
        print(f"chaos: seed {options.seed}, in {campaign.folder}", file=sys.stderr)
        is_good = campaign.run()
        is_complete = True
        campaign.report()
    except KeyboardInterrupt:
        print("\nchaos: interrupted; everything it started is ended", file=sys.stderr)
    finally:
        if not is_good and sys.exc_info()[0] is not SystemExit:
            campaign.family.end_all()
            print(f"\nKept in {campaign.keep()}\nAgain: scripts/chaos {options.minutes:g} "
                  f"--seed {options.seed}" + ("" if is_complete else "   (it broke off)"))
        campaign.clean_up()
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
