import SwarmModel
import SwarmRuntime

/// Runs, as text.
enum RunText {
    /// The colour of a state.
    static func colour(of state: RunDocument.State) -> Style.Colour? {
        switch state {
        case .running, .cancelling, .undoing: .yellow
        case .asking: .red
        case .succeeded: .green
        case .failed, .deadlineExceeded, .compensated, .partiallyCompensated,
            .compensationFailed:
            .red
        case .cancelled: .dim
        }
    }

    /// The states that are not zero, such as `412 succeeded, 8 running`.
    static func counts(_ counts: Counts) -> String {
        let parts = [
            (counts.succeeded, "succeeded"), (counts.failed, "failed"),
            (counts.skipped, "skipped"), (counts.cancelled, "cancelled"),
            (counts.running, "running"), (counts.parked, "waiting for calls"),
            (counts.retrying, "retrying"), (counts.verifying, "being verified"),
            (counts.asking, "waiting for a decision"), (counts.ready, "ready"),
            (counts.waiting, "waiting"),
        ].filter { $0.0 > 0 }
        return parts.isEmpty
            ? "no subtasks yet" : parts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    /// A list of runs as a table.
    static func table(_ runs: [RunSummaryDocument]) -> Table {
        var table = Table([
            "RUN", "WORKFLOW", "STATE", "SUBTASKS", "TOOK", "SUBMITTED", "NEXT, OR FAILURE",
        ])
        for run in runs {
            table.add([
                .init(run.run), .init(run.workflow),
                .init(run.state.rawValue, colour(of: run.state)),
                .init("\(run.counts.ended)/\(run.counts.total)"),
                .init(ShortDuration.text(milliseconds: run.elapsedMs)), .init(run.submittedAt),
                .init(
                    run.next ?? run.failure.map { "\($0.kind.rawValue): \($0.message)" } ?? "-"
                ),
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

    /// What a run waits for, what it leaves, and the commands to go on with.
    static func waiting(_ run: RunDocument) -> [String] {
        var lines: [String] = []
        for question in run.questions ?? [] { lines += Self.lines(of: question) }
        for blocked in run.blocked ?? [] {
            lines.append("  \(blocked.subtask) waits: \(blocked.reason)")
        }
        for limit in run.limits ?? [] { lines.append("  limit    \(limit)") }
        for standing in run.standing ?? [] {
            lines.append(
                "  stands   \(standing.subtask) \(standing.capability): \(standing.why.words)"
            )
        }
        if run.questions == nil {
            for command in run.next ?? [] { lines.append("  \(command)") }
        }
        return lines
    }

    /// A question and the command that answers it.
    static func lines(of question: QuestionDocument) -> [String] {
        [
            "\(question.subtask) waits for a decision since \(question.askedAt):",
            "  \(question.reason)", "  \(question.command)",
        ]
    }

    /// A run and its nodes and subtasks, as `swarm show` prints them.
    static func lines(_ run: RunDocument, _ style: Style) -> [String] {
        var lines = [outcome(run, style)]
        if let failure = run.failure { lines.append("  failure  \(Self.failure(failure))") }
        lines += waiting(run)
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
        var table = Table(["SUBTASK", "STATE", "WORKER", "ATTEMPTS", "TOOK", "WHY"])
        for subtask in subtasks {
            table.add([
                .init(subtask.subtask), .init(subtask.state.rawValue, colour(of: subtask.state)),
                .init(subtask.worker ?? "-"), .init("\(subtask.attempts)"),
                .init(subtask.durationMs.map { ShortDuration.text(milliseconds: $0) } ?? "-"),
                .init(why(subtask)),
            ])
        }
        return table
    }

    /// Why a subtask is where it is: the failure, what was decided about it, and by which rule.
    private static func why(_ subtask: SubtaskDocument) -> String {
        var parts = [subtask.failure.map { "\($0.kind.rawValue): \($0.message)" }, subtask.reason]
        parts.append(subtask.rule.map { "by \($0)" })
        parts.append(subtask.standing.map { "stands: \($0.words)" })
        let text = parts.compactMap(\.self).joined(separator: "; ")
        return text.isEmpty ? "-" : text
    }

    static func colour(of state: SubtaskDocument.State) -> Style.Colour? {
        switch state {
        case .waiting, .ready, .skipped, .cancelled: .dim
        case .running, .parked, .retrying, .verifying: .yellow
        case .succeeded: .green
        case .failed, .asking: .red
        }
    }
}
