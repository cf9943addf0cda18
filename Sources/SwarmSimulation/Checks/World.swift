/// What calls really did outside the swarm: the truth that no belief of the coordinator changes.
struct World {
    /// One call by its idempotency key.
    struct Entry {
        /// How many times the effect took hold; a key that is known already changes nothing when
        /// the capability honours it.
        var applied = 0
        /// How many times it was carried out.
        var executions = 0
        /// Whether it was undone.
        var isUndone = false
        /// The lease under which it took hold first.
        var lease: UInt64 = 0

        /// Whether the effect is there.
        var stands: Bool { applied > 0 && !isUndone }
    }

    private(set) var entries: [UInt64: Entry] = [:]

    private func key(_ run: UInt64, _ index: Int32) -> UInt64 { run << 32 | UInt64(index) }

    /// Carries out a call; gives how many times its effect has taken hold since.
    mutating func act(run: UInt64, index: Int32, lease: UInt64, isIdempotent: Bool) -> Int {
        let key = key(run, index)
        entries[key, default: Entry()].executions += 1
        if !isIdempotent || entries[key, default: Entry()].applied == 0 {
            entries[key, default: Entry()].applied += 1
        }
        if entries[key, default: Entry()].lease == 0 {
            entries[key, default: Entry()].lease = lease
        }
        return entries[key, default: Entry()].applied
    }

    /// Undoes a call; what is not there or is undone already stays as it is.
    mutating func undo(run: UInt64, index: Int32) {
        entries[key(run, index)]?.isUndone = true
    }

    func entry(run: UInt64, index: Int32) -> Entry { entries[key(run, index)] ?? Entry() }
}
