import SwarmControl
import SwarmModel
import UnixSignals

/// Waits for a run, shows how it goes, and turns Ctrl-C into a request to cancel it.
struct RunWatch {
    let client: ControlClient
    let console: Console
    let run: RunID
    /// Ctrl-C, and what a service manager sends; trapped since before the run was submitted.
    let signals: UnixSignalsSequence
    /// Whether nobody is there to decide anything, so that a question ends the watch.
    let isUnattended: Bool

    /// What ended the watch.
    enum End: Sendable {
        /// The run ended.
        case ended(RunDocument)
        /// The user left; the run goes on, or goes on cancelling.
        case left
    }

    private enum Event: Sendable {
        case snapshot(RunDocument)
        case interrupt
        case tick
        /// No more snapshots will come, and why.
        case over((any Error)?)
    }

    /// Watches until the run has ended or the user leaves.
    func end() async throws -> End {
        let (events, sink) = AsyncStream.makeStream(of: Event.self)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask {
                do {
                    for try await snapshot in client.progress(of: run) {
                        sink.yield(.snapshot(snapshot))
                    }
                } catch {
                    sink.yield(.over(error))
                }
                sink.yield(.over(nil))
            }
            tasks.addTask {
                for await _ in signals {
                    sink.yield(.interrupt)
                }
            }
            if console.isAnimated {
                tasks.addTask {
                    while !Task.isCancelled {
                        try await Task.sleep(for: .milliseconds(100))
                        sink.yield(.tick)
                    }
                }
            }
            return try await follow(events)
        }
    }

    private func follow(_ events: AsyncStream<Event>) async throws -> End {
        var display = LiveDisplay()
        var plain = PlainProgress()
        var last: RunDocument?
        var seen = ContinuousClock.now
        var interrupts = 0
        defer { if console.isAnimated { display.erase() } }
        for await event in events {
            switch event {
            case .snapshot(let snapshot):
                last = snapshot
                seen = .now
                if !console.isAnimated && !console.isJSON {
                    for line in plain.lines(snapshot) { console.note(line) }
                }
                if snapshot.state.isTerminal || isUnattended && snapshot.state == .asking {
                    return .ended(snapshot)
                }
            case .interrupt:
                interrupts += 1
                guard interrupts == 1 else { return .left }
                if console.isAnimated { display.erase() }
                console.note("cancelling \(run); press Ctrl-C again to leave without waiting")
                _ = try await client.cancel(run, reason: "interrupted by the user")
            case .tick:
                guard let last else { continue }
                draw(last, since: seen, on: &display)
            case .over(let error):
                let isGone = (error as? ErrorDocument)?.code == .unreachable
                guard let error, !isGone else { throw Self.orphaned(run) }
                throw error
            }
        }
        throw CancellationError()
    }

    private static func orphaned(_ run: RunID) -> ErrorDocument {
        ErrorDocument(
            .unreachable,
            "the coordinator ended before \(run) did",
            hint: "the run is in the journal and goes on after `swarm up -d`"
        )
    }

    /// Draws the last snapshot, with its clocks moved on.
    private func draw(
        _ snapshot: RunDocument,
        since seen: ContinuousClock.Instant,
        on display: inout LiveDisplay
    ) {
        let passed = (ContinuousClock.now - seen).wholeMilliseconds
        var run = snapshot
        run.elapsedMs += passed
        for index in run.current.indices { run.current[index].elapsedMs += passed }
        let view = ProgressView(style: Style(isOn: true), width: display.width)
        let lines = view.lines(run)
        display.draw(lines, lengths: lines.map(\.terminalColumns))
    }
}
