import ArgumentParser
import SwarmConfig
import SwarmControl
import SwarmModel

/// `swarm graph`.
struct GraphCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draw a workflow, or a run of one, as a graph.",
        discussion: """
            A workflow is drawn from its file, by path or by its name in the nearest topology; no \
            swarm needs to be up. A run is drawn with how far each node is.

            EXAMPLES
              swarm graph workflows/package-audit.json
              swarm graph package-audit --format dot | dot -Tsvg > audit.svg
              swarm graph r_17 --json
            """
    )

    @OptionGroup var global: GlobalOptions

    @Argument(
        help: "A workflow's file or name, or a run such as r_17.",
        completion: .file(extensions: ["json"])
    )
    var subject: String

    @Option(help: "mermaid, dot or json.")
    var format: GraphFormat = .mermaid

    func run() async throws {
        let console = global.console
        let graph = try await graph()
        switch console.isJSON ? .json : format {
        case .mermaid: console.print(graph.mermaid)
        case .dot: console.print(graph.dot)
        case .json: console.print("graph", graph)
        }
    }

    private func graph() async throws -> WorkflowGraph {
        if let run = RunID(subject) {
            return WorkflowGraph(
                try await global.client().run(run, including: RunParts(nodes: true))
            )
        }
        if subject.hasSuffix(".json") || subject.contains("/") {
            return WorkflowGraph(try WorkflowChoice.workflow(at: subject))
        }
        let loaded = try ConfigurationSource(nil, global).load()
        guard let found = loaded.workflows.first(where: { $0.workflow?.name == subject }),
            let workflow = found.workflow
        else {
            let known = loaded.workflows.compactMap(\.workflow?.name).joined(separator: ", ")
            throw ErrorDocument(
                .notFound,
                "the topology has no workflow called \(subject)",
                hint: known.isEmpty ? "name a workflow file" : "it has \(known)"
            )
        }
        return WorkflowGraph(workflow)
    }
}

extension GraphFormat: ExpressibleByArgument {}
