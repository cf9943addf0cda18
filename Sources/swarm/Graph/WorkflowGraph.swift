import SwarmModel

/// A workflow, or a run of one, as nodes and edges.
///
/// Schema `swarm.graph/v1`.
struct WorkflowGraph: Codable, Hashable {
    /// The workflow's name.
    var workflow: String
    /// The run, when it is one.
    var run: String?
    /// In the order of the file.
    var nodes: [Node]
    /// From what is needed to what needs it, in the order of the nodes.
    var edges: [Edge]

    /// One node.
    struct Node: Codable, Hashable {
        var name: String
        var capability: String
        var fansOut: Bool
        /// Of a run.
        var counts: Counts?

        enum CodingKeys: String, CodingKey {
            case name, capability, counts
            case fansOut = "fans_out"
        }
    }

    /// One dependency.
    struct Edge: Codable, Hashable {
        var from: String
        var to: String
    }

    /// The graph of a workflow.
    init(_ workflow: Workflow) {
        self.workflow = workflow.name
        nodes = workflow.subtasks.map {
            Node(name: $0.name, capability: $0.capability, fansOut: $0.forEach != nil)
        }
        edges = workflow.subtasks.flatMap { subtask in
            subtask.dependencies.map { Edge(from: $0, to: subtask.name) }
        }
    }

    /// The graph of a run, whose document has its nodes.
    init(_ run: RunDocument) {
        workflow = run.workflow
        self.run = run.run
        let documents = run.nodes ?? []
        nodes = documents.map {
            Node(
                name: $0.name,
                capability: $0.capability,
                fansOut: $0.fansOut,
                counts: $0.counts
            )
        }
        edges = documents.flatMap { node in
            node.needs.map { Edge(from: $0, to: node.name) }
        }
    }
}

extension WorkflowGraph.Node {
    /// How the node stands within its run.
    enum Standing: String {
        case waiting, running, succeeded, failed
    }

    /// How the node stands; nil outside a run.
    var standing: Standing? {
        guard let counts else { return nil }
        if counts.failed > 0 { return .failed }
        if counts.total > 0 && counts.succeeded == counts.total { return .succeeded }
        if counts.running + counts.retrying + counts.succeeded > 0 { return .running }
        return .waiting
    }

    /// The lines of its label: its name, what it calls, and how far it is.
    var label: [String] {
        var lines = [fansOut ? "\(name)[]" : name]
        if capability != name { lines.append(capability) }
        if let counts, fansOut || counts.failed > 0 {
            lines.append("\(counts.ended)/\(counts.total)")
        }
        return lines
    }
}
