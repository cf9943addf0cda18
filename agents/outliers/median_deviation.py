"""Robust outliers: how far values are from the median, measured by the median absolute deviation.

Mean and standard deviation are themselves pulled away by the values they should expose; median and
median absolute deviation are not, until half of all values are outliers.
"""

import math
from statistics import median

# For normally distributed values, this makes the deviations estimate the standard deviation.
MEDIAN_TO_SIGMA = 1.4826022185056018
MEAN_TO_SIGMA = 1.2533141373155001


class InvalidRecords(ValueError):
    """A record without a usable value; the message says which and why."""


def values_of(records, field, scale):
    """The numbers compared, one a record: the field's values, or their logarithms to base 10."""
    values = []
    for position, record in enumerate(records):
        if not isinstance(record, dict):
            raise InvalidRecords(f"records[{position}]: expected an object, found {kind(record)}")
        if field not in record:
            raise InvalidRecords(f'records[{position}] has no field "{field}"')
        value = record[field]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise InvalidRecords(
                f"records[{position}].{field}: expected a number, found {kind(value)}"
            )
        if isinstance(value, int) and abs(value) > 10**300 or not math.isfinite(value):
            raise InvalidRecords(f"records[{position}].{field}: the number is out of range")
        if scale == "log" and value < 0:
            raise InvalidRecords(
                f"records[{position}].{field}: {value} is negative and has no logarithm;"
                " use the linear scale"
            )
        values.append(value)
    return values


def kind(value):
    """What JSON calls a value of this type."""
    if value is None:
        return "null"
    names = {bool: "a boolean", str: "text", list: "an array", dict: "an object"}
    return names.get(type(value), "a number")


def logarithms(values):
    """Logarithms of the values; zero counts as half of the smallest value above zero."""
    smallest = min((value for value in values if value > 0), default=1)
    return [math.log10(value if value > 0 else smallest / 2) for value in values]


def robust_deviation(values, center):
    """An estimate of the standard deviation that outliers do not inflate; 0 if all are equal.

    When more than half of the values are the same, the median absolute deviation is 0 and says
    nothing; then the mean absolute deviation stands in (Iglewicz and Hoaglin, 1993).
    """
    deviations = [abs(value - center) for value in values]
    deviation = median(deviations) * MEDIAN_TO_SIGMA
    return deviation if deviation > 0 else math.fsum(deviations) / len(deviations) * MEAN_TO_SIGMA


def find(records, field, threshold=3.5, scale="linear", limit=100):
    """Records further than `threshold` robust deviations from the median, strongest first."""
    values = values_of(records, field, scale)
    result = {
        "field": field,
        "scale": scale,
        "threshold": threshold,
        "count": len(values),
        "median": None,
        "deviation": None,
        "outliers": [],
        "more": 0,
    }
    if not values:
        return result
    compared = logarithms(values) if scale == "log" else values
    center = median(compared)
    deviation = robust_deviation(compared, center)
    result["median"] = median(values)
    result["deviation"] = deviation
    if deviation == 0:
        return result
    outliers = [
        {"index": index, "value": values[index], "score": round((value - center) / deviation, 4)}
        for index, value in enumerate(compared)
        if abs(value - center) > threshold * deviation
    ]
    outliers.sort(key=lambda outlier: (-abs(outlier["score"]), outlier["index"]))
    result["outliers"] = outliers[:limit]
    result["more"] = len(outliers) - len(result["outliers"])
    return result
