import ArgumentParser
import FoundationEssentials
import SwarmModel
import SwarmRuntime

/// `swarm logs`.
struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Read the log, or follow it.",
        discussion: """
            All conditions must hold. The log is read from the state directory, so it can be read \
            when no swarm is up; following goes on across restarts. With --json the lines are JSON \
            Lines, as in the file. docs/events.md lists the events.

            EXAMPLES
              swarm logs --level warn --since 10m
              swarm logs -f --agent 'pricing*' --event 'worker.*'
              swarm logs --run r_17 --grep 503 --context 3
              swarm logs --json --event run.failed | jq -r .run
            """
    )

    @OptionGroup var global: GlobalOptions

    @Flag(name: [.customShort("f"), .long], help: "Go on with what comes.")
    var follow = false

    @Option(help: ArgumentHelp("A worker or an agent; * and ? stand for text.", valueName: "name"))
    var agent: String?

    @Option(help: ArgumentHelp("Only this run.", valueName: "run"))
    var run: RunID?

    @Option(help: "Only this level and above: debug, info, warn, error.")
    var level: LogLevel?

    @Option(
        help: ArgumentHelp(
            "Nothing earlier: a duration such as 10m, or a moment such as 2026-11-22T03:04:05Z.",
            valueName: "when"
        )
    )
    var since: SinceArgument?

    @Option(help: ArgumentHelp("An event; * and ? stand for text.", valueName: "name"))
    var event: String?

    @Option(
        help: ArgumentHelp(
            "Only lines with this text; case matters only if it has capitals.",
            valueName: "text"
        )
    )
    var grep: String?

    @Option(help: ArgumentHelp("Lines around each match of --grep.", valueName: "n"))
    var context = 0

    @Option(
        name: [.customShort("n"), .long],
        help: ArgumentHelp("Only the last so many lines.", valueName: "n")
    )
    var tail: Int?

    func validate() throws {
        guard context >= 0, tail ?? 0 >= 0 else {
            throw ValidationError("--context and --tail take no negative number.")
        }
    }

    func run() async throws {
        let console = global.console
        let directory = try global.stateDirectory().path + "/logs"
        guard follow || FileManager.default.fileExists(atPath: directory) else {
            throw ErrorDocument(
                .notFound,
                "there is no log in \(directory)",
                hint: "no swarm has run with this state directory; --state-dir names another"
            )
        }
        let query = LogQuery(
            agent: agent.map { GlobPattern($0) },
            run: run,
            level: level,
            since: since?.moment,
            event: event.map { GlobPattern($0) },
            grep: grep,
            context: context
        )
        let printer = LogPrinter(console: console)
        let cursor = LogCursor(directory: directory, query: query)
        var last: [LogSelection] = []
        while let selection = cursor.next() {
            guard let tail else {
                printer.print(selection)
                continue
            }
            last.append(selection)
            if last.count > tail { last.removeFirst() }
        }
        for selection in last { printer.print(selection) }
        if cursor.unreadable > 0 { console.note("\(cursor.unreadable) lines could not be read") }
        while follow {
            while let selection = cursor.next() { printer.print(selection) }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}

/// A moment in the past: so long ago, or a timestamp.
struct SinceArgument: ExpressibleByArgument {
    let moment: Instant

    init?(argument: String) {
        if let moment = Instant(rfc3339: argument) {
            self.moment = moment
        } else if let ago = Duration(configuration: argument) {
            moment = Instant(microseconds: Instant.wallClock().microseconds - ago.wholeMicroseconds)
        } else {
            return nil
        }
    }
}

/// Prints lines of the log as text or as JSON Lines.
struct LogPrinter {
    let console: Console

    /// Prints one line, after a mark where lines around matches were left out.
    func print(_ selection: LogSelection) {
        var bytes: [UInt8] = []
        if console.isJSON {
            selection.record.writeJSONLine(to: &bytes)
        } else {
            if selection.followsGap { console.print("--") }
            selection.record.writeTextLine(
                to: &bytes,
                style: LogTextStyle(isColored: console.hasColour)
            )
        }
        if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
        Console.write(String(decoding: bytes, as: UTF8.self), to: 1)
    }
}
