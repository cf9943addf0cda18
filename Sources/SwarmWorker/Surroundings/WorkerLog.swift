import Glibc
import SwarmModel

/// Log lines of a worker, as JSON on its standard error.
///
/// The coordinator captures the stream and takes `level`, `msg`, `run` and `task` over into the
/// swarm's own log, so the lines of all workers stand beside the decisions about them.
public struct WorkerLog: Sendable {
    /// How much a line matters.
    public enum Level: String, Hashable, Sendable, CaseIterable, Comparable {
        case debug, info, warn, error

        private var rank: Int {
            switch self {
            case .debug: 0
            case .info: 1
            case .warn: 2
            case .error: 3
            }
        }

        /// Orders levels by how much they matter.
        public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
    }

    /// Lines below this level are not written.
    public let threshold: Level
    private let subtask: String?
    private let descriptor: CInt

    init(threshold: Level, subtask: String? = nil, descriptor: CInt = STDERR_FILENO) {
        self.threshold = threshold
        self.subtask = subtask
        self.descriptor = descriptor
    }

    func about(_ subtask: String) -> WorkerLog {
        WorkerLog(threshold: threshold, subtask: subtask, descriptor: descriptor)
    }

    /// Something only the author of the worker wants to know.
    public func debug(_ message: @autoclosure () -> String, _ fields: [String: String] = [:]) {
        write(.debug, message, fields)
    }

    /// Something worth knowing that needs no action.
    public func info(_ message: @autoclosure () -> String, _ fields: [String: String] = [:]) {
        write(.info, message, fields)
    }

    /// Something that was dealt with, and should not have happened.
    public func warn(_ message: @autoclosure () -> String, _ fields: [String: String] = [:]) {
        write(.warn, message, fields)
    }

    /// Something that was not dealt with.
    public func error(_ message: @autoclosure () -> String, _ fields: [String: String] = [:]) {
        write(.error, message, fields)
    }

    private func write(_ level: Level, _ message: () -> String, _ fields: [String: String]) {
        guard level >= threshold else { return }
        var line = JSONWriter(reservingCapacity: 160)
        line.beginObject()
        line.key("level")
        line.string(level.rawValue)
        line.key("msg")
        line.string(message())
        if let subtask {
            let parts = subtask.split(separator: "/", maxSplits: 1)
            line.key("run")
            line.string(String(parts[0]))
            if parts.count == 2 {
                line.key("task")
                line.string(String(parts[1]))
            }
        }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            line.key(named: name)
            line.string(value)
        }
        line.endObject()
        var bytes = line.takeBytes()
        bytes.append(0x0A)
        Self.write(bytes, to: descriptor)
    }

    /// Writes plain text, for somebody who sits at a terminal.
    static func print(_ text: String) { write(Array(text.utf8), to: STDERR_FILENO) }

    /// Writes everything at once, so that lines of several threads do not mix.
    private static func write(_ bytes: [UInt8], to descriptor: CInt) {
        bytes.withUnsafeBytes { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
    }
}
