/// What a circuit breaker guards.
public enum BreakerTarget: Hashable, Sendable, CustomStringConvertible {
    /// One capability at one worker: `post_entry@ledger-1`.
    case tool(capability: String, worker: WorkerID)
    /// One worker, whatever it is asked: `ledger-1`.
    case agent(WorkerID)
    /// The runs of one workflow: `workflow:month-end`.
    case workflow(String)

    /// The form written in the journal, in logs and on the command line.
    public var description: String {
        switch self {
        case .tool(let capability, let worker): "\(capability)@\(worker)"
        case .agent(let worker): "\(worker)"
        case .workflow(let name): "workflow:\(name)"
        }
    }

    /// Reads what ``description`` writes; nil for anything else.
    public init?(_ text: some StringProtocol) {
        if text.hasPrefix("workflow:") {
            let name = String(text.dropFirst(9))
            guard CapabilityName.isValid(name) else { return nil }
            self = .workflow(name)
        } else if let at = text.firstIndex(of: "@") {
            let capability = String(text[..<at])
            guard CapabilityName.isValid(capability),
                let worker = WorkerID(String(text[text.index(after: at)...]))
            else { return nil }
            self = .tool(capability: capability, worker: worker)
        } else {
            guard let worker = WorkerID(String(text)) else { return nil }
            self = .agent(worker)
        }
    }
}

/// Where a circuit breaker stands.
public enum BreakerState: String, Hashable, Sendable, CaseIterable, Codable {
    /// Calls pass and are counted. Next: open, forcedOpen, disabled.
    case closed
    /// No call passes until its wait ends. Next: halfOpen, forcedOpen, disabled, closed by reset.
    case open
    /// A few trial calls decide. Next: closed, open, forcedOpen, disabled.
    case halfOpen = "half_open"
    /// An operator keeps it open. Next: closed, disabled.
    case forcedOpen = "forced_open"
    /// Every call passes and none is counted. Next: closed, forcedOpen.
    case disabled
}

/// What an operator may tell a circuit breaker.
public enum BreakerCommand: String, Hashable, Sendable, CaseIterable, Codable {
    /// Let nothing pass until told otherwise.
    case open
    /// Let calls pass again.
    case close
    /// Forget everything that was counted, and let calls pass.
    case reset
}
