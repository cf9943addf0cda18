import SwarmModel

/// Walks the table of keys and the levels that may say something about each, side by side.
struct EffectiveWalk {
    /// What one level says about a value, and where.
    struct Spot {
        var value: JSON
        /// The place in the level's own document.
        var path: JSONPath
        var level: Level

        /// The same level's say about a member; nil when it says nothing.
        func member(_ key: String) -> Spot? {
            guard let member = value[key] else { return nil }
            return Spot(value: member, path: path.appending(key: key), level: level)
        }

        /// The same level's say about a value further down; nil when it says nothing.
        func member(_ keys: [String]) -> Spot? {
            keys.reduce(self) { spot, key in spot?.member(key) }
        }
    }

    /// A document that may say something.
    struct Level {
        var document: JSONDocument
        var origin: @Sendable (JSONPosition) -> EffectiveConfiguration.Origin
    }

    private(set) var values: [EffectiveConfiguration.Value] = []

    /// Visits every value of a topology; `clean` is what is right of the file.
    mutating func walkTopology(_ clean: JSON, _ document: JSONDocument) {
        let own = Level(document: document) { .file($0) }
        let general = Level(document: document) { .defaults($0) }
        let root = Spot(value: clean, path: .root, level: own)
        let defaults = clean["defaults"].map {
            Spot(value: $0, path: ["defaults"], level: general)
        }
        for key in ObjectShape.topology.keys
        where !["$schema", "schema_version", "defaults"].contains(key.name) {
            guard key.name == "agents" else {
                let spot = root.member(key.name)
                visit(key.shape, spot.map { [$0] } ?? [], key.defaultValue, at: [.key(key.name)])
                continue
            }
            for agent in clean["agents"]?.objectValue?.keys ?? [] {
                let spots = [root.member(["agents", agent]), defaults].compactMap(\.self)
                walkAgent(agent, spots, root.member(["circuit_breakers", "agent"]))
            }
        }
    }

    private mutating func walkAgent(_ name: String, _ spots: [Spot], _ breakers: Spot?) {
        for key in ObjectShape.agent.keys {
            let fallback =
                key.name == "manifest"
                ? .string(AgentConfiguration.manifestPath(of: name)) : key.defaultValue
            var levels = spots.compactMap { $0.member(key.name) }
            if key.name == "circuit_breaker", let breakers { levels.append(breakers) }
            visit(key.shape, levels, fallback, at: ["agents", .key(name), .key(key.name)])
        }
    }

    /// Visits one value: what the nearest level says that says something, else what is built in.
    mutating func visit(
        _ shape: Shape,
        _ levels: [Spot],
        _ builtIn: JSON?,
        at path: JSONPath
    ) {
        switch shape {
        case .object(let object) where object.isOffByDefault && levels.isEmpty: break
        case .object(let object) where object.oneOf.isEmpty && !object.isOpen:
            for key in object.keys {
                visit(
                    key.shape,
                    levels.compactMap { $0.member(key.name) },
                    key.defaultValue,
                    at: path.appending(key: key.name)
                )
            }
        case .map(_, let entry, _):
            let names = levels.reversed().flatMap { $0.value.objectValue?.keys ?? [] }
            var seen: Set<String> = []
            for name in names where seen.insert(name).inserted {
                visit(
                    entry,
                    levels.compactMap { $0.member(name) },
                    nil,
                    at: path.appending(key: name)
                )
            }
        default:
            if let nearest = levels.first {
                let position = nearest.level.document.nearestPosition(of: nearest.path)
                add(path, nearest.value, nearest.level.origin(position))
            } else if let builtIn {
                add(path, builtIn, .builtIn)
            }
        }
    }

    private mutating func add(
        _ path: JSONPath,
        _ value: JSON,
        _ origin: EffectiveConfiguration.Origin
    ) {
        values.append(EffectiveConfiguration.Value(path: path, value: value, origin: origin))
    }
}
