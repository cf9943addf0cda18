/// One line of `swarm bench --json` for a workload.
struct Measurement: Codable, Hashable, Sendable {
    /// Which work was done.
    var workload: String
    /// What the journal promised meanwhile.
    var durability: String
    /// Which policies watched over the calls.
    var policies: String
    /// How many subtasks were done in all.
    var subtasks: Int
    /// From the first submission to the last end.
    var seconds: Double
    /// Subtasks a second; runs a second for `many`.
    var perSecond: Double
    /// The median of what the workload waits for: see ``Workload/waitsFor``.
    var p50Ms: Double
    /// The 99th percentile of the same.
    var p99Ms: Double
    /// Resident memory of the coordinator's process at the end.
    var coordinatorRssMib: Double

    enum CodingKeys: String, CodingKey {
        case workload, durability, policies, subtasks, seconds
        case perSecond = "per_second"
        case p50Ms = "p50_ms"
        case p99Ms = "p99_ms"
        case coordinatorRssMib = "coordinator_rss_mib"
    }
}

/// The line of `swarm bench --workload floor --json`: what the wire and the disk allow.
struct FloorMeasurement: Codable, Hashable, Sendable {
    /// Always `floor`.
    var workload = "floor"
    /// One message there and back, one at a time: the median.
    var rttP50Ms: Double
    /// The 99th percentile of the same.
    var rttP99Ms: Double
    /// Messages there and back a second with 1,000 in flight.
    var pipelinedPerSecond: Double
    /// One row committed to SQLite, WAL, synchronous=FULL: the median.
    var commitFullP50Ms: Double

    enum CodingKeys: String, CodingKey {
        case workload
        case rttP50Ms = "rtt_p50_ms"
        case rttP99Ms = "rtt_p99_ms"
        case pipelinedPerSecond = "pipelined_per_second"
        case commitFullP50Ms = "commit_full_p50_ms"
    }
}
