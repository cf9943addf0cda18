import SwarmModel

/// Runs, as text.
enum RunText {
    /// The colour of a state.
    static func colour(of state: RunDocument.State) -> Style.Colour? {
        switch state {
        case .running, .cancelling: .yellow
        case .succeeded: .green
        case .failed, .deadlineExceeded: .red
        case .cancelled: .dim
        }
    }

    /// The states that are not zero, such as `412 succeeded, 8 running`.
    static func counts(_ counts: Counts) -> String {
        let parts = [
            (counts.succeeded, "succeeded"), (counts.failed, "failed"),
            (counts.skipped, "skipped"), (counts.cancelled, "cancelled"),
            (counts.running, "running"), (counts.retrying, "retrying"), (counts.ready, "ready"),
            (counts.waiting, "waiting"),
        ].filter { $0.0 > 0 }
        return parts.isEmpty
            ? "no subtasks yet" : parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    /// A list of runs as a table.
    static func table(_ runs: [RunSummaryDocument]) -> Table {
        var table = Table(["RUN", "WORKFLOW", "STATE", "SUBTASKS", "TOOK", "SUBMITTED", "FAILURE"])
        for run in runs {
            table.add([
                .init(run.run), .init(run.workflow),
                .init(run.state.rawValue, colour(of: run.state)),
                .init("\(run.counts.ended)/\(run.counts.total)"),
                .init(ShortDuration.text(milliseconds: run.elapsedMs)), .init(run.submittedAt),
                .init(run.failure.map { "\($0.kind.rawValue): \($0.message)" } ?? "-"),
            ])
        }
        return table
    }

    /// One line for how a run ended.
    static func outcome(_ run: RunDocument, _ style: Style) -> String {
        let state = style(run.state.rawValue, colour(of: run.state))
        let took = ShortDuration.text(milliseconds: run.elapsedMs)
        return "\(run.run) \(run.workflow) \(state) in \(took): \(counts(run.counts))"
    }

    /// Why a run failed, in one line.
    static func failure(_ failure: FailureDocument) -> String {
        (failure.subtask.map { "\($0): " } ?? "") + "\(failure.kind.rawValue): \(failure.message)"
    }

    /// A run and its nodes and subtasks, as `swarm show` prints them.
    static func lines(_ run: RunDocument, _ style: Style) -> [String] {
        var lines = [outcome(run, style)]
        if let failure = run.failure { lines.append("  failure  \(Self.failure(failure))") }
        if let input = run.input { lines.append("  input    \(input)") }
        if let output = run.output { lines.append("  output   \(output)") }
        if let nodes = run.nodes, !nodes.isEmpty {
            var table = Table(["NODE", "CAPABILITY", "NEEDS", "SUBTASKS"])
            for node in nodes {
                table.add([
                    .init(node.name), .init(node.capability),
                    .init(node.needs.isEmpty ? "-" : node.needs.joined(separator: " ")),
                    .init(counts(node.counts)),
                ])
            }
            lines += [""] + table.lines(style)
        }
        if let subtasks = run.subtasks, !subtasks.isEmpty {
            lines += [""] + table(subtasks).lines(style)
            for subtask in subtasks where subtask.args != nil || subtask.result != nil {
                lines.append("")
                lines.append(subtask.subtask)
                if let args = subtask.args { lines.append("  args    \(args)") }
                if let result = subtask.result { lines.append("  result  \(result)") }
            }
        }
        return lines
    }

    private static func table(_ subtasks: [SubtaskDocument]) -> Table {
        var table = Table(["SUBTASK", "STATE", "WORKER", "ATTEMPTS", "TOOK", "FAILURE"])
        for subtask in subtasks {
            table.add([
                .init(subtask.subtask), .init(subtask.state.rawValue, colour(of: subtask.state)),
                .init(subtask.worker ?? "-"), .init("\(subtask.attempts)"),
                .init(subtask.durationMs.map { ShortDuration.text(milliseconds: $0) } ?? "-"),
                .init(subtask.failure.map { "\($0.kind.rawValue): \($0.message)" } ?? "-"),
            ])
        }
        return table
    }

    private static func colour(of state: SubtaskDocument.State) -> Style.Colour? {
        switch state {
        case .waiting, .ready, .skipped, .cancelled: .dim
        case .running, .retrying: .yellow
        case .succeeded: .green
        case .failed: .red
        }
    }
}
