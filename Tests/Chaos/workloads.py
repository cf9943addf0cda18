"""What the swarm under test is made of and works on, and what must come out of it."""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
PYTHON = "/usr/bin/python3"
#: printf 'data' | md5sum
DIGEST = "8d777f385d3dfec8815d20f7496026dc"


def write_json(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)


def write_packages(root, count):
    """A made-up Debian system: every tenth package was changed, every fifteenth lacks a file."""
    info = os.path.join(root, "var/lib/dpkg/info")
    os.makedirs(info)
    status = ""
    for number in range(count):
        name = f"made-up-{number}"
        status += (f"Package: {name}\nStatus: install ok installed\n"
                   "Maintainer: Nobody <nobody@example.org>\nArchitecture: all\n"
                   "Version: 1.0\nDescription: made up\n\n")
        files = [f"usr/share/{name}/one", f"usr/share/{name}/two"]
        os.makedirs(os.path.join(root, "usr/share", name))
        with open(f"{info}/{name}.list", "w", encoding="ascii") as file:
            file.write("\n".join(["/.", "/usr", "/usr/share", f"/usr/share/{name}"]
                                 + ["/" + each for each in files]) + "\n")
        with open(f"{info}/{name}.md5sums", "w", encoding="ascii") as file:
            file.write("".join(f"{DIGEST}  {each}\n" for each in files))
        with open(os.path.join(root, files[0]), "w", encoding="ascii") as file:
            file.write("edited" if number % 10 == 0 else "data")
        if number % 15 != 0:
            with open(os.path.join(root, files[1]), "w", encoding="ascii") as file:
                file.write("data")
    with open(os.path.join(root, "var/lib/dpkg/status"), "w", encoding="ascii") as file:
        file.write(status)
    with open(os.path.join(info, "format"), "w", encoding="ascii") as file:
        file.write("1\n")


def _entry(token, amount, capability="add_entry", **more):
    return {"capability": capability, "args": {"token": token, "amount": amount}, **more}


def _workflow(name, subtasks, output, **more):
    return {"schema_version": 1, "name": name, "input": {"type": "object"}, "subtasks": subtasks,
            "output": output, "limits": {"deadline": "10m"}, **more}


TAG = "${input.tag}"
OK = {"capability": "refuse", "args": {"ok": "${input.ok}"}}
WORKFLOWS = [
    _workflow("chaos-sums", {
        "fetch": {"capability": "fetch", "for_each": "${input.values}",
                  "args": {"value": "${item}"}},
        "sum": {"capability": "compute", "for_each": "${fetch}", "max_parallel": 4,
                "args": {"value": "${item.value}"}},
    }, {"values": "${sum[*].value}"}),
    _workflow("chaos-books", {
        "first": _entry(TAG + "-first", 1),
        "post": _entry(TAG + "-post-${item}", "${item}", for_each=[1, 2, 3], needs=["first"]),
        "put": _entry(TAG + "-put", 5, "put_entry", needs=["first"]),
        "check": {**OK, "needs": ["post", "put"]},
        "last": _entry(TAG + "-last", 6, needs=["check"]),
    }, {"ok": "${check.ok}"}),
    _workflow("chaos-blind", {
        "one": _entry(TAG + "-one", 1, "add_blind"),
        "two": _entry(TAG + "-two", 2, "add_blind", needs=["one"]),
        "check": {**OK, "needs": ["two"]},
    }, {"ok": "${check.ok}"}),
    _workflow("chaos-pivot", {
        "hold": _entry(TAG + "-hold", 1),
        "check": {**OK, "needs": ["hold"]},
        "pay": _entry(TAG + "-pay", 2, "confirm", needs=["check"], pivot=True),
        "ship": _entry(TAG + "-ship", 3, "settle", needs=["pay"]),
    }, {"ok": "${check.ok}"}),
    _workflow("chaos-delegation", {
        "plan": {"capability": "plan", "args": {"tag": TAG, "count": 3}},
        "nest": {"capability": "nest", "args": {"value": 10, "levels": 3}},
        "check": {**OK, "needs": ["plan", "nest"]},
    }, {"plan": "${plan.value}", "nest": "${nest.value}"}),
    _workflow("chaos-moods", {
        "before": _entry(TAG + "-before", 1),
        "asked": {"capability": "moody", "needs": ["before"], "args": {"value": 1},
                  "on_failure": "ask"},
        "left": {"capability": "moody", "args": {"value": 2}, "on_failure": "skip"},
        "replaced": {"capability": "moody", "args": {"value": 3},
                     "on_failure": {"fallback": {"capability": "compute"}}},
        "after": _entry(TAG + "-after", 2, needs=["asked"]),
    }, {"replaced": "${replaced.value}"}),
]
SHIPPED = ("package-audit", "loan-reconciliation", "month-end")
#: month-end with a step after its postings that may refuse, so that they must be reversed.
REFUSED_MONTH = "chaos-month"
#: Workflows that post to a ledger of their own.
LEDGERS = ("month-end", REFUSED_MONTH)
SYNTHETIC = tuple(each["name"] for each in WORKFLOWS)

#: What must stand in the books when a run has succeeded, as ends of tokens.
STANDING = {
    "chaos-sums": [],
    "chaos-books": ["first", "post-1", "post-2", "post-3", "put", "last"],
    "chaos-blind": ["one", "two"],
    "chaos-pivot": ["hold", "pay", "ship"],
    "chaos-delegation": ["0", "1", "2"],
    "chaos-moods": ["before", "after"],
}
#: Entries of a workflow that stand once this one does.
PIVOT = {"chaos-pivot": "pay"}


def refused_month():
    """month-end, with a check before its report."""
    with open(f"{PROJECT}/workflows/month-end.json", encoding="utf-8") as file:
        month = json.load(file)
    month["name"] = REFUSED_MONTH
    month["input"]["properties"].update(tag={"type": "string"}, ok={"type": "boolean"})
    month["subtasks"]["check"] = {**OK, "needs": ["post"]}
    month["subtasks"]["report"]["needs"] = ["check"]
    return month


class Site:
    """The folder of one swarm under test."""

    def __init__(self, folder, binaries, seed, packages=40):
        self.folder, self.binaries, self.seed, self.packages = folder, binaries, seed, packages
        self.state = os.path.join(folder, "state")
        self.topology = os.path.join(folder, "topology.json")
        self.truth = os.path.join(folder, "truth.db")
        self.weather = os.path.join(folder, "weather.json")
        self.root = os.path.join(folder, "root")
        self.log = os.path.join(folder, "coordinator.out")
        with open(os.path.join(PROJECT, "examples/loans/input.json"), encoding="utf-8") as file:
            self.loans = json.load(file)
        for side in ("left", "right"):
            self.loans[side] = os.path.join(PROJECT, self.loans[side])
        with open(os.path.join(PROJECT, "examples/loans/expected.json"), encoding="utf-8") as file:
            self.expected_loans = json.load(file)
        self.books = os.path.join(PROJECT, "examples/ledger/books.json")
        with open(os.path.join(PROJECT, "examples/ledger/expected.json"), encoding="utf-8") as file:
            self.expected_months = json.load(file)["adjustments"]

    def write(self, port, endpoint, topology=None):
        """Writes everything; `endpoint` is where workers connect, `port` where that leads."""
        write_packages(self.root, self.packages)
        self.set_weather({})
        os.makedirs(os.path.join(self.folder, "workflows"))
        for each in [*WORKFLOWS, refused_month()]:
            write_json(f'{self.folder}/workflows/{each["name"]}.json', each)
        sdk = os.path.join(PROJECT, "sdk/python")
        environment = {**os.environ, "PYTHONPATH": f"{sdk}:{HERE}", "PYTHONDONTWRITEBYTECODE": "1"}
        worker = os.path.join(HERE, "chaos_worker.py")
        manifest = os.path.join(self.folder, "agent.json")
        subprocess.run([PYTHON, worker, "--emit-manifest", manifest], env=environment, check=True,
                       stdout=subprocess.DEVNULL)
        relay = [PYTHON, os.path.join(HERE, "through_relay.py")]
        python = {"PYTHONPATH": f"{sdk}:{HERE}", "PYTHONDONTWRITEBYTECODE": "1",
                  "CHAOS_TRUTH": self.truth, "CHAOS_WEATHER": self.weather,
                  "CHAOS_SEED": str(self.seed), "CHAOS_ENDPOINT": endpoint}

        def shipped(name, command, **more):
            return {"manifest": f"{PROJECT}/agents/{name}/agent.json", "exec": relay + command,
                    "env": python, **more}

        def chaos(allow, **more):
            return {"manifest": manifest, "exec": relay + [PYTHON, worker], "allow": allow,
                    "env": python, **more}

        program = lambda name: [os.path.join(self.binaries, name)]
        values = {
            "schema_version": 1,
            "name": "chaos",
            "coordinator": {"listen": [f"tcp://127.0.0.1:{port}"],
                            "limits": {"run_deadline": "30m"}, "orphan_timeout": "20s"},
            "supervision": {"max_restarts": 10000, "within": "60s"},
            "semaphores": {"disk": {"permits": 4}, "books": {"permits": 3},
                           "ledger-write": {"permits": 1}},
            "circuit_breakers": {
                level: {"recovery_timeout": "1s", "max_recovery_timeout": "4s"}
                for level in ("tool", "agent", "workflow")},
            "retry_budget": {"tokens": 5000, "success_return": 5},
            "defaults": {
                "ready": {"timeout": "20s"},
                "liveness": {"heartbeat": "500ms", "missed": 4},
                "restart": {"policy": "always",
                            "backoff": {"initial": "100ms", "max": "1s", "reset_after": "10s"}},
                "shutdown": {"drain": "5s", "grace": "2s"},
            },
            "agents": {
                "packages": shipped("packages", program("packages-agent"), replicas=2,
                                    concurrency=2),
                "tables": shipped("tables", program("tables-agent"), replicas=2, concurrency=2),
                "report": shipped("report", program("report-agent"), replicas=2),
                "outliers": shipped(
                    "outliers", [PYTHON, f"{PROJECT}/agents/outliers/outliers.py"], replicas=2),
                "ledger": shipped("ledger", program("ledger-agent"), replicas=2, concurrency=2),
                "flaky": chaos(["compute", "fetch", "refuse", "moody"], replicas=2,
                               concurrency=4),
                "books": chaos(["add_entry", "add_blind", "confirm", "put_entry", "settle",
                                "remove_entry", "find_entry"], replicas=3, concurrency=2,
                               semaphores=["books"]),
                "boss": chaos(["plan", "nest"], replicas=2, concurrency=2),
            },
            "workflows": [f"{PROJECT}/workflows/{name}.json" for name in SHIPPED]
            + ["workflows/*.json"],
        }
        for key, value in (topology or {}).items():
            values[key] = value
        write_json(self.topology, values)

    def set_weather(self, weather):
        """What the chaos worker is to suffer, from the next call on."""
        temporary = self.weather + ".new"
        write_json(temporary, weather)
        os.replace(temporary, self.weather)

    def input(self, workflow, number, chance):
        """The input of one run: (input, whether it is meant to succeed)."""
        output = os.path.join(self.folder, "out", str(number))
        if workflow == "package-audit":
            return {"root": self.root, "output_dir": output}, True
        if workflow == "loan-reconciliation":
            return {**self.loans, "output_dir": output}, True
        if workflow == "chaos-sums":
            return {"values": [chance.randrange(1000) for _ in range(chance.choice([1, 5, 20]))]
                    }, True
        if workflow in LEDGERS:
            ok = chance.random() < 0.6 or workflow == "month-end"
            given = {"ledger": os.path.join(output, "books.db"), "books": self.books,
                     "month": chance.choice(sorted(self.expected_months)), "output_dir": output}
            os.makedirs(output)
            if workflow == REFUSED_MONTH:
                given.update(tag=f"c{number}", ok=ok)
            return given, ok
        ok = chance.random() < 0.7 or workflow == "chaos-moods"
        return {"tag": f"c{number}", "ok": ok}, ok

    def wrong(self, workflow, given, output):
        """What is wrong about the output of a run that succeeded, or None."""
        if workflow == "package-audit":
            expected = {"packages": self.packages, "changed": -(-self.packages // 10),
                        "missing": -(-self.packages // 15), "unreadable": 0}
        elif workflow == "loan-reconciliation":
            expected = self.expected_loans
        elif workflow in LEDGERS:
            expected = {"adjustments": self.expected_months[given["month"]]}
        elif workflow == "chaos-sums":
            expected = {"values": [3 * value + 1 for value in given["values"]]}
        elif workflow == "chaos-delegation":
            expected = {"plan": 1 + 4 + 7, "nest": 13}
        elif workflow == "chaos-moods":
            expected = {"replaced": 10}
        else:
            expected = {}
        for key, value in expected.items():
            if (output or {}).get(key) != value:
                return f"{key} is {(output or {}).get(key)!r}, expected {value!r}"
        return None


if __name__ == "__main__":
    sys.exit("part of scripts/chaos")
