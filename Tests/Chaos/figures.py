"""Measures on this machine, with real processes, how a swarm recovers."""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import sys
import tempfile
import time

import chaos
import workloads
from swarm_under_test import Family, NoAnswer, Swarm, resident

FIGURES = ("completion", "handover", "restart", "fold")


class Bench:
    """A swarm of echo workers, without a relay."""

    def __init__(self, options, replicas, concurrency, durability="full", **agent):
        self.folder = tempfile.mkdtemp(prefix="swarm-figures-")
        self.family = options.family
        topology = os.path.join(self.folder, "topology.json")
        workloads.write_json(topology, {
            "schema_version": 1, "name": "figures",
            "coordinator": {"journal": {"durability": durability},
                            "limits": {"run_deadline": "2h"}},
            "supervision": {"max_restarts": 10000, "within": "60s"},
            "circuit_breakers": {level: {"enabled": False} for level in ("tool", "agent")},
            "retry_budget": {"tokens": 1000000},
            "agents": {"echo": {
                "manifest": f"{workloads.PROJECT}/agents/echo/agent.json",
                "exec": [os.path.join(options.binaries, "echo-agent")],
                "replicas": replicas, "concurrency": concurrency,
                "restart": {"policy": "always",
                            "backoff": {"initial": "50ms", "max": "200ms", "reset_after": "1s"}},
                **agent}}})
        self.swarm = Swarm(self.family, os.path.join(options.binaries, "swarm"), topology,
                           os.path.join(self.folder, "state"),
                           os.path.join(self.folder, "coordinator.out"))

    def __enter__(self):
        self.swarm.up()
        self.wait(self.all_ready)
        return self

    def __exit__(self, *_):
        self.family.end_all()
        shutil.rmtree(self.folder, ignore_errors=True)

    def all_ready(self):
        return all(each["ready"] for each in self.swarm.workers())

    @staticmethod
    def wait(condition, seconds=600):
        """The seconds until a condition held."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            try:
                if condition():
                    return time.monotonic() - began
            except NoAnswer:
                pass
            time.sleep(0.01)
        raise TimeoutError("waited in vain")

    def fan(self, count, capability, arguments, **limits):
        """Submits a run of so many equal calls; its name."""
        workflow = {
            "schema_version": 1, "name": "figures",
            "input": {"type": "object"},
            "subtasks": {"call": {"capability": capability, "for_each": "${input.items}",
                                  "args": arguments, **limits}},
            "output": {}, "limits": {"deadline": "2h"}}
        answer = self.swarm.post(
            "/v1/runs", {"workflow": workflow, "input": {"items": list(range(count))}}, timeout=60)
        return answer["run"]

    def records(self, query, *values):
        journal = sqlite3.connect(f"file:{self.swarm.state}/journal.db?mode=ro", uri=True,
                                  timeout=30)
        try:
            return journal.execute(query, values).fetchall()
        finally:
            journal.close()


def spread(values):
    """Median, 95th percentile and the most, in milliseconds."""
    values = sorted(values)
    return (f"median {1000 * statistics.median(values):.1f} ms, p95 "
            f"{1000 * values[int(len(values) * 0.95)]:.1f} ms, most {1000 * values[-1]:.1f} ms")


def handover(options):
    """From the death of a worker to its subtasks dispatched elsewhere."""
    with Bench(options, 3, 4) as bench:
        run = bench.fan(100_000, "sleep", {"ms": 2000}, max_parallel=6,
                        retry={"max_attempts": 1000})
        chance, kills = random.Random(options.seed), []
        while len(kills) < options.kills:
            time.sleep(1 + chance.random())
            busy = [each for each in bench.swarm.workers() if each["ready"] and each["inflight"]]
            if len(busy) < 2:
                continue
            victim = chance.choice(busy)
            moment = time.time()
            if bench.family.signal(victim["pid"], signal.SIGKILL):
                kills.append((moment, victim["worker"]))
        time.sleep(2)
        rows = [json.loads(text) | {"at": moment / 1e6} for moment, text in bench.records(
            "SELECT time_us, body FROM records WHERE type IN"
            " ('worker_exited', 'attempt_ended', 'subtask_dispatched') ORDER BY seq")]
        bench.swarm.post(f"/v1/runs/{run}/cancel", {"reason": "measured"})
    from_kill, from_exit, exited, lost = [], [], {}, {}
    for row in rows:
        if row["type"] == "worker_exited":
            exited[row["worker"]] = row["at"]
        elif row["type"] == "attempt_ended" and row.get("worker"):
            lost[row["subtask"]] = row["worker"]
        elif row["type"] == "subtask_dispatched" and row["subtask"] in lost:
            worker = lost.pop(row["subtask"])
            killed = [moment for moment, name in kills if name == worker and moment <= row["at"]]
            if killed:
                from_kill.append(row["at"] - killed[-1])
            if worker in exited:
                from_exit.append(row["at"] - exited[worker])
    print(f"handover: {len(kills)} kills, {len(from_kill)} subtasks handed over")
    print(f"  from SIGKILL to dispatched elsewhere: {spread(from_kill)}")
    print(f"  from worker_exited to dispatched elsewhere: {spread(from_exit)}")


def restart(options):
    """A coordinator is killed with many subtasks outstanding and started again."""
    with Bench(options, 4, 512) as bench:
        bench.fan(options.outstanding, "sleep", {"ms": 3_600_000}, timeout="2h")
        bench.wait(lambda: sum(each["inflight"] for each in bench.swarm.workers())
                   >= min(options.outstanding, 2048))
        answers, readies = [], []
        for _ in range(5):
            time.sleep(2)
            bench.swarm.kill()
            began = time.monotonic()
            bench.swarm.up()
            answers.append(time.monotonic() - began)
            bench.wait(bench.all_ready)
            readies.append(time.monotonic() - began)
        counts = bench.swarm.get("/v1/runs/r_1?include=nodes")["counts"]
        held = sum(each["inflight"] for each in bench.swarm.workers())
        memory = resident(bench.swarm.process.pid)
    print(f"restart: {options.outstanding} subtasks outstanding, {held} of them held by workers")
    print(f"  to the first answer: {spread(answers)}")
    print(f"  to all workers back: {spread(readies)}")
    print(f"  afterwards: {counts}, {memory:.0f} MiB")


def fold(options):
    """A coordinator starts with a long journal."""
    with Bench(options, 2, 256, durability="none") as bench:
        records = 0
        while records < options.records:
            run = bench.fan(10_000, "echo", {"item": "${item}"})
            bench.wait(lambda name=run: bench.swarm.get(f"/v1/runs/{name}")["state"]
                       not in chaos.WAITING)
            records = bench.swarm.get("/v1/status")["coordinator"]["seq"]
        size = sum(os.path.getsize(f"{bench.swarm.state}/journal.db{end}")
                   for end in ("", "-wal")) / 2**20
        bench.swarm.kill()
        starts = [bench.swarm.up(timeout=300)]
        for _ in range(2):
            bench.swarm.kill()
            starts.append(bench.swarm.up(timeout=300))
        memory = resident(bench.swarm.process.pid)
    print(f"fold: {records} records, {size:.0f} MiB")
    print(f"  from the start of the process to the first answer: {spread(starts)}; "
          f"{memory:.0f} MiB resident")


def completion(options):
    """The workflows that ship, while a fifth of all calls fails and workers die every 2 s."""
    arguments = [str(options.minutes), "--binaries", options.binaries, "--seed", str(options.seed),
                 "--no-disk", "--at-once", "4",
                 "--workflows", ",".join(workloads.SHIPPED)]
    campaign = chaos.Campaign(chaos.parse(arguments), options.family)
    campaign.calm = {"failing": 0.2, "weather": {}}
    campaign.topology = {"retry_budget": {}, "circuit_breakers": {}} if options.defaults else {}
    chance = random.Random(options.seed)
    campaign.faults = [(2.0 * turn, "kill worker",
                        (chance.random(), chance.random(), chance.random()))
                       for turn in range(1, int(options.minutes * 30))]
    try:
        campaign.run()
        campaign.report()
        good = sum(count for (_, is_good), count in campaign.meant.items() if is_good)
        total = sum(campaign.meant.values())
        failed, cured = campaign.facts.recovery
        print(f"\ncompletion: {good} of {total} runs right ({100 * good / max(total, 1):.1f} %); "
              f"{cured} of {failed} subtasks with a failed attempt recovered "
              f"({100 * cured / max(failed, 1):.1f} %), "
              f"{sum(campaign.driver.decisions.values())} decisions by a person")
        if campaign.violations or good < total:
            print(f"kept in {campaign.keep()}")
    finally:
        campaign.clean_up()


def main():
    parser = argparse.ArgumentParser(prog="scripts/chaos figures", description=__doc__)
    parser.add_argument("which", nargs="*", metavar="FIGURE", default=[],
                        help="some of: " + ", ".join(FIGURES) + " (all)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=3, help="of completion (3)")
    parser.add_argument("--defaults", action="store_true",
                        help="completion with the default retry budget and breakers")
    parser.add_argument("--kills", type=int, default=60, help="of handover (60)")
    parser.add_argument("--outstanding", type=int, default=10_000, help="of restart (10,000)")
    parser.add_argument("--records", type=int, default=1_000_000, help="of fold (1,000,000)")
    parser.add_argument("--binaries", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.family = Family()
    for name in options.which:
        if name not in FIGURES:
            parser.error(f"{name}: expected one of {', '.join(FIGURES)}")
    print(f"load average {os.getloadavg()[0]:.2f} on {os.cpu_count()} processors", flush=True)
    for name in options.which or FIGURES:
        globals()[name](options)
        sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    main()
