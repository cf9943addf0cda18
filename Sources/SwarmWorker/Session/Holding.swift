import SwarmModel
import SwarmWire

/// What the socket thread knows of one lease, from TASK until its result is acknowledged.
///
/// A class, so that one look-up in the table is enough for any number of changes. Used on the
/// socket thread only.
final class Holding {
    let lease: HeldLease
    /// How it ended; kept until RESULT_ACK, to be sent again if need be.
    var ending: Ending?
    /// Whether GO has not come yet for a start that must be confirmed.
    var awaitsGo: Bool
    /// Whether this session was told of the start.
    var startIsTold = false
    /// PROGRESS messages that may still be sent.
    var progressCredit: Int
    /// The position of the next PROGRESS.
    var progressSequence: Int64 = 0
    /// A step that waits for credit.
    var heldStep: HeldLease.Step?
    /// The moment after which GO is of no use; nil when there is no limit.
    var goDeadline: UInt64?
    /// What it asks for and is not answered, by the number of the call.
    var calls: [Int64: DelegatedCall] = [:]
    /// What it asks for beyond the calls that may be open.
    var callsInQueue: [DelegatedCall] = []

    init(_ lease: HeldLease, progressCredit: Int) {
        self.lease = lease
        self.progressCredit = progressCredit
        awaitsGo = lease.assignment.confirmsStart
        startIsTold = awaitsGo
    }

    var id: LeaseID { lease.id }
}

/// The leases that were done with lately, so that a TASK that comes twice is not carried out twice.
struct RecentLeases {
    /// How many are remembered: twice as many as can be in flight.
    static let limit = 2 * WireLimits.leases

    private var ring: [LeaseID] = []
    private var next = 0
    private var members: Set<LeaseID> = []

    func contains(_ lease: LeaseID) -> Bool { members.contains(lease) }

    mutating func insert(_ lease: LeaseID) {
        guard members.insert(lease).inserted else { return }
        guard ring.count == Self.limit else { return ring.append(lease) }
        members.remove(ring[next])
        ring[next] = lease
        next = (next + 1) % Self.limit
    }
}
