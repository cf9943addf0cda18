"""Tests of the `outliers` agent; run by scripts/test."""

import json
import math
import pathlib
import random
import statistics
import sys
import unittest
import unittest.mock

import median_deviation
import outliers
from swarm_worker import WorkerFailure, worker


def records(values):
    return [{"v": value} for value in values]


class Scores(unittest.TestCase):
    def test_a_known_example_has_the_known_scores(self):
        # Median 4, absolute deviations 3 2 1 0 1 2 96, their median 2, so sigma is 2.9652.
        result = median_deviation.find(records([1, 2, 3, 4, 5, 6, 100]), "v")
        self.assertEqual(result["median"], 4)
        self.assertAlmostEqual(result["deviation"], 2.9652044, places=6)
        self.assertEqual(result["outliers"], [{"index": 6, "value": 100, "score": 32.3755}])

    def test_both_sides_count_and_the_strongest_comes_first(self):
        values = [10, 11, 12, 13, 14, -50, 200, 12, 12]
        result = median_deviation.find(records(values), "v")
        self.assertEqual([each["index"] for each in result["outliers"]], [6, 5])
        self.assertLess(result["outliers"][1]["score"], 0)

    def test_normal_values_are_measured_like_a_standard_deviation(self):
        chance = random.Random(7)
        values = [chance.gauss(50, 4) for _ in range(20_001)]
        result = median_deviation.find(records(values), "v", threshold=8)
        self.assertAlmostEqual(result["deviation"] / statistics.stdev(values), 1, delta=0.03)
        self.assertEqual(result["outliers"], [])

    def test_half_of_the_values_do_not_hide_an_outlier(self):
        values = [5] * 60 + [6] * 10 + [1000]
        result = median_deviation.find(records(values), "v")
        self.assertEqual([each["index"] for each in result["outliers"]], [70])

    def test_the_logarithmic_scale_compares_ratios(self):
        values = [1, 2, 4, 8, 16, 32, 64]
        linear = median_deviation.find(records(values), "v")
        log = median_deviation.find(records(values + [1e9]), "v", scale="log")
        self.assertEqual([each["value"] for each in linear["outliers"]], [64])
        self.assertEqual([each["value"] for each in log["outliers"]], [1e9])
        self.assertEqual(log["median"], 12)

    def test_zero_has_a_place_on_the_logarithmic_scale(self):
        result = median_deviation.find(records([0, 100, 110, 105, 95, 102]), "v", scale="log")
        self.assertEqual([each["index"] for each in result["outliers"]], [0])
        self.assertTrue(math.isfinite(result["outliers"][0]["score"]))

    def test_equal_values_and_no_values_have_no_outliers(self):
        self.assertEqual(median_deviation.find(records([3, 3, 3]), "v")["outliers"], [])
        empty = median_deviation.find([], "v")
        self.assertEqual((empty["count"], empty["median"], empty["outliers"]), (0, None, []))
        alone = median_deviation.find(records([5]), "v")
        self.assertEqual((alone["median"], alone["outliers"]), (5, []))

    def test_what_the_limit_leaves_out_is_counted(self):
        values = list(range(100)) + [10_000 + each for each in range(5)]
        result = median_deviation.find(records(values), "v", limit=2)
        self.assertEqual([each["index"] for each in result["outliers"]], [104, 103])
        self.assertEqual(result["more"], 3)


class BadInput(unittest.TestCase):
    def test_each_bad_record_is_named(self):
        for bad, message in [
            ({}, 'records[1] has no field "v"'),
            ({"v": "7"}, "records[1].v: expected a number, found text"),
            ({"v": True}, "records[1].v: expected a number, found a boolean"),
            ({"v": None}, "records[1].v: expected a number, found null"),
            ({"v": math.nan}, "records[1].v: the number is out of range"),
            ({"v": 10**400}, "records[1].v: the number is out of range"),
        ]:
            with self.assertRaises(WorkerFailure) as caught:
                outliers.find_outliers([{"v": 1}, bad], "v")
            self.assertEqual(caught.exception.kind, "validation")
            self.assertEqual(str(caught.exception), message)

    def test_a_negative_value_has_no_logarithm(self):
        with self.assertRaises(WorkerFailure) as caught:
            outliers.find_outliers(records([1, -2]), "v", scale="log")
        self.assertIn("records[1].v: -2 is negative", str(caught.exception))

    def test_threshold_and_limit_have_bounds(self):
        for options in [{"threshold": 0}, {"threshold": -1}, {"threshold": math.inf}, {"limit": 0}]:
            with self.assertRaises(WorkerFailure):
                outliers.find_outliers(records([1, 2]), "v", **options)


class Contract(unittest.TestCase):
    def test_the_manifest_is_what_the_code_says(self):
        path = pathlib.Path(__file__).with_name("agent.json")
        written = json.loads(path.read_text(encoding="utf-8"))
        written.pop("$schema", None)
        self.maxDiff = None
        with unittest.mock.patch.object(sys, "argv", [outliers.__file__]):
            self.assertEqual(written, worker.manifest())


if __name__ == "__main__":
    unittest.main()
