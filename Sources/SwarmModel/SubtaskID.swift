/// One subtask of one run: `r_17/check`, or an element of a fan-out, `r_17/check[42]`.
public struct SubtaskID: Hashable, Sendable, CustomStringConvertible {
    /// The run it belongs to.
    public var run: RunID
    /// Its position among all subtasks of the run, fan-out included; what the core finds it by.
    public var index: Int32
    /// The name of its definition in the workflow.
    public var name: String
    /// Which element of the fan-out it is for; nil when its definition does not fan out.
    public var item: Int32?

    /// Names a subtask.
    public init(run: RunID, index: Int32, name: String, item: Int32? = nil) {
        self.run = run
        self.index = index
        self.name = name
        self.item = item
    }

    /// The part after the run: `check[42]`.
    public var label: String {
        if let item { "\(name)[\(item)]" } else { name }
    }

    /// The form written in the journal, in logs and in documents.
    public var description: String { "\(run)/\(label)" }

    /// Appends ``description`` as UTF-8, without making a string.
    public func write(to bytes: inout [UInt8]) {
        bytes.append(0x72)
        bytes.append(0x5F)
        SubtaskID.write(run.number, to: &bytes)
        bytes.append(0x2F)
        writeLabel(to: &bytes)
    }

    /// Appends ``label`` as UTF-8, without making a string.
    public func writeLabel(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: name.utf8)
        guard let item else { return }
        bytes.append(0x5B)
        SubtaskID.write(UInt64(item), to: &bytes)
        bytes.append(0x5D)
    }

    private static func write(_ number: UInt64, to bytes: inout [UInt8]) {
        if number >= 10 { write(number / 10, to: &bytes) }
        bytes.append(0x30 + UInt8(truncatingIfNeeded: number % 10))
    }
}

/// How a run ended.
public enum RunOutcome: String, Hashable, Sendable, CaseIterable, Codable {
    /// Every subtask that was to run did, and succeeded.
    case succeeded
    /// It failed, and nothing had to be undone, or nothing could be.
    case failed
    /// Someone ended it; nothing had to be undone, or nothing could be, or everything was.
    case cancelled
    /// It failed, and everything it did was undone.
    case compensated
    /// It failed or was cancelled; what could be undone was, and the rest is listed.
    case partiallyCompensated = "partially_compensated"
    /// Undoing failed, and someone accepted what is left.
    case compensationFailed = "compensation_failed"
}

/// Where a worker instance stands, as routing sees it.
public enum WorkerPhase: String, Hashable, Sendable, CaseIterable, Codable {
    /// Not running, and not about to. Next: launching.
    case stopped
    /// Waiting for its restart backoff to pass. Next: launching, stopped.
    case waiting
    /// A launch is under way. Next: expected, waiting, quarantined.
    case launching
    /// The process runs and has not said HELLO in this session. Next: ready, lost, exited states.
    case expected
    /// In routing. Next: suspect, lost, draining, stopping.
    case ready
    /// Silent for longer than a beat: keeps its leases, gets no new work. Next: ready, lost.
    case suspect
    /// Silent for too long: its leases are revoked. Next: ready (it came back), stopping.
    case lost
    /// Finishing what it holds, taking nothing new. Next: stopping, stopped.
    case draining
    /// Asked to end by a signal. Next: waiting, stopped.
    case stopping
    /// Restarted too often; out of routing until an operator clears it. Next: launching.
    case quarantined
}

/// How the process of a worker ended.
public enum ExitStatus: Hashable, Sendable, CustomStringConvertible {
    /// It ended by itself with this code.
    case exited(Int32)
    /// A signal with this number ended it.
    case signalled(Int32)
    /// It was not a child of this coordinator, so only that it ended is known.
    case unknown

    /// The form written in the journal, in logs and in documents.
    public var description: String {
        switch self {
        case .exited(let code): "exit \(code)"
        case .signalled(let number): "signal \(number)"
        case .unknown: "ended, and nobody can say how"
        }
    }
}
