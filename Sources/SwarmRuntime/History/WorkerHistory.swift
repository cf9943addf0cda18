import SwarmModel

/// How a worker's latest calls ended.
struct OutcomeHistory {
    private var failures: [Bool] = []
    private var next = 0

    mutating func add(isFailure: Bool) {
        if failures.count < LatencyWindow.capacity {
            failures.append(isFailure)
        } else {
            failures[next] = isFailure
            next = (next + 1) % LatencyWindow.capacity
        }
    }

    var errorRate: Double? {
        guard !failures.isEmpty else { return nil }
        return Double(failures.count { $0 }) / Double(failures.count)
    }
}

/// The latest durations of a worker's calls.
struct LatencyWindow {
    private var samples: [Int64] = []
    private var next = 0

    static let capacity = 256

    mutating func add(_ duration: Duration) {
        let sample = duration.wholeMicroseconds
        if samples.count < LatencyWindow.capacity {
            samples.append(sample)
        } else {
            samples[next] = sample
            next = (next + 1) % LatencyWindow.capacity
        }
    }

    var p95Milliseconds: Double? {
        guard !samples.isEmpty else { return nil }
        let sorted = samples.sorted()
        return Double(sorted[min(sorted.count * 95 / 100, sorted.count - 1)]) / 1000
    }
}
