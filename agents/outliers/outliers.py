"""The `outliers` agent: finds values that stand out in a list of records."""

from typing import Annotated, Literal

import median_deviation
from swarm_worker import WorkerFailure, worker

worker.description = "Finds values that stand out, by median absolute deviation"

RETURNS = {
    "type": "object",
    "additionalProperties": False,
    "required": [
        "field", "scale", "threshold", "count", "median", "deviation", "outliers", "more",
    ],
    "properties": {
        "field": {"type": "string"},
        "scale": {"enum": ["linear", "log"]},
        "threshold": {"type": "number"},
        "count": {"type": "integer", "minimum": 0, "description": "Values compared"},
        "median": {"type": ["number", "null"], "description": "Null without values"},
        "deviation": {
            "type": ["number", "null"],
            "description": "Robust standard deviation, on the scale compared",
        },
        "outliers": {
            "type": "array",
            "description": "Strongest first",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["index", "value", "score"],
                "properties": {
                    "index": {"type": "integer", "minimum": 0, "description": "In records"},
                    "value": {"type": "number"},
                    "score": {"type": "number", "description": "Robust standard deviations"},
                },
            },
        },
        "more": {"type": "integer", "minimum": 0, "description": "Outliers left out"},
    },
}


@worker.capability(
    side_effect="none", open_world=False, idempotent=True, risk="low", timeout="1m",
    cost_estimate={"usd": 0, "tokens": 0, "latency": "20ms", "basis": "declared"},
    retry_policy={
        "max_attempts": 8, "initial": "200ms", "factor": 2, "max": "10s", "jitter": 0.2,
        "retry_on": ["transient", "timeout", "unavailable", "worker_lost", "lease_expired"],
    },
    returns=RETURNS,
)
def find_outliers(
    records: Annotated[list[dict], "The records"],
    field: Annotated[str, "The numeric field that is compared"],
    threshold: Annotated[float, "Robust standard deviations that make an outlier"] = 3.5,
    scale: Annotated[
        Literal["linear", "log"], "Whether values or their logarithms are compared"
    ] = "linear",
    limit: Annotated[int, "The most outliers to return"] = 100,
) -> dict:
    """Find records whose value is far from the median, in robust standard deviations."""
    if not 0 < threshold < 1e9:
        raise WorkerFailure("validation", f"threshold must be above 0, not {threshold}")
    if limit < 1:
        raise WorkerFailure("validation", f"limit must be 1 or more, not {limit}")
    try:
        return median_deviation.find(records, field, threshold, scale, limit)
    except median_deviation.InvalidRecords as error:
        raise WorkerFailure("validation", str(error)) from None


if __name__ == "__main__":
    worker.run()
