import SwarmModel

// What the end of one worker means for the others.

extension Swarm {
    /// Restarts or pauses the workers that the strategy, or their own dependencies, tie to one that
    /// has crashed.
    ///
    /// The strategies are those of an OTP supervisor over the agents in the order of the topology.
    /// Each worker concerned finishes what it holds first, within its drain limit.
    mutating func supervise(_ crashed: Int, _ now: Instant, _ step: inout Step) {
        let supervision = plan?.topology.supervision ?? SupervisionPolicy()
        let name = workers[crashed].id.agent
        for slot in workers.indices where slot != crashed && !workers[slot].isRetired {
            let isTied: Bool =
                switch supervision.strategy {
                case .oneForOne: false
                case .oneForAll: true
                case .restForOne: workers[slot].agent > workers[crashed].agent
                }
            let reaction = reaction(of: slot, to: name)
            guard workers[slot].phase == .ready || workers[slot].phase == .suspect else { continue }
            if isTied || reaction == .restart {
                emit(
                    .workerMoved(
                        workers[slot].id,
                        to: .draining,
                        reason: "\(workers[crashed].id) ended, and it is restarted with it"
                    ),
                    now,
                    &step
                )
                step.effects.append(
                    .drain(workers[slot].id, within: shutdown(of: workers[slot]).drain)
                )
                leaveIfIdle(slot, now, &step)
            } else if reaction == .pause, workers[slot].phase == .ready {
                emit(
                    .workerMoved(
                        workers[slot].id,
                        to: .suspect,
                        reason: "paused until \(name) is ready again"
                    ),
                    now,
                    &step
                )
            }
        }
    }

    /// Lets workers go on that were paused for an agent, now that all its workers are ready or have
    /// ended for good; then those that were paused for them, and so on.
    mutating func resume(after changed: Int, _ now: Instant, _ step: inout Step) {
        let name = workers[changed].id.agent
        guard isWhole(name) else { return }
        for slot in workers.indices where workers[slot].phase == .suspect {
            guard reaction(of: slot, to: name) == .pause, awaitedAgent(of: slot) == nil else {
                continue
            }
            emit(
                .workerMoved(
                    workers[slot].id,
                    to: .ready,
                    reason: "it need not wait for \(name) any longer"
                ),
                now,
                &step
            )
            resume(after: slot, now, &step)
        }
    }

    /// Lets a worker that the topology no longer has finish what it holds, and end.
    mutating func leaveIfRetired(_ slot: Int, _ now: Instant, _ step: inout Step) {
        guard workers[slot].isRetired, workers[slot].phase == .ready else { return }
        let worker = workers[slot].id
        emit(
            .workerMoved(worker, to: .draining, reason: "the topology no longer has it"),
            now,
            &step
        )
        step.effects.append(.drain(worker, within: shutdown(of: workers[slot]).drain))
        leaveIfIdle(slot, now, &step)
    }

    /// Keeps work from a worker that joins while an agent it pauses for is not ready; otherwise
    /// lets those go on that were paused for it.
    mutating func pauseOrResume(_ slot: Int, _ now: Instant, _ step: inout Step) {
        guard workers[slot].phase == .ready else { return }
        guard let awaited = awaitedAgent(of: slot) else { return resume(after: slot, now, &step) }
        emit(
            .workerMoved(
                workers[slot].id,
                to: .suspect,
                reason: "paused until \(awaited) is ready again"
            ),
            now,
            &step
        )
    }

    /// The first agent that a worker pauses for and that is not ready; `nil` if there is none.
    private func awaitedAgent(of slot: Int) -> String? {
        workers[slot].configuration.dependsOn
            .first { $0.onRestart == .pause && !isWhole($0.agent) }?.agent
    }

    /// Whether every worker of an agent is ready, but for those that have ended for good.
    func isWhole(_ agent: String) -> Bool {
        workers.allSatisfy {
            $0.id.agent != agent || $0.phase == .ready || $0.isRetired || $0.hasEnded
        }
    }

    private func reaction(of slot: Int, to agent: String) -> AgentDependency.OnRestart {
        workers[slot].configuration.dependsOn.first { $0.agent == agent }?.onRestart ?? .ignore
    }
}
