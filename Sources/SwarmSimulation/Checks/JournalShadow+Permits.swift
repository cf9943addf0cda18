import SwarmCore
import SwarmModel

// Leases and the permits that go with them, as the records give them out and back.

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

    // MARK: Leases

    /// Whether a lease is live, of this subtask and this worker.
    func holds(
        _ lease: LeaseID,
        _ subtask: SubtaskID,
        _ worker: WorkerID,
        _ what: String
    ) -> Broken? {
        let number = subtask.run.number
        guard lease.number > 0, lease.number <= UInt64(leases.count) else {
            return broken("I5", "\(subtask) \(what) under \(lease), which was never given", number)
        }
        let held = leases[Int(lease.number) - 1]
        guard held.state == .live, held.run == number,
            workerPositions[worker] == Int(held.worker),
            runs[Int(number) - 1].subtasks[Int(held.place)].index == subtask.index
        else {
            return broken(
                "I5",
                "\(subtask) \(what) under \(lease), which is \(held.state) and not its own",
                number
            )
        }
        return nil
    }

    mutating func end(_ lease: LeaseID) {
        let position = Int(lease.number) - 1
        leases[position].state = .ended
        guard !leases[position].isParked else { return }
        workers[Int(leases[position].worker)].held -= 1
        giveBack(leases[position].semaphores)
    }

    mutating func released(_ lease: LeaseID, _ worker: WorkerID) -> Broken? {
        guard lease.number > 0, lease.number <= UInt64(leases.count),
            leases[Int(lease.number) - 1].state == .revoked,
            workerPositions[worker] == Int(leases[Int(lease.number) - 1].worker)
        else { return broken("I10", "\(lease) is released by \(worker), which does not owe it") }
        end(lease)
        return nil
    }

    func text(_ bytes: [UInt8]?) -> String {
        String(decoding: (bytes ?? []).prefix(200), as: UTF8.self)
    }
}
