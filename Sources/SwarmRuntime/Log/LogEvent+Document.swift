import SwarmModel

extension LogEvent {
    /// The page `docs/events.md`: how a line of the log is read, and every event with its level.
    public static var documentation: String {
        var text = introduction
        var noun: Substring = ""
        for event in allCases {
            if event.noun != noun {
                noun = event.noun
                text += "\n### \(noun)\n\n| event | level | what happened |\n| --- | --- | --- |\n"
            }
            text += "| `\(event.rawValue)` | \(event.level.rawValue) | \(event.summary) |\n"
        }
        return text
    }

    /// A line as both renderings show it.
    static let example = LogRecord(
        .subtaskRetried,
        at: Instant(microseconds: 1_795_316_645_123_000),
        run: RunID(17),
        subtask: "check[42]",
        worker: WorkerID(agent: "packages", replica: 1),
        capability: "check",
        message: "attempt 1 failed: the file changed while it was read; next in 0.5 s",
        fields: ["kind": "transient", "attempt": 1],
        seq: 18234
    )

    private static var exampleText: String { example.text() }

    private static var exampleLine: String {
        var bytes: [UInt8] = []
        example.writeJSONLine(to: &bytes)
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }

    private static let introduction = """
        # Events of the log

        <!-- Generated from Sources/SwarmRuntime/Log; SWARM_WRITE_DOCS=1 scripts/test writes it again. -->

        The coordinator logs to `logs/coordinator.jsonl` in its state directory, one JSON object a line,
        in files of at most 64 MiB, of which five are kept; full ones are numbered (`coordinator.7.jsonl`,
        the higher the later). `swarm logs` shows them as text. Both renderings say the same, lose
        nothing, and read back as the same record:

        ```
        \(exampleText)
        \(exampleLine)
        ```

        | key | in text | meaning |
        | --- | --- | --- |
        | `ts` | first column | when; UTC, milliseconds |
        | `level` | second column | `debug`, `info`, `warn` or `error` |
        | `event` | third column | one of the events below |
        | `run`, `subtask` | fourth column, `run/subtask` or `-` | what it concerns |
        | `worker` | fifth column or `-` | which worker it concerns |
        | `msg` | up to two spaces | what happened, what was done about it, what comes next |
        | `capability` | `capability=` | which capability it concerns |
        | `seq` | `seq=` | the position of the journal at which it was true |
        | `trace` | `trace=` | the trace it belongs to |
        | `do` | `do=` | the command to look further or to act; always there from `warn` on |
        | any other | `key=value` | details of the event |

        In text, a value that could be mistaken for something else is quoted as in JSON. In both,
        control and bidirectional characters are written as `\\u` escapes, so what a worker wrote cannot
        act on a terminal. A detail whose key is one of the above gets `field_` before it.

        What workers write to their standard output and standard error arrives as `worker.output` with
        `stream`, up to 1,000 lines a second from each and 16 KiB a line; more is left out and counted. A
        line that is a JSON object with `level` and `msg` is lifted: it keeps its own level, message and
        members. A log that cannot be written, because the disk is full, costs lines and nothing else;
        `log.dropped` says how many.

        The coordinator's own lines are written from `info` on, or from the level that `swarm up
        --log-level` names; a worker's structured lines from `log.level` of its agent on.

        The names below are part of the interface: alert on them. A name is never used for something else.

        ## Catalogue

        """
}
