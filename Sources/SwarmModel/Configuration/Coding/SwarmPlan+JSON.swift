extension SwarmPlan {
    /// Reads a journaled plan.
    ///
    /// - Throws: ``ConfigurationError`` naming the first problem.
    public init(json: JSON) throws(ConfigurationError) {
        let reader = try ConfigurationReader(json)
        guard let topologyJSON = reader.object["topology"] else {
            throw reader.failure("topology", "an object")
        }
        let topology = try Topology(json: topologyJSON)
        guard let manifests = try reader.nested("manifests") else {
            throw reader.failure("manifests", "an object")
        }
        var agents: [AgentPlan] = []
        for configuration in topology.agents {
            guard let entry = try manifests.nested(configuration.name),
                let manifest = try entry.nested("manifest")
            else { throw manifests.failure(configuration.name, "a manifest") }
            guard let digest = Digest(hexadecimal: try entry.requiredString("digest")) else {
                throw entry.failure("digest", "64 hexadecimal digits")
            }
            agents.append(
                AgentPlan(
                    configuration: configuration,
                    manifest: try AgentManifest(manifest),
                    manifestDigest: digest,
                    directory: try entry.requiredString("directory")
                )
            )
        }
        self.init(
            topology: topology,
            agents: agents,
            directory: try reader.requiredString("directory")
        )
    }

    /// Everything the plan holds; reads back as the same.
    public var json: JSON {
        [
            "directory": .string(directory), "topology": topology.json,
            "manifests": .configuration(
                agents.map { agent in
                    (
                        agent.name,
                        [
                            "digest": .string(agent.manifestDigest.description),
                            "directory": .string(agent.directory),
                            "manifest": agent.manifest.json,
                        ]
                    )
                }
            ),
        ]
    }
}
