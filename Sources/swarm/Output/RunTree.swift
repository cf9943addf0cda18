import SwarmModel
import SwarmRuntime

/// Draws who called whom in a run, and what was undone: the subtasks of its workflow, and below
/// each what it delegated, what asked whether it happened and what undid it.
struct RunTree {
    let style: Style
    /// The most siblings that are drawn; what is left out is counted.
    var limit = 40

    /// The lines, in the order of the workflow; calls below a subtask in the order they were made.
    func lines(_ subtasks: [SubtaskDocument]) -> [String] {
        var roots: [SubtaskDocument] = []
        var calls: [String: [SubtaskDocument]] = [:]
        for subtask in subtasks {
            if let parent = subtask.of {
                calls[parent, default: []].append(subtask)
            } else {
                roots.append(subtask)
            }
        }
        var lines: [String] = []
        draw(roots, calls, indent: "", isTop: true, into: &lines)
        return lines
    }

    private func draw(
        _ siblings: [SubtaskDocument],
        _ calls: [String: [SubtaskDocument]],
        indent: String,
        isTop: Bool,
        into lines: inout [String]
    ) {
        let drawn = siblings.prefix(limit)
        let rest = siblings.count - drawn.count
        for (position, subtask) in drawn.enumerated() {
            let isLast = position + 1 == drawn.count && rest == 0
            lines.append(indent + (isTop ? "" : isLast ? "└─ " : "├─ ") + text(subtask))
            let below = indent + (isTop ? "" : isLast ? "   " : "│  ")
            let children = calls[subtask.subtask] ?? []
            draw(children, calls, indent: below, isTop: false, into: &lines)
        }
        if rest > 0 { lines.append(indent + (isTop ? "" : "└─ ") + "and \(rest) more") }
    }

    private func text(_ subtask: SubtaskDocument) -> String {
        let label = subtask.subtask.drop { $0 != "/" }.dropFirst()
        var text = "\(label)  \(subtask.capability)  "
        text += style(subtask.state.rawValue, RunText.colour(of: subtask.state))
        if let worker = subtask.worker { text += " on \(worker)" }
        if subtask.attempts > 1 { text += ", \(subtask.attempts) attempts" }
        if let took = subtask.durationMs { text += ", \(ShortDuration.text(milliseconds: took))" }
        if let cost = subtask.cost, cost.usd > 0 { text += ", \(cost.usd) USD" }
        if let failure = subtask.failure {
            text += ": \(failure.kind.rawValue): \(failure.message)"
        } else if let reason = subtask.reason {
            text += ": \(reason)"
        }
        if let standing = subtask.standing {
            text += "  " + style("stands: \(standing.words)", .red)
        }
        return text
    }
}
