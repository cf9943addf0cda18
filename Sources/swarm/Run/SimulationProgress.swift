import Glibc
import SwarmModel
import Synchronization

/// Says on standard error how far a simulation has come: on a terminal all the time, in logs and
/// pipes once a minute, beside JSON not at all.
final class SimulationProgress: Sendable {
    private let console: Console
    private let total: Int
    private let unit: String
    private let begin = ContinuousClock.now
    private let minutesTold = Mutex<Int64>(0)

    /// - Parameters:
    ///   - total: How many there are to do.
    ///   - unit: What they are: `seeds`, `runs`.
    ///   - console: Decides what is shown.
    init(of total: Int, _ unit: String, on console: Console) {
        self.total = total
        self.unit = unit
        self.console = console
    }

    /// So many are done.
    func reached(_ done: Int) {
        guard !console.isJSON else { return }
        let elapsed = ContinuousClock.now - begin
        let line = "\(done)/\(total) \(unit)" + Self.times(done, of: total, elapsed)
        if console.isAnimated {
            Console.write("\r\u{1B}[K\(line)", to: STDERR_FILENO)
        } else if isDue(elapsed) {
            console.note(line)
        }
    }

    /// Makes room for the result.
    func end() {
        if console.isAnimated { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }

    /// How long it has taken, and how long it will take if the rest goes as fast.
    static func times(_ done: Int, of total: Int, _ elapsed: Duration) -> String {
        let milliseconds = elapsed.wholeMilliseconds
        let taken = " after \(ShortDuration.text(milliseconds: milliseconds))"
        guard milliseconds >= 2000, done > 0, done < total else { return taken }
        let left = Double(milliseconds) * Double(total - done) / Double(done)
        return taken + ", about \(ShortDuration.text(milliseconds: left)) left"
    }

    private func isDue(_ elapsed: Duration) -> Bool {
        let minutes = elapsed.components.seconds / 60
        return minutesTold.withLock { told in
            defer { told = max(told, minutes) }
            return minutes > told
        }
    }
}
