import SwarmModel

/// One named semaphore as an operator sees it.
public struct SemaphoreView: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// How many subtasks may hold it at once.
    public var permits: Int
    /// How many hold it; more than the permits while a lowered limit or a parent that goes on
    /// after its calls makes it so.
    public var held: Int
    /// The subtasks that hold it, by lease.
    public var holders: [RunningSubtask]
    /// Subtasks that wait for a worker and need it.
    public var waiting: Int
}

extension Swarm {
    /// All named semaphores, in the order they were declared.
    public var semaphoreViews: [SemaphoreView] {
        semaphores.semaphores.enumerated().map { position, semaphore in
            SemaphoreView(
                name: semaphore.name,
                permits: semaphore.permits,
                held: semaphore.held,
                holders: holders(of: position),
                waiting: router.lanes.reduce(0) { total, lane in
                    total + (lane.semaphores.contains(position) ? lane.queue.count : 0)
                }
            )
        }
    }

    private func holders(of semaphore: Int) -> [RunningSubtask] {
        var holders: [RunningSubtask] = []
        for worker in workers {
            for lease in worker.leases
            where !lease.isParked && lease.semaphores.contains(semaphore) {
                // A worker that does not let go may hold it for a run that has ended.
                let subtask =
                    runs.slot(of: lease.run) == nil
                    ? SubtaskID(
                        run: lease.run,
                        index: lease.index,
                        name: router.capabilities[Int(lease.capability)].name
                    ) : subtask(of: lease)
                holders.append(
                    RunningSubtask(
                        subtask: subtask,
                        worker: worker.id,
                        lease: LeaseID(lease.number),
                        since: lease.dispatched
                    )
                )
            }
        }
        return holders.sorted { $0.lease < $1.lease }
    }
}
