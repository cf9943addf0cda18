"""Tests of the `janitor` agent; run by scripts/test."""

import json
import pathlib
import sys
import unittest
import unittest.mock

import janitor
from swarm_worker import Cancelled, DelegatedFailure, WorkerFailure, worker


class Swarm:
    """What the janitor talks to: answers as it is told, and remembers what was asked."""

    def __init__(self, answer):
        self.answer, self.calls = answer, []
        self.log = unittest.mock.Mock()

    def progress(self, done, total):
        pass

    def delegate(self, capability, arguments):
        self.calls.append((capability, arguments))
        return self.answer(len(self.calls), arguments)


def ledger(number, arguments):
    """As the ledger answers: a plan, once what it names, and then that the plan no longer fits."""
    if arguments.get("dry_run"):
        return {"cleanup": None, "plan": "p1", "rows": 3}
    if number == 2:
        return {"cleanup": 1, "plan": "p1", "rows": 3}
    raise DelegatedFailure({"kind": "validation", "message": "plan: does not name the 0 rows"})


class Asking(unittest.TestCase):
    def test_it_knows_14000_ways_to_say_it_each_of_several_words(self):
        self.assertEqual(janitor.TIMES, 14_000)
        words = [janitor.wording(number) for number in range(janitor.TIMES)]
        self.assertEqual(len(set(words)), 14_000)
        self.assertTrue(all(len(each.split()) >= 3 for each in words))
        # Neighbours say it differently from the first word on.
        self.assertTrue(all(one.split()[0] != other.split()[0] or one[:9] != other[:9]
                            for one, other in zip(words, words[1:])))

    def test_it_asks_for_a_plan_and_then_for_what_it_names_whatever_the_answer(self):
        swarm = Swarm(ledger)
        result = janitor.tidy("books.db", 50, ctx=swarm)
        self.assertEqual(result, {"asked": 50, "removed": 3, "failed": 48})
        self.assertEqual({capability for capability, _ in swarm.calls}, {"cleanup"})
        first, *others = [arguments for _, arguments in swarm.calls]
        self.assertEqual(first, {"ledger": "books.db", "dry_run": True,
                                 "reason": janitor.wording(0)})
        self.assertTrue(all(each["plan"] == "p1" for each in others))
        self.assertEqual(len({each["reason"] for each in others}), 49)

    def test_only_being_cancelled_stops_it(self):
        def answer(number, _):
            if number == 7:
                raise Cancelled
            raise DelegatedFailure({"kind": "loop_stopped", "message": "no"})

        swarm = Swarm(answer)
        with self.assertRaises(Cancelled):
            janitor.tidy("books.db", ctx=swarm)
        self.assertEqual(len(swarm.calls), 7)

    def test_it_cannot_be_asked_to_ask_more_often_than_it_has_words(self):
        for times in (0, 14_001):
            with self.assertRaises(WorkerFailure):
                janitor.tidy("books.db", times, ctx=Swarm(ledger))


class Contract(unittest.TestCase):
    def test_the_manifest_is_what_the_code_says(self):
        path = pathlib.Path(__file__).with_name("agent.json")
        written = json.loads(path.read_text(encoding="utf-8"))
        written.pop("$schema", None)
        self.maxDiff = None
        with unittest.mock.patch.object(sys, "argv", [janitor.__file__]):
            self.assertEqual(written, worker.manifest())


if __name__ == "__main__":
    unittest.main()
