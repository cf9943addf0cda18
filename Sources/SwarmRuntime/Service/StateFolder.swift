import Glibc
import SwarmModel
import ZeroMQ

/// Where a coordinator keeps everything that is its own; only this user may enter.
public struct StateFolder: Hashable, Sendable {
    /// Its absolute path.
    public let path: String

    /// Names a folder that need not be there yet.
    public init(path: String) { self.path = path }

    /// The journal unless the topology names another file.
    public var journal: String { "\(path)/journal.db" }
    /// The lock that one coordinator holds.
    public var lock: String { "\(path)/lock" }
    /// Where tokens and secrets of workers are.
    public var workers: String { "\(path)/workers" }
    /// Where logs are.
    public var logs: String { "\(path)/logs" }
    /// Where the output of workers goes until it has been read.
    public var output: String { "\(path)/logs/output" }
    /// Where workers connect, unless the topology says otherwise.
    public var bus: String { "ipc://\(path)/bus.sock" }

    /// Makes the folder and what is in it, private to this user.
    ///
    /// - Throws: `ZeroMQError` saying which folder cannot be had, and why.
    public func prepare() throws {
        for folder in [path, workers, logs, output] {
            try IPCEndpoint.prepareDirectory(folder)
        }
    }
}
