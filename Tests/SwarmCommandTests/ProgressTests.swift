import SwarmModel
import Testing

@testable import swarm

@Suite("Progress of a run")
struct ProgressTests {
    static func run(
        _ counts: Counts,
        elapsed: Duration = .seconds(12),
        state: RunDocument.State = .running,
        current: [RunDocument.Current] = [],
        nodes: [NodeDocument]? = nil
    ) -> RunDocument {
        RunDocument(
            run: RunID(17),
            workflow: "audit",
            state: state,
            submittedAt: Instant(microseconds: 0),
            elapsed: elapsed,
            counts: counts,
            current: current,
            nodes: nodes
        )
    }

    static let plain = Style(isOn: false)

    @Test("The bar is as full as the run is done")
    func bar() {
        let view = ProgressView(style: Self.plain, width: 76)
        let lines = view.lines(Self.run(Counts(waiting: 50, running: 5, succeeded: 40, failed: 5)))
        #expect(
            lines == [
                "r_17 audit  █████████████░░░░░░░░░░░░░░░░░  45/100  45%  12s, about 14s left",
                "  40 succeeded, 5 failed, 5 running, 50 waiting",
            ]
        )
    }

    @Test("No line is wider than the terminal, whatever the width", arguments: 1...120)
    func width(width: Int) {
        let run = Self.run(
            Counts(running: 6, succeeded: 14),
            current: (0..<6).map {
                .init(
                    subtask: "check[\($0)]",
                    worker: "packages-1",
                    elapsed: .milliseconds(300),
                    progress: 0.25,
                    note: "a note that is rather long, as notes of workers are"
                )
            },
            nodes: (0..<40).map {
                NodeDocument(
                    name: "node-\($0)",
                    capability: "c",
                    needs: [],
                    fansOut: $0 == 3,
                    counts: Counts(running: 1)
                )
            }
        )
        for line in ProgressView(style: Style(isOn: true), width: width).lines(run) {
            #expect(line.terminalColumns <= max(width, 1))
        }
    }

    @Test("Control characters in a worker's note do not reach the terminal")
    func controlCharacters() {
        let run = Self.run(
            Counts(running: 1),
            current: [
                .init(subtask: "a", worker: "w-1", elapsed: .zero, note: "\u{1B}[2J\r\nevil\u{7F}")
            ]
        )
        let text = ProgressView(style: Self.plain, width: 80).lines(run).joined()
        #expect(!text.contains("\u{1B}") && !text.contains("\r") && !text.contains("\u{7F}"))
        #expect(text.contains("evil"))
    }

    @Test(
        "The time left is told once it can be told",
        arguments: [
            // Too early, too few, less than a twentieth, done, and as fast as so far.
            (1000, 50, 100, nil), (5000, 9, 20, nil), (5000, 40, 1000, nil),
            (5000, 100, 100, nil), (5000, 25, 100, 15000),
        ] as [(Int64, Int, Int, Int64?)]
    )
    func remaining(elapsed: Int64, ended: Int, total: Int, expected: Int64?) {
        let run = Self.run(
            Counts(waiting: total - ended, succeeded: ended),
            elapsed: .milliseconds(elapsed)
        )
        #expect(ProgressView.remaining(run) == expected)
    }

    @Test(
        "Without a terminal a run is told in lines: each node as it ends, each tenth, each failure"
    )
    func plainLines() {
        func node(_ ended: Int, failed: Int = 0) -> [NodeDocument] {
            [
                NodeDocument(
                    name: "check",
                    capability: "c",
                    needs: [],
                    fansOut: true,
                    counts: Counts(
                        waiting: 30 - ended - failed,
                        succeeded: ended,
                        failed: failed
                    )
                )
            ]
        }
        func run(_ ended: Int, failed: Int = 0) -> RunDocument {
            Self.run(
                Counts(waiting: 30 - ended - failed, succeeded: ended, failed: failed),
                nodes: node(ended, failed: failed)
            )
        }
        var progress = PlainProgress()
        #expect(progress.lines(run(0)) == ["r_17 0/30 after 12s"])
        #expect(progress.lines(run(2)) == [])
        #expect(progress.lines(run(4)) == ["r_17 4/30 after 12s"])
        #expect(progress.lines(run(4, failed: 1)) == ["r_17 1 failed so far"])
        #expect(
            progress.lines(run(29, failed: 1)) == [
                "r_17 check: 29 succeeded, 1 failed", "r_17 30/30 after 12s",
            ]
        )
        #expect(progress.lines(run(29, failed: 1)) == [])
    }

    @Test("A simulation says how long the rest takes once it can tell")
    func simulation() {
        #expect(SimulationProgress.times(0, of: 10, .seconds(5)) == " after 5.0s")
        #expect(SimulationProgress.times(5, of: 10, .milliseconds(900)) == " after 900ms")
        #expect(
            SimulationProgress.times(250, of: 1000, .seconds(600))
                == " after 10m00s, about 30m00s left"
        )
        #expect(SimulationProgress.times(1000, of: 1000, .seconds(600)) == " after 10m00s")
    }
}
