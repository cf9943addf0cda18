import SwarmModel
import Testing

@testable import swarm

@Suite("Text for people")
struct TextTests {
    @Test(
        "Durations are short",
        arguments: [
            (0, "0ms"), (999, "999ms"), (1000, "1.0s"), (9999, "9.9s"), (11_000, "11s"),
            (60_000, "1m00s"), (3_599_999, "59m59s"), (15_120_000, "4h12m"), (90_000_000, "1d1h"),
            (-5, "0ms"),
        ]
    )
    func durations(milliseconds: Int64, text: String) {
        #expect(ShortDuration.text(milliseconds: milliseconds) == text)
    }

    @Test("Small latencies keep a digit after the point")
    func latencies() {
        #expect(ShortDuration.text(milliseconds: 0.14159) == "0.1ms")
        #expect(ShortDuration.text(milliseconds: 210.4) == "210ms")
    }

    @Test("A share is never rounded up to all")
    func shares() {
        #expect(UserSwarmText.percent(1) == "100 %")
        #expect(UserSwarmText.percent(0.9999) == "99.9 %")
        #expect(UserSwarmText.percent(0.975) == "97.5 %")
        #expect(UserSwarmText.percent(0.29) == "29 %")
        #expect(UserSwarmText.percent(0) == "0 %")
    }

    @Test("A table is as wide as its cells, and colour does not move its columns")
    func table() {
        var table = Table(["NAME", "N", "LAST"])
        table.add([.init("a"), .init("100", .red), .init("-")])
        table.add([.init("longer"), .init("1"), .init("x")])
        #expect(
            table.lines(Style(isOn: false)) == [
                "NAME    N    LAST", "a       100  -", "longer  1    x",
            ]
        )
        let coloured = table.lines(Style(isOn: true))
        #expect(coloured[1] == "a       \u{1B}[31m100\u{1B}[0m  -")
        #expect(coloured.map(\.terminalColumns) == [17, 14, 14])
    }

    @Test("An error is one line for what happened and one for what to do")
    func errors() {
        #expect(
            ErrorReport.text(ErrorDocument(.notFound, "there is no run r_9", hint: "swarm runs"))
                == "error: there is no run r_9\n  swarm runs"
        )
        #expect(ErrorReport.text(ErrorDocument(.internal, "oh")) == "error: oh")
    }

    @Test("Colours are off for NO_COLOR, for a dumb terminal and on request")
    func plainness() {
        func isPlain(_ environment: [String: String], flag: Bool = false) -> Bool {
            Console(isJSON: false, isPlain: flag, environment: environment).isPlain
        }
        #expect(!isPlain(["TERM": "xterm"]))
        #expect(isPlain(["TERM": "dumb"]))
        #expect(isPlain(["NO_COLOR": "1"]))
        #expect(!isPlain(["NO_COLOR": ""]))
        #expect(isPlain([:], flag: true))
    }

    @Test("A run that failed says why, with the subtask behind it")
    func outcome() {
        var run = ProgressTests.run(
            Counts(succeeded: 2, failed: 1, skipped: 1),
            elapsed: .milliseconds(1500),
            state: .failed
        )
        run.failure = FailureDocument(Failure(.timeout, "no answer in 5s"), subtask: "r_17/b")
        #expect(
            RunText.lines(run, Style(isOn: false)) == [
                "r_17 audit failed in 1.5s: 2 succeeded, 1 failed, 1 skipped",
                "  failure  r_17/b: timeout: no answer in 5s",
            ]
        )
    }

    @Test("A tree shows each call below the subtask it belongs to, and what still stands")
    func tree() {
        func subtask(
            _ label: String,
            of parent: String? = nil,
            _ state: SubtaskDocument.State = .succeeded
        ) -> SubtaskDocument {
            var document = SubtaskDocument(
                run: RunID(7),
                name: label,
                capability: label == "plan" ? "plan" : "post",
                state: state,
                worker: "ledger-1",
                attempts: 1
            )
            document.of = parent.map { "r_7/\($0)" }
            return document
        }
        var failed = subtask("plan/1/undo", of: "plan/1", .failed)
        failed.failure = FailureDocument(Failure(.internal, "the ledger is closed"))
        failed.attempts = 3
        var effect = subtask("plan/1", of: "plan")
        effect.standing = .compensationFailed
        let lines = RunTree(style: Style(isOn: false)).lines([
            subtask("plan"), subtask("report", .skipped), effect, subtask("plan/2", of: "plan"),
            failed,
        ])
        #expect(
            lines == [
                "plan  plan  succeeded on ledger-1",
                "├─ plan/1  post  succeeded on ledger-1  stands: undoing it failed",
                "│  └─ plan/1/undo  post  failed on ledger-1, 3 attempts: internal: the ledger is "
                    + "closed", "└─ plan/2  post  succeeded on ledger-1",
                "report  post  skipped on ledger-1",
            ]
        )
    }
}
