import SwarmModel

/// Draws a run as a few lines of a terminal; no more than a function of the run and the width.
struct ProgressView {
    let style: Style
    let width: Int

    /// The lines, none longer than the width.
    func lines(_ run: RunDocument) -> [String] {
        var lines = [bar(run), clip("  " + RunText.counts(run.counts))]
        if let nodes = run.nodes, nodes.count > 1 { lines += nodeLines(nodes) }
        for current in run.current.prefix(4) { lines.append(clip("    " + text(current))) }
        for question in run.questions ?? [] {
            // A command that is cut short cannot be copied.
            lines += RunText.lines(of: question).dropLast().map(clip)
            lines.append("  " + question.command)
        }
        for blocked in (run.blocked ?? []).prefix(2) {
            lines.append(clip("  \(blocked.subtask) waits: \(blocked.reason)"))
        }
        if run.current.count > 4 {
            lines.append(clip("    and \(run.counts.running - 4) more running"))
        }
        return lines
    }

    private func bar(_ run: RunDocument) -> String {
        let (ended, total) = (run.counts.ended, run.counts.total)
        let fraction = total == 0 ? 0 : Double(ended) / Double(total)
        let elapsed = ShortDuration.text(milliseconds: run.elapsedMs)
        let head = "\(run.run) \(run.workflow)  "
        var tail = "  \(ended)/\(total)  \(Int(fraction * 100))%  \(elapsed)"
        if run.state == .cancelling { tail += ", cancelling" }
        if run.state == .undoing { tail += ", undoing" }
        if let left = Self.remaining(run) {
            tail += ", about \(ShortDuration.text(milliseconds: left)) left"
        }
        let room = min(40, width - head.count - tail.count)
        guard room >= 8 else { return clip(head + tail) }
        let filled = Int((Double(room) * fraction).rounded(.down))
        let colour: Style.Colour = run.counts.failed > 0 ? .red : .green
        return head + style(String(repeating: "█", count: filled), colour)
            + style(String(repeating: "░", count: room - filled), .dim) + tail
    }

    /// The time left if the rest goes as fast as what is done; nil while that says nothing yet.
    static func remaining(_ run: RunDocument) -> Int64? {
        let (ended, total) = (Int64(run.counts.ended), Int64(run.counts.total))
        guard !run.state.isTerminal, run.elapsedMs >= 2000, ended >= 10, ended * 20 >= total,
            ended < total
        else { return nil }
        return run.elapsedMs * (total - ended) / ended
    }

    private func nodeLines(_ nodes: [NodeDocument]) -> [String] {
        var lines: [String] = []
        var line = "  "
        for node in nodes.prefix(24) {
            let text = word(node)
            if line.count > 2, line.count + text.count + 3 > width {
                lines.append(line)
                line = "  "
            }
            line += (line.count > 2 ? "   " : "") + text
        }
        if nodes.count > 24 { line += "   and \(nodes.count - 24) more" }
        lines.append(line)
        return lines.prefix(4).map(clip)
    }

    private func word(_ node: NodeDocument) -> String {
        let counts = node.counts
        if counts.total == 0 { return "· \(node.name)" }
        if counts.failed > 0 { return "✗ \(node.name) \(counts.failed) failed" }
        if counts.ended == counts.total { return "✓ \(node.name)" }
        if node.fansOut { return "▸ \(node.name) \(counts.ended)/\(counts.total)" }
        return counts.running > 0 ? "▸ \(node.name)" : "· \(node.name)"
    }

    private func text(_ current: RunDocument.Current) -> String {
        var text =
            "\(current.subtask) on \(current.worker) "
            + ShortDuration.text(milliseconds: current.elapsedMs)
        if let progress = current.progress { text += " \(Int(progress * 100))%" }
        if let note = current.note { text += " \(note)" }
        return text
    }

    private func clip(_ line: String) -> String {
        // Control characters of a worker's note must not move the cursor.
        let safe = String(line.map { $0.isASCII && $0 < " " || $0 == "\u{7F}" ? " " : $0 })
        return safe.count <= width ? safe : String(safe.prefix(max(0, width - 1))) + "…"
    }
}
