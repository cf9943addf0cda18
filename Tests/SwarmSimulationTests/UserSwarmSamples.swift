import Foundation
import SwarmConfig
import SwarmModel
import SwarmSimulation
import Testing

/// Swarms to be lived.
enum UserSwarmSamples {
    /// A workflow of the repository, on its own topology.
    static func shipped(_ name: String) throws -> UserSwarm {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
        let loader = ConfigurationLoader(environment: [:], checksExecutables: false)
        let plan = try #require(
            loader.load(topology: root.appending(path: "topology.json").standardized.path).plan
        )
        let file = root.appending(path: "workflows/\(name).json").standardized.path
        let workflow = try #require(loader.loadWorkflow(file, against: plan).workflow)
        let (given, _) = UserSwarm.completing(.object([:]), by: workflow.input)
        let input = try WorkflowInput(schema: workflow.input).prepare(given).get()
        return UserSwarm(plan: plan, workflow: workflow, input: input)
    }

    /// An agent with the capability `act`, which `look` may verify, and a workflow that calls it.
    static func single(_ operational: String) throws -> UserSwarm {
        let manifest = """
            {"schema_version": 1, "name": "actor", "version": "1.0.0", "description": "Acts",
             "exec": ["actor"], "capabilities": [
              {"type": "function", "function": {"name": "act", "description": "Acts",
                "parameters": {"type": "object"}}, "operational": \(operational)},
              {"type": "function", "function": {"name": "look", "description": "Looks",
                "parameters": {"type": "object"}},
               "operational": {"side_effect": "read", "idempotent": true, "timeout": "5s"}}]}
            """
        let workflow = """
            {"schema_version": 1, "name": "once", "subtasks": {
              "work": {"capability": "act", "args": {"n": 1}}},
             "output": "${work.value}"}
            """
        let read = try AgentManifest(json: JSON(parsing: Array(manifest.utf8)))
        let agent = AgentPlan(
            configuration: AgentConfiguration(name: "actor", manifest: "agent.json"),
            manifest: read,
            manifestDigest: Digest(words: (1, 2, 3, 4)),
            directory: "/"
        )
        return UserSwarm(
            plan: SwarmPlan(
                topology: Topology(name: "sample", agents: []),
                agents: [agent],
                directory: "/"
            ),
            workflow: try Workflow(json: JSON(parsing: Array(workflow.utf8))),
            input: .object([:])
        )
    }
}
