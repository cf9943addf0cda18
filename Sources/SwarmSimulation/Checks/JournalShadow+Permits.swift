// Permits of named semaphores, as the records give them out and back.

extension JournalShadow {
    mutating func acquire(_ mask: UInt64) -> Int? {
        var over: Int?
        for position in holders.indices where mask & 1 << UInt64(position) != 0 {
            holders[position] += 1
            if holders[position] > permits[position] { over = position }
        }
        return over
    }

    mutating func giveBack(_ mask: UInt64) {
        for position in holders.indices where mask & 1 << UInt64(position) != 0 {
            holders[position] -= 1
        }
    }

    func isFree(_ mask: UInt64) -> Bool {
        holders.indices.allSatisfy {
            mask & 1 << UInt64($0) == 0 || holders[$0] < permits[$0]
        }
    }
}
