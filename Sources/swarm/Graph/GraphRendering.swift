/// The forms a graph can be written in.
enum GraphFormat: String, CaseIterable {
    /// For Markdown that is rendered, as on code hosting sites.
    case mermaid
    /// For Graphviz.
    case dot
    /// The document.
    case json
}

extension WorkflowGraph {
    /// The graph in Mermaid's flowchart language.
    var mermaid: String {
        var lines = ["flowchart TD"]
        for (index, node) in nodes.enumerated() {
            let label = node.label.map(Self.mermaidText).joined(separator: "<br/>")
            let (open, close) = node.fansOut ? ("[[", "]]") : ("[", "]")
            let standing = node.standing.map { ":::\($0.rawValue)" } ?? ""
            lines.append("    n\(index)\(open)\"\(label)\"\(close)\(standing)")
        }
        for (from, to) in indexedEdges { lines.append("    n\(from) --> n\(to)") }
        if run != nil {
            for (standing, colour) in Self.colours {
                lines.append("    classDef \(standing.rawValue) fill:\(colour)")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The graph in Graphviz's language.
    var dot: String {
        var lines = [
            "digraph \(Self.quoted(workflow)) {", "    rankdir=TB;",
            "    node [shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\"];",
        ]
        for (index, node) in nodes.enumerated() {
            var attributes = ["label=\(Self.quoted(node.label.joined(separator: "\n")))"]
            if node.fansOut { attributes.append("peripheries=2") }
            if let standing = node.standing,
                let colour = Self.colours.first(where: { $0.standing == standing })?.colour
            {
                attributes.append("fillcolor=\"\(colour)\"")
            }
            lines.append("    n\(index) [\(attributes.joined(separator: ", "))];")
        }
        for (from, to) in indexedEdges { lines.append("    n\(from) -> n\(to);") }
        lines.append("}")
        return lines.joined(separator: "\n")
    }

    private static let colours: [(standing: Node.Standing, colour: String)] = [
        (.waiting, "#eeeeee"), (.running, "#fff3bf"), (.succeeded, "#d3f9d8"),
        (.failed, "#ffc9c9"),
    ]

    /// Edges by the positions of their nodes: names need no escaping then.
    private var indexedEdges: [(from: Int, to: Int)] {
        var positions: [String: Int] = [:]
        for (index, node) in nodes.enumerated() { positions[node.name] = index }
        return edges.compactMap { edge in
            guard let from = positions[edge.from], let to = positions[edge.to] else { return nil }
            return (from, to)
        }
    }

    private static func mermaidText(_ text: String) -> String {
        text.map { character in
            switch character {
            case "\"": "#quot;"
            case "#": "#35;"
            case "<": "#lt;"
            case ">": "#gt;"
            default: String(character)
            }
        }.joined()
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for character in text {
            switch character {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            default: quoted.append(character)
            }
        }
        return quoted + "\""
    }
}
