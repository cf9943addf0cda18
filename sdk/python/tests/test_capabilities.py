"""Type hints as schemas, arguments checked by them, and the manifest."""

import dataclasses
import enum
import json
import os
import subprocess
import sys
import tempfile
import typing
import unittest

from scripted_coordinator import HERE, wire


class Scale(enum.Enum):
    LINEAR = "linear"
    LOG = "log"


@dataclasses.dataclass
class Item:
    sku: str
    qty: int = 1


class Schemas(unittest.TestCase):
    def test_each_hint_has_its_schema(self):
        cases = [
            (str, {"type": "string"}), (bool, {"type": "boolean"}), (int, {"type": "integer"}),
            (float, {"type": "number"}), (None.__class__, {"type": "null"}), (typing.Any, {}),
            (typing.List[int], {"type": "array", "items": {"type": "integer"}}),
            (list, {"type": "array"}), (dict, {"type": "object"}),
            (typing.Dict[str, float],
             {"type": "object", "additionalProperties": {"type": "number"}}),
            (typing.Optional[str], {"type": ["string", "null"]}),
            (typing.Union[int, typing.List[int]],
             {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}),
            (typing.Literal["a", 2], {"enum": ["a", 2]}),
            (Scale, {"enum": ["linear", "log"]}),
            (Item, {"type": "object", "additionalProperties": False, "required": ["sku"],
                    "properties": {"sku": {"type": "string"}, "qty": {"type": "integer"}}}),
        ]
        for hint, schema in cases:
            with self.subTest(str(hint)):
                self.assertEqual(wire.schema_of(hint), schema)

    def test_a_hint_that_json_cannot_carry_is_an_error_at_once(self):
        with self.assertRaises(TypeError):
            wire.schema_of(typing.Set[int])

    def test_a_value_is_checked_and_the_place_is_named(self):
        schema = wire.schema_of(typing.List[Item])
        self.assertIsNone(wire.mismatch(schema, [{"sku": "a", "qty": 2.0}], "args"))
        for value, words in [
            ({}, "args: expected array, found object"),
            ([{"sku": "a"}, {"sku": 1}], "args[1].sku: expected string, found integer"),
            ([{"qty": 1}], 'args[0]: "sku" is missing'),
            ([{"sku": "a", "qty": True}], "args[0].qty: expected integer, found boolean"),
            ([{"sku": "a", "qty": 1.5}], "args[0].qty: expected integer, found number"),
            ([{"sku": "a", "quantity": 1}],
             'args[0]: unknown key "quantity"; known are: sku, qty'),
        ]:
            with self.subTest(words):
                self.assertEqual(wire.mismatch(schema, value, "args"), words)

    def test_values_become_what_the_hints_name(self):
        made = wire.convert(typing.Dict[str, typing.List[Item]], {"a": [{"sku": "x", "qty": 2.0}]})
        self.assertEqual(made, {"a": [Item("x", 2)]})
        self.assertIs(type(made["a"][0].qty), int)
        self.assertIs(wire.convert(typing.Optional[Scale], "log"), Scale.LOG)
        self.assertIsNone(wire.convert(typing.Optional[Scale], None))
        self.assertIs(type(wire.convert(float, 1)), float)


class Decorator(unittest.TestCase):
    def test_mistakes_are_found_when_the_program_is_loaded(self):
        worker = wire.Worker()
        with self.assertRaisesRegex(TypeError, "side_efect"):
            worker.capability(name="a", side_efect="read")(lambda: None)
        with self.assertRaisesRegex(ValueError, "Upper"):
            worker.capability(name="Upper")(lambda: None)
        with self.assertRaisesRegex(TypeError, "by name"):
            worker.capability(name="rest")(lambda *args: None)
        worker.capability(name="once")(lambda: None)
        with self.assertRaisesRegex(ValueError, "twice"):
            worker.capability(name="once")(lambda: None)

    def test_a_failure_has_one_of_the_kinds(self):
        with self.assertRaises(ValueError):
            wire.WorkerFailure("worker_lost", "no")


class ByHand(unittest.TestCase):
    def run_agent(self, *arguments, **environment):
        return subprocess.run(
            [sys.executable, os.path.join(HERE, "sample_agent.py"), *arguments],
            capture_output=True, text=True, timeout=60, check=False,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": os.path.dirname(HERE),
                 "PYTHONDONTWRITEBYTECODE": "1", **environment})

    def test_started_by_hand_it_says_what_it_is(self):
        done = self.run_agent()
        self.assertEqual(done.returncode, 64)
        self.assertEqual(done.stdout, "")
        self.assertIn("add(left, right)  Adds two numbers.", done.stderr)
        self.assertIn("swarm call sample_agent.add", done.stderr)
        self.assertEqual(self.run_agent("--help").returncode, 0)

    def test_the_manifest_is_what_signature_and_decorator_say(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "agent.json")
            done = self.run_agent("--emit-manifest", path)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(path, encoding="utf-8") as file:
                manifest = json.load(file)
        self.assertEqual(manifest["name"], "sample_agent")
        self.assertEqual(manifest["adapter"], "native")
        self.assertEqual(manifest["exec"], ["/usr/bin/python3", "./sample_agent.py"])
        self.assertEqual(manifest["protocol"], {"min": 1, "max": 1})
        self.assertEqual(manifest["capabilities"][0], {
            "type": "function",
            "function": {
                "name": "add", "description": "Adds two numbers.",
                "parameters": {
                    "type": "object", "additionalProperties": False, "required": ["left"],
                    "properties": {"left": {"type": "integer"}, "right": {"type": "integer"}}}},
            "returns": {"type": "integer"},
            "operational": {"version": "1.0.0", "side_effect": "none", "idempotent": True}})
        self.assertTrue(manifest["capabilities"][1]["function"]["strict"])

    def test_a_manifest_that_cannot_be_written_is_an_error(self):
        done = self.run_agent("--emit-manifest", "/nowhere/agent.json")
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot write /nowhere/agent.json", done.stderr)

    def test_an_environment_it_cannot_use_ends_it_for_good(self):
        usable = {"SWARM_ENDPOINT": "ipc:///tmp/x", "SWARM_INSTANCE": "a-1",
                  "SWARM_TOKEN_FILE": os.path.join(HERE, "sample_agent.py")}
        for change, words in [
            ({"SWARM_TOKEN_FILE": "/nowhere/token"}, "SWARM_TOKEN_FILE"),
            ({}, "the token in"),
            ({"SWARM_INSTANCE": "a"}, "SWARM_INSTANCE"),
            ({"SWARM_PROTOCOL": "2"}, "SWARM_PROTOCOL"),
            ({"SWARM_CONCURRENCY": "0"}, "SWARM_CONCURRENCY"),
        ]:
            with self.subTest(words):
                done = self.run_agent(**{**usable, **change})
                self.assertEqual(done.returncode, 78)
                self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
