import SwarmCore
import SwarmModel
import Testing

/// The breaker against a naive one, on thousands of histories made from seeds.
@Suite("Circuit breaker against a model")
struct BreakerModelTests {
    /// SplitMix64 (Steele, Lea, Flood 2014).
    private struct Dice {
        var state: UInt64

        mutating func roll(_ count: Int) -> Int {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return Int((mixed ^ (mixed >> 31)) % UInt64(count))
        }

        mutating func pick<Value>(_ values: [Value]) -> Value { values[roll(values.count)] }
    }

    private static func config(_ dice: inout Dice) -> (NaiveBreaker.Config, JSON) {
        var config = NaiveBreaker.Config()
        config.countsCalls = dice.roll(2) == 0
        config.size = 1 + dice.roll(6)
        config.min = 1 + dice.roll(8)
        config.failPercent = dice.pick([nil, 1, 25, 33.4, 50, 66, 100])
        config.slowPercent = dice.pick([nil, nil, 30, 50, 100])
        config.slowMs = dice.pick([0, 100, 1000])
        config.waitMs = dice.pick([0, 1, 700, 1000, 2500])
        config.waitMaxMs = dice.pick([nil, 1000, 5000])
        config.backoff = dice.pick([1, 2, 3])
        config.permits = 1 + dice.roll(4)
        config.probeMs = dice.pick([nil, 1, 500, 1000])
        let json: JSON = [
            "window": config.countsCalls ? "count" : "time",
            "size": .integer(Int64(config.size)),
            "min": .integer(Int64(config.min)),
            "fail_pct": config.failPercent.flatMap { JSON($0) } ?? .null,
            "slow_pct": config.slowPercent.flatMap { JSON($0) } ?? .null,
            "slow_ms": .integer(Int64(config.slowMs)),
            "wait_ms": .integer(Int64(config.waitMs)),
            "wait_max_ms": config.waitMaxMs.map { .integer(Int64($0)) } ?? .null,
            "backoff": .integer(Int64(config.backoff)),
            "permits": .integer(Int64(config.permits)),
            "probe_ms": config.probeMs.map { .integer(Int64($0)) } ?? .null,
        ]
        return (config, json)
    }

    private static let steps = [0, 0, 0, 1, 1, 10, 200, 499, 500, 699, 700, 999, 1000, 1001, 2500]

    /// A history and what the naive breaker says to it.
    private static func history(seed: UInt64) -> (trace: JSON, answers: [String]) {
        var dice = Dice(state: seed)
        let (config, json) = config(&dice)
        var naive = NaiveBreaker(config)
        var now = 0
        var calls: [Int] = []
        var ended: [Int] = []
        var events: [JSON] = []
        var answers: [String] = []
        // Some histories mostly fail and some mostly succeed.
        let failures = dice.roll(10)
        for number in 0..<60 {
            now += dice.pick(steps)
            var op: String
            var call = number
            switch dice.roll(100) {
            case ..<45: op = "admit"
            case ..<85: op = dice.roll(10) < failures ? "fail" : "ok"
            case ..<90: op = dice.pick(["ignore", "cancel"])
            case ..<96: op = "tick"
            default: op = dice.pick(["force_open", "release", "release", "disable", "enable"])
            }
            var duration = 0
            if ["ok", "fail", "ignore", "cancel"].contains(op) {
                if dice.roll(15) == 0, !ended.isEmpty {
                    call = dice.pick(ended)
                } else if !calls.isEmpty {
                    call = calls.remove(at: dice.roll(calls.count))
                    ended.append(call)
                } else {
                    op = "admit"
                }
                duration = dice.pick([0, 50, 100, 101, 999, 1001])
            }
            let answer = naive.play(op, call: call, duration: duration, at: now)
            if answer == "admitted" { calls.append(call) }
            answers.append("\(answer) \(naive.state)")
            events.append([
                "t_ms": .integer(Int64(now)), "op": .string(op), "call": .integer(Int64(call)),
                "duration_ms": .integer(Int64(duration)),
            ])
        }
        let trace: JSON = [
            "id": .integer(Int64(seed)), "config": json, "events": .array(events),
        ]
        return (trace, answers)
    }

    @Test("Two thousand histories give the answers of the naive breaker")
    func histories() throws {
        var seen: [String: Int] = [:]
        for seed in 0..<2000 as Range<UInt64> {
            let (trace, expected) = Self.history(seed: seed)
            let played = try BreakerTrace.play(["format": 1, "traces": [trace]])
            let events = played["traces"]?[0]?["events"]?.arrayValue ?? []
            let answers = events.map { event in
                "\(event["result"]?.stringValue ?? "") \(event["state"]?.stringValue ?? "")"
            }
            for answer in answers { seen[answer, default: 0] += 1 }
            guard answers != expected else { continue }
            let place = zip(answers, expected).prefix { $0 == $1 }.count
            Issue.record(
                """
                seed \(seed), event \(place): \(answers[place]), expected \(expected[place]) in
                \(BreakerTrace.text(played))
                """
            )
            return
        }
        // A comparison that never got anywhere would prove nothing.
        for answer in [
            "admitted closed", "admitted half_open", "admitted disabled", "rejected open",
            "rejected half_open", "rejected forced_open", "counted closed", "counted open",
            "counted half_open", "not_counted half_open", "not_counted closed",
            "not_counted disabled", "stale open", "stale half_open", "stale closed",
            "stale forced_open", "stale disabled", "done half_open", "done open",
        ] {
            #expect(seen[answer, default: 0] >= 50, "\(answer) was hardly ever the answer")
        }
    }
}
