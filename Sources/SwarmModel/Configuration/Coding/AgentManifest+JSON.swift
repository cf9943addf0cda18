extension AgentManifest {
    /// Reads an `agent.json`.
    ///
    /// - Throws: ``ConfigurationError`` naming the first problem.
    public init(json: JSON) throws(ConfigurationError) {
        try self.init(ConfigurationReader(json))
    }

    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        guard try reader.integer("schema_version") == 1 else {
            throw reader.failure("schema_version", "1")
        }
        self.init(name: try reader.requiredString("name"))
        version = try reader.string("version") ?? version
        kind = try reader.word("kind") ?? kind
        description = try reader.string("description") ?? description
        adapter = try reader.word("adapter") ?? adapter
        exec = try reader.strings("exec") ?? exec
        if let range = try reader.nested("protocol") {
            protocolRange = ProtocolRange(
                minimum: try range.integer("min") ?? 1,
                maximum: try range.integer("max") ?? 1
            )
        }
        for element in try reader.elements("capabilities") {
            let contract = try CapabilityContract(element)
            guard capability(named: contract.name) == nil else {
                throw ConfigurationError(
                    path: element.path,
                    reason: "a second capability \"\(contract.name)\""
                )
            }
            capabilities.append(contract)
        }
    }

    /// The manifest as a file writes it, every default spelled out; reads back as the same.
    public var json: JSON {
        .configuration([
            ("schema_version", 1), ("name", .string(name)), ("version", .string(version)),
            ("kind", .string(kind.rawValue)), ("description", .string(description)),
            ("adapter", .string(adapter.rawValue)), ("exec", .configuration(exec)),
            (
                "protocol",
                [
                    "min": .integer(Int64(protocolRange.minimum)),
                    "max": .integer(Int64(protocolRange.maximum)),
                ]
            ),
            ("capabilities", .array(capabilities.map(\.json))),
        ])
    }
}
