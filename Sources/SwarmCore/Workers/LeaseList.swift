import DequeModule

/// The leases of one worker, oldest first and so sorted by number.
///
/// Most end in about the order in which they were given, so taking one from near the front must not
/// move all the others.
struct LeaseList: RandomAccessCollection, MutableCollection, Hashable, Sendable {
    private var leases: Deque<Lease> = []

    var startIndex: Int { leases.startIndex }

    var endIndex: Int { leases.endIndex }

    subscript(position: Int) -> Lease {
        get { leases[position] }
        _modify { yield &leases[position] }
    }

    mutating func append(_ lease: Lease) { leases.append(lease) }

    mutating func remove(at position: Int) -> Lease { leases.remove(at: position) }
}
