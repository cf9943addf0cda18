public import SwarmModel

/// Every value a topology amounts to, with where it came from: `swarm config show`.
///
/// With policies, also what holds for each capability and each subtask once every level has had
/// its say: `swarm config show --effective`.
public struct EffectiveConfiguration: Hashable, Sendable {
    /// Where a value came from.
    public enum Origin: Hashable, Sendable {
        /// Nobody said anything, and this is what that means.
        case builtIn
        /// The topology's `defaults`.
        case defaults(JSONPosition)
        /// The topology.
        case file(JSONPosition)
        /// The contract in a manifest, which is this file.
        case contract(String, JSONPosition)
        /// A workflow, which is this file.
        case workflow(String, JSONPosition)
    }

    /// One value with its origin.
    public struct Value: Hashable, Sendable {
        /// The path in the topology.
        public var path: JSONPath
        /// The value; references to secrets, never secrets.
        public var value: JSON
        /// Where it came from.
        public var origin: Origin

        /// A value with its origin.
        public init(path: JSONPath, value: JSON, origin: Origin) {
            self.path = path
            self.value = value
            self.origin = origin
        }
    }

    /// The file, as a path from where the check was started.
    public var file: String
    /// Every value, in the order of the documentation.
    public private(set) var values: [Value] = []

    /// Works out every value of a topology; `clean` is what is right of the file.
    init(source: SourceFile, clean: JSON) {
        file = source.displayPath
        var walk = EffectiveWalk()
        walk.walkTopology(clean, source.document)
        values = walk.values
    }

    /// Adds what holds for the capabilities and workflows of a swarm.
    mutating func add(_ policies: EffectivePolicies) { values += policies.values }

    /// The values with their origins, for scripts.
    public var json: JSON {
        .array(
            values.map { value in
                let (origin, place) = describe(value.origin)
                var object: JSONObject = [
                    "path": .string(value.path.description), "value": value.value,
                    "origin": .string(origin),
                ]
                object["file"] = place.map { .string($0) }
                return .object(object)
            }
        )
    }

    /// One line a value: path, value, origin.
    public var text: String {
        let rows = values.map { value in
            let (origin, place) = describe(value.origin)
            let isTopology = if case .file = value.origin { true } else { false }
            return (
                "\(value.path) = \(value.value)",
                isTopology
                    ? place ?? origin : [origin, place].compactMap(\.self).joined(separator: ", ")
            )
        }
        let width = min(rows.map(\.0.count).max() ?? 0, 72)
        return rows.map { row in
            row.0 + String(repeating: " ", count: max(0, width - row.0.count) + 2) + row.1
        }.joined(separator: "\n")
    }

    /// The word for an origin and, where there is one, its place.
    private func describe(_ origin: Origin) -> (word: String, place: String?) {
        switch origin {
        case .builtIn: ("built-in", nil)
        case .defaults(let position): ("defaults", "\(file):\(position)")
        case .file(let position): ("topology", "\(file):\(position)")
        case .contract(let file, let position): ("contract", "\(file):\(position)")
        case .workflow(let file, let position): ("workflow", "\(file):\(position)")
        }
    }
}
