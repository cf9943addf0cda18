import SwarmCore
import SwarmModel

// Who waits for what, in which order.

extension JournalShadow {
    mutating func makeReady(_ run: Int, _ place: Int) {
        runs[run].subtasks[place].phase = .ready
        runs[run].subtasks[place].order = order
        lanes[lane(run, place)].ready.append(
            Waiting(
                run: UInt64(run) + 1,
                place: Int32(place),
                priority: priority(run, place),
                order: order,
                since: moment
            )
        )
    }

    /// The lane a subtask waits in.
    func lane(_ run: Int, _ place: Int) -> Int {
        let subtask = runs[run].subtasks[place]
        return subtask.lane >= 0
            ? Int(subtask.lane) : laneOf[runs[run].workflow][Int(subtask.definition)]
    }

    /// The lane for calls of this kind, made if there is none yet.
    mutating func lane(_ capability: Int, _ agent: Int?, _ semaphores: UInt64) -> Int {
        let known = lanes.firstIndex {
            $0.capability == capability && $0.agent == agent && $0.semaphores == semaphores
        }
        if let known { return known }
        lanes.append(Lane(capability: capability, agent: agent, semaphores: semaphores))
        return lanes.count - 1
    }

    /// Takes a subtask out of its lane; gives another that should have gone before it, if any.
    mutating func leaveLane(
        _ run: Int,
        _ place: Int,
        for agent: Int? = nil,
        at time: Instant
    ) -> (found: Bool, before: Waiting?) {
        let lane = lane(run, place)
        guard
            let position = lanes[lane].ready.firstIndex(where: {
                $0.run == UInt64(run) + 1 && $0.place == Int32(place)
            })
        else { return (false, nil) }
        let subject = lanes[lane].ready[position]
        lanes[lane].ready.swapAt(position, lanes[lane].ready.count - 1)
        lanes[lane].ready.removeLast()
        let own = JournalShadow.rank(subject.priority, after: time - subject.since)
        let before = lanes[lane].ready.first {
            guard !runs[Int($0.run) - 1].subtasks[Int($0.place)].avoids else { return false }
            let rank = JournalShadow.rank($0.priority, after: time - $0.since)
            guard rank > own || (rank == own && $0.order < subject.order) else { return false }
            guard let agent else { return true }
            return refusal(Int($0.run) - 1, Int($0.place), agent: agent) == nil
        }
        return (true, before)
    }

    mutating func clearLanes(of run: Int) {
        for lane in lanes.indices where !lanes[lane].ready.isEmpty {
            lanes[lane].ready.removeAll {
                $0.run == UInt64(run) + 1 && !runs[run].subtasks[Int($0.place)].isProtected
            }
        }
    }
}
