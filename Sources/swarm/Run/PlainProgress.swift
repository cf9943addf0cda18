import SwarmControl
import SwarmModel

/// Says how a run goes in whole lines, for logs and pipes: when something is worth a line.
struct PlainProgress {
    private var lastTenth = -1
    private var ended: Set<String> = []
    private var failed = 0
    private var asked: Set<String> = []
    private var blocked: Set<String> = []
    private var state = RunDocument.State.running

    /// Waits until a run has ended, and says meanwhile what it waits for; beside JSON nothing.
    static func ended(
        _ run: RunID,
        of client: ControlClient,
        on console: Console
    ) async throws -> RunDocument {
        var progress = PlainProgress()
        return try await client.ended(run) { snapshot in
            let lines = progress.lines(snapshot)
            if !console.isJSON { for line in lines { console.note(line) } }
        }
    }

    /// The lines that this snapshot is worth.
    mutating func lines(_ run: RunDocument) -> [String] {
        var lines: [String] = []
        for node in run.nodes ?? [] {
            let counts = node.counts
            guard counts.total > 0, counts.ended == counts.total,
                ended.insert(node.name).inserted
            else { continue }
            lines.append("\(run.run) \(node.name): \(RunText.counts(counts))")
        }
        if run.counts.failed > failed {
            failed = run.counts.failed
            lines.append("\(run.run) \(failed) failed so far")
        }
        for question in run.questions ?? [] where asked.insert(question.subtask).inserted {
            lines += RunText.lines(of: question)
        }
        // One that was answered may ask again.
        asked.formIntersection((run.questions ?? []).map(\.subtask))
        for held in run.blocked ?? [] where blocked.insert(held.subtask).inserted {
            lines.append("\(held.subtask) waits: \(held.reason)")
        }
        if run.state != state {
            state = run.state
            if state == .undoing {
                lines.append("\(run.run) ends, and what it did is being undone")
            }
        }
        let total = run.counts.total
        let tenth = total < 20 ? -1 : run.counts.ended * 10 / total
        if tenth > lastTenth {
            lastTenth = tenth
            let elapsed = ShortDuration.text(milliseconds: run.elapsedMs)
            lines.append("\(run.run) \(run.counts.ended)/\(total) after \(elapsed)")
        }
        return lines
    }
}
