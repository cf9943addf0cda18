public import SwarmModel

/// Every value a topology amounts to, with where it came from: `swarm config show --effective`.
public struct EffectiveConfiguration: Hashable, Sendable {
    /// Where a value came from.
    public enum Origin: Hashable, Sendable {
        /// Nobody said anything, and this is what that means.
        case builtIn
        /// The topology's `defaults`.
        case defaults(JSONPosition)
        /// The place itself.
        case file(JSONPosition)
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
        var walk = EffectiveWalk(document: source.document)
        walk.walk(.topology, clean["defaults"] ?? .object([:]), clean, at: .root)
        values = walk.values
    }

    /// The values alone, as one topology without `defaults`.
    public var json: JSON {
        .array(
            values.map { value in
                var object: JSONObject = [
                    "path": .string(value.path.description), "value": value.value,
                ]
                switch value.origin {
                case .builtIn: object["origin"] = "built-in"
                case .defaults(let position):
                    object["origin"] = "defaults"
                    object["file"] = .string("\(file):\(position)")
                case .file(let position):
                    object["origin"] = "topology"
                    object["file"] = .string("\(file):\(position)")
                }
                return .object(object)
            }
        )
    }

    /// One line a value: path, value, origin.
    public var text: String {
        let rows = values.map { value in
            let origin =
                switch value.origin {
                case .builtIn: "built-in"
                case .defaults(let position): "defaults, \(file):\(position)"
                case .file(let position): "\(file):\(position)"
                }
            return ("\(value.path) = \(value.value)", origin)
        }
        let width = min(rows.map(\.0.count).max() ?? 0, 72)
        return rows.map { row in
            row.0 + String(repeating: " ", count: max(0, width - row.0.count) + 2) + row.1
        }.joined(separator: "\n")
    }
}

/// Walks the table of keys and the file side by side.
private struct EffectiveWalk {
    let document: JSONDocument
    var values: [EffectiveConfiguration.Value] = []

    init(document: JSONDocument) { self.document = document }

    mutating func walk(
        _ shape: ObjectShape,
        _ defaults: JSON,
        _ value: JSON,
        at path: JSONPath
    ) {
        for key in shape.keys where !["$schema", "schema_version", "defaults"].contains(key.name) {
            let place = path.appending(key: key.name)
            if path == .root, key.name == "agents" {
                for agent in value["agents"]?.objectValue ?? [:] {
                    walkAgent(agent.key, agent.value, defaults)
                }
            } else {
                visit(
                    key.shape,
                    value[key.name].map { ($0, place) },
                    nil,
                    key.defaultValue,
                    at: place
                )
            }
        }
    }

    private mutating func walkAgent(_ name: String, _ agent: JSON, _ defaults: JSON) {
        let path: JSONPath = ["agents", .key(name)]
        for key in ObjectShape.agent.keys {
            let fallback =
                key.name == "manifest"
                ? .string(AgentConfiguration.manifestPath(of: name)) : key.defaultValue
            visit(
                key.shape,
                agent[key.name].map { ($0, path.appending(key: key.name)) },
                defaults[key.name].map { ($0, ["defaults", .key(key.name)]) },
                fallback,
                at: path.appending(key: key.name)
            )
        }
    }

    /// Visits one value: what the place says, else what `defaults` say, else what is built in.
    private mutating func visit(
        _ shape: Shape,
        _ own: (JSON, JSONPath)?,
        _ general: (JSON, JSONPath)?,
        _ builtIn: JSON?,
        at path: JSONPath
    ) {
        switch shape {
        case .object(let object) where object.isOffByDefault && own == nil && general == nil: break
        case .object(let object) where object.oneOf.isEmpty && !object.isOpen:
            for key in object.keys {
                visit(
                    key.shape,
                    member(key.name, of: own),
                    member(key.name, of: general),
                    key.defaultValue,
                    at: path.appending(key: key.name)
                )
            }
        case .map(_, let entry, _):
            let names = (general?.0.objectValue?.keys ?? []) + (own?.0.objectValue?.keys ?? [])
            var seen: Set<String> = []
            for name in names where seen.insert(name).inserted {
                visit(
                    entry,
                    member(name, of: own),
                    member(name, of: general),
                    nil,
                    at: path.appending(key: name)
                )
            }
        default:
            if let (value, place) = own {
                add(path, value, .file(document.nearestPosition(of: place)))
            } else if let (value, place) = general {
                add(path, value, .defaults(document.nearestPosition(of: place)))
            } else if let builtIn {
                add(path, builtIn, .builtIn)
            }
        }
    }

    private func member(_ key: String, of parent: (JSON, JSONPath)?) -> (JSON, JSONPath)? {
        guard let (value, path) = parent, let member = value[key] else { return nil }
        return (member, path.appending(key: key))
    }

    private mutating func add(
        _ path: JSONPath,
        _ value: JSON,
        _ origin: EffectiveConfiguration.Origin
    ) {
        values.append(EffectiveConfiguration.Value(path: path, value: value, origin: origin))
    }
}
