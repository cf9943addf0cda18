import SwarmModel
import SwarmSimulation

/// What somebody's own swarm came to, for people.
struct UserSwarmText {
    let report: UserSwarmReport
    let style: Style

    init(_ report: UserSwarmReport, _ style: Style) {
        self.report = report
        self.style = style
    }

    /// All of it.
    var lines: [String] {
        guard report.runs > 0 else { return violations }
        return heading + [""] + summary + [""] + outcomes + [""] + steps + surroundings + broke
            + weaknesses + assumptions + violations
    }

    private var heading: [String] {
        let faults =
            report.faults.isEmpty
            ? "without faults"
            : "under \(report.faults.joined(separator: ", ")) at \(Self.percent(report.rate))"
        return [
            style("\(report.workflow) on \(report.topology): \(count(report.runs, "run"))", .bold)
                + " in \(count(report.lives, "life", "lives")) from seed \(report.seed),",
            faults + "; nothing was started",
        ]
    }

    private var summary: [String] {
        let colour: Style.Colour = report.completion == 1 ? .green : .red
        var lines = [
            "completion  " + style(Self.percent(report.completion), colour)
                + "  \(report.right) of \(count(report.runs, "run")) came out right",
            "recovery    " + Self.percent(report.recovery)
                + "  \(report.recovered) of \(count(report.failures, "failed attempt")) made good "
                + "without a person",
            "latency     " + Self.latency(report.latency),
        ]
        if !report.faults.isEmpty {
            lines.append("  no faults " + Self.latency(report.latencyWithoutFaults))
        }
        if report.usdEach > 0 || report.tokensEach > 0 {
            lines.append(
                "cost        \(Self.usd(report.usdEach)) and \(Int(report.tokensEach.rounded())) "
                    + "tokens a run; \(Self.usd(report.usdEachWithoutFaults)) without faults"
            )
        }
        let people =
            report.askedPerson == 0
            ? "nobody was asked"
            : "asked in \(count(report.askedPerson, "run")), "
                + "\(count(report.decisions, "decision"))"
        let presence =
            report.operators == .answers
            ? "somebody looks after the swarm every 30 s" : "nobody is there to answer"
        lines.append("people      \(people); \(presence)")
        return lines
    }

    private var outcomes: [String] {
        var table = Table(["ENDED", "RUNS"])
        for outcome in report.outcomes {
            let isRight = outcome.name == RunOutcome.succeeded.rawValue
            table.add([.init(outcome.name, isRight ? .green : .red), .init("\(outcome.count)")])
        }
        return table.lines(style)
    }

    private var steps: [String] {
        var table = Table([
            "SUBTASK", "CAPABILITY", "CALLS", "EACH", "FAILED", "RECOVERED", "ASKED", "STANDING",
        ])
        for step in report.steps {
            table.add([
                .init(step.subtask), .init(step.capability), .init("\(step.attempts)"),
                .init(step.attemptsEach.map(Self.twoPlaces) ?? "-"), .init("\(step.failed)"),
                .init("\(step.recovered)", step.recovered < step.failed ? .yellow : nil),
                .init("\(step.questions)"), .init("\(step.standing)"),
            ])
        }
        return table.lines(style)
    }

    private var surroundings: [String] {
        guard !report.faults.isEmpty else { return [] }
        let struck = report.injected.filter { $0.count > 0 }.map { "\($0.name) \($0.count)" }
        let around = report.surroundings
        let happened = [
            count(around.workerRestarts, "worker restart"),
            count(around.coordinatorRestarts, "coordinator restart"),
            count(around.askedAgain, "run asked for again", "runs asked for again"),
            count(around.quarantines, "quarantine"),
            count(around.breakersOpened, "opened breaker"),
            count(around.undone, "undone call"), count(around.refused, "refused submission"),
        ].filter { !$0.hasPrefix("0 ") }
        return [
            "", "struck      " + (struck.isEmpty ? "nothing" : struck.joined(separator: ", ")),
            "led to      " + (happened.isEmpty ? "nothing" : happened.joined(separator: ", ")),
        ]
    }

    private var broke: [String] {
        guard !report.broke.isEmpty else { return [] }
        var lines = ["", style("What broke", .bold)]
        for breakage in report.broke.prefix(10) {
            let place = breakage.subtask.map { "\($0) (\(breakage.capability ?? ""))" } ?? "the run"
            let rule = breakage.rule.map { ", by \($0)" } ?? ""
            lines += [
                "  \(count(breakage.runs, "run"))  \(place): \(breakage.failure)\(rule)",
                "    \(breakage.message)", "    \(breakage.hint)", "    \(breakage.command)",
            ]
        }
        if report.broke.count > 10 {
            lines.append("  and \(report.broke.count - 10) more ways, with --json")
        }
        return lines
    }

    private var weaknesses: [String] {
        guard !report.weaknesses.isEmpty else { return [] }
        return ["", style("What is left to luck", .bold)]
            + report.weaknesses.prefix(20).flatMap {
                ["  \($0.subtask) (\($0.capability)): \($0.problem)", "    \($0.hint)"]
            }
    }

    private var assumptions: [String] {
        ["", style("Assumed", .bold)] + report.assumptions.map { "  \($0)" }
            + ["", "again: \(report.command)"]
    }

    private var violations: [String] {
        guard !report.violations.isEmpty else { return [] }
        return ["", style("A bug of Swarm itself", .red)]
            + report.violations.flatMap {
                ["  \($0.invariant): \($0.message)", "    \($0.command)"]
            }
    }

    // MARK: Words and figures

    private func count(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
    }

    /// A share in percent, never rounded up to all.
    static func percent(_ share: Double) -> String {
        // What is a whole number but for binary fractions is one.
        let tenths = Int((share * 1000 + 1e-6).rounded(.down))
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }

    private static func latency(_ latency: UserSwarmReport.Latency) -> String {
        func text(_ milliseconds: Double?) -> String {
            milliseconds.map { ShortDuration.text(milliseconds: $0) } ?? "-"
        }
        return "p50 \(text(latency.p50Ms))  p95 \(text(latency.p95Ms))  p99 \(text(latency.p99Ms))"
    }

    private static func twoPlaces(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    private static func usd(_ value: Double) -> String {
        let parts = Int((value * 10_000).rounded())
        let rest = "\(parts % 10_000)"
        return "$\(parts / 10_000)." + String(repeating: "0", count: 4 - rest.count) + rest
    }
}
