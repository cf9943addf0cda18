import SwarmModel

/// The kinds of work the benchmarks do.
enum Workload: String, CaseIterable, Sendable {
    case fan, chain, layers, many, latency, failover, floor

    /// What one measurement's percentiles are of.
    var waitsFor: String {
        switch self {
        case .fan, .layers: "from the dispatch of a subtask to its result"
        case .chain: "from one result to the next"
        case .many: "from the submission of a run to its end"
        case .latency: "from a call to its result"
        case .failover: "from the death of a worker to its subtask going to another"
        case .floor: "one message there and back"
        }
    }

    /// How many subtasks, unless told otherwise.
    var size: Int {
        switch self {
        case .fan, .layers: 10_000
        case .chain, .latency: 1000
        case .many: 5000
        case .failover: 20
        case .floor: 10_000
        }
    }
}

/// The policies that a measurement is made under, to see what they cost.
enum PolicySet: String, CaseIterable, Sendable {
    /// What a topology has that says nothing: circuit breakers and retry budgets.
    case `default`
    /// No circuit breakers.
    case off
    /// Besides the default ones, budgets of the run and of the agent, estimates of cost, a named
    /// semaphore and hedging.
    case all
}

/// Makes the workflows of the benchmarks, for which arguments and results are 64 bytes of JSON.
struct WorkloadDefinition {
    /// A value of exactly 64 bytes when encoded.
    static func payload(_ number: Int) -> JSON {
        let digits = String(number)
        let padding = String(repeating: "x", count: max(0, 53 - digits.count))
        return ["data": .string(padding + digits)]
    }

    /// One run of independent subtasks, one for each item of its input.
    static let fan = workflow("bench-fan", ["call": call("${item}", forEach: "${input.items}")])

    /// The input of ``fan``.
    static func fanInput(_ count: Int) -> JSON { ["items": .array((0..<count).map(payload))] }

    /// Subtasks of which each needs the result of the one before.
    static func chain(_ count: Int) -> JSON {
        workflow(
            "bench-chain",
            JSONObject(
                (0..<count).map { index in
                    ("s\(index)", call(index == 0 ? payload(0) : .string("${s\(index - 1)}")))
                }
            )
        )
    }

    /// Layers of subtasks of which each needs three of the layer before.
    static func layers(_ layers: Int, by width: Int) -> JSON {
        var subtasks = JSONObject()
        for layer in 0..<layers {
            for index in 0..<width {
                let needs = (0..<min(3, width)).map { "l\(layer - 1)_\((index + $0) % width)" }
                subtasks["l\(layer)_\(index)"] = call(
                    payload(index),
                    needs: layer == 0 ? [] : needs
                )
            }
        }
        return workflow("bench-layers", subtasks)
    }

    /// One subtask, three that need it, and one that needs the three.
    static let diamond = workflow(
        "bench-diamond",
        [
            "top": call("${input}"), "left": call("${top}"), "middle": call("${top}"),
            "right": call("${top}"),
            "bottom": call("${left}", needs: ["middle", "right"]),
        ]
    )

    /// A call that does not end by itself.
    static let endless: JSON = [
        "schema_version": 1, "name": "bench-endless", "version": "1",
        "subtasks": ["nap": ["capability": "sleep", "args": ["ms": 600_000]]],
    ]

    /// A single call.
    static let single = workflow("bench-call", ["call": call("${input}")])

    private static func workflow(_ name: String, _ subtasks: JSONObject) -> JSON {
        [
            "schema_version": 1, "name": .string(name), "version": "1",
            "subtasks": .object(subtasks),
        ]
    }

    private static func call(_ args: JSON, forEach: String? = nil, needs: [String] = []) -> JSON {
        var object: JSONObject = ["capability": "echo", "args": args]
        if let forEach { object["for_each"] = .string(forEach) }
        if !needs.isEmpty { object["needs"] = .array(needs.map(JSON.string)) }
        return .object(object)
    }
}

extension JSONObject {
    /// An object of these members, which have different names.
    fileprivate init(_ members: [(String, JSON)]) {
        self.init()
        reserveCapacity(members.count)
        for (key, value) in members { self[key] = value }
    }
}
