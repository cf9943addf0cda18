"""The golden frames of docs/protocol-frames.json, read and written."""

import json
import os
import random
import unittest

from scripted_coordinator import HERE, wire


def golden():
    path = os.path.join(HERE, "..", "..", "..", "docs", "protocol-frames.json")
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def frames(message):
    made = []
    for frame in message["frames"]:
        if isinstance(frame, str):
            made.append(bytes.fromhex(frame))
        else:
            made.append(bytes.fromhex(frame["hex"])
                        + bytes.fromhex(frame["then"]) * frame["times"])
    return made


class GoldenFrames(unittest.TestCase):
    def test_valid_messages_are_read_and_written_byte_for_byte(self):
        messages = golden()["valid"]
        self.assertEqual({(m["from"], m["verb"]) for m in messages},
                         {(side, verb) for side, verb, _, _ in wire.VERBS.values()})
        for message in messages:
            with self.subTest(message["name"]):
                verb, head, payload = wire.decode(frames(message), message["from"])
                self.assertEqual(verb, message["verb"])
                self.assertEqual(head, message["header"])
                self.assertEqual(payload.decode(), message["payload"])
                self.assertEqual(wire.encode(message["from"], verb, head, payload),
                                 frames(message))

    def test_another_spelling_has_the_same_members(self):
        valid = {m["name"]: m for m in golden()["valid"]}
        for message in golden()["lenient"]:
            with self.subTest(message["name"]):
                verb, head, _ = wire.decode(frames(message), message["from"])
                expected = valid[message["same_as"]]
                self.assertEqual(verb, expected["verb"])
                for key, value in head.items():
                    if key in expected["header"]:
                        self.assertEqual(value, expected["header"][key])

    def test_invalid_messages_are_refused_for_the_reason_named(self):
        messages = golden()["invalid"]
        self.assertGreater(len(messages), 70)
        for message in messages:
            with self.subTest(message["name"]):
                with self.assertRaises(wire.Violation) as caught:
                    wire.decode(frames(message), message["from"])
                self.assertEqual(caught.exception.code, message["violation"])

    def test_damaged_messages_are_read_or_refused_and_nothing_else(self):
        draw = random.Random(1)
        originals = [frames(m) for m in golden()["valid"]]
        refused = 0
        for _ in range(20_000):
            damaged = [bytearray(frame) for frame in draw.choice(originals)]
            frame = damaged[draw.choice((0, 1, 1, 1, 1))]
            for _ in range(draw.randint(1, 3)):
                place = draw.randrange(len(frame) + 1)
                if draw.random() < 0.5 and place < len(frame):
                    frame[place] ^= 1 << draw.randrange(8)
                elif draw.random() < 0.5:
                    frame[place:place] = draw.choice((b"[", b"{", b'"', b"\\", b",", b"\xff"))
                else:
                    del frame[place:]
            for side in (wire.WORKER, wire.COORDINATOR):
                try:
                    wire.decode([bytes(f) for f in damaged], side)
                except wire.Violation:
                    refused += 1
        self.assertGreater(refused, 20_000)


if __name__ == "__main__":
    unittest.main()
