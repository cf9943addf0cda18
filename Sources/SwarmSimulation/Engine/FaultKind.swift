/// One kind of trouble; each seed switches whole kinds on and off.
public enum FaultKind: String, Hashable, Sendable, CaseIterable {
    /// The process of a worker is killed.
    case kill
    /// A worker is stopped for longer than its leases may last, and goes on as a zombie.
    case stop
    /// A handler never ends.
    case hang
    /// A handler takes a hundred times as long.
    case slow
    /// A handler reports a failure that may pass.
    case fail
    /// A handler reports a failure that repeating cannot mend.
    case refuse
    /// A handler returns what its contract does not allow.
    case invalid
    /// A process exits with 0 and work in its hands.
    case quit
    /// A process ends soon after it began, again and again.
    case crashloop
    /// A process takes long to say HELLO, or never does.
    case slowstart
    /// A process cannot be started.
    case launch
    /// A worker reports results of leases that are not its own.
    case lie
    /// A worker says everything twice.
    case twice
    /// A worker gives subtasks back.
    case giveback
    /// A handler goes on when it is asked to stop, and reports a result all the same.
    case deaf
    /// A connection breaks; what was on its way is lost.
    case disconnect
    /// One direction of a connection is cut for a while.
    case partition
    /// Single messages are lost without anyone noticing.
    case loss
    /// Messages take a hundred times as long.
    case delay
    /// The coordinator is killed and started again.
    case crash
    /// The journal cannot be written, which ends the coordinator.
    case disk
    /// A commit takes long.
    case stall
    /// The coordinator does not run for a while.
    case freeze
    /// Operators cancel runs.
    case cancel
    /// Runs have short deadlines.
    case deadline
    /// The wall clock has jumped when the coordinator is started again.
    case clock
    /// The topology is loaded again, with other numbers.
    case reload
    /// The swarm is told to stop in order, and started again.
    case halt
    /// Handlers delegate without end: recursion, cycles, loops, more than they may.
    case runaway
    /// Runs and agents have little to spend.
    case poverty
}

/// A set of fault kinds.
public struct FaultSet: OptionSet, Hashable, Sendable {
    /// A bit for each kind, in the order of the cases.
    public let rawValue: UInt64

    /// The set with these bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The set with these kinds.
    public init(_ kinds: some Sequence<FaultKind>) {
        var bits: UInt64 = 0
        for kind in kinds { bits |= FaultSet.bit(of: kind) }
        rawValue = bits
    }

    /// Every kind there is.
    public static let all = FaultSet(FaultKind.allCases)

    /// The kinds, in the order of the cases.
    public var kinds: [FaultKind] { FaultKind.allCases.filter { contains($0) } }

    /// Whether a kind is among them.
    public func contains(_ kind: FaultKind) -> Bool { rawValue & FaultSet.bit(of: kind) != 0 }

    /// The set without one kind.
    public func without(_ kind: FaultKind) -> FaultSet {
        FaultSet(rawValue: rawValue & ~FaultSet.bit(of: kind))
    }

    private static func bit(of kind: FaultKind) -> UInt64 {
        guard let position = FaultKind.allCases.firstIndex(of: kind) else { return 0 }
        return 1 << UInt64(position)
    }
}
