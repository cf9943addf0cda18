import SwarmModel

// How records change what is known of workers.

extension Swarm {
    mutating func applyOpened(epoch: UInt64, seed: UInt64, at time: Instant) {
        self.epoch = epoch
        self.seed = seed
        for slot in runs.live { runs.slots[slot].loops = LoopCache() }
        isStopping = false
        isHalted = false
        // The sessions ended with the last coordinator. Processes may live on: each has until the
        // readiness limit to say HELLO again.
        for slot in workers.indices {
            switch workers[slot].phase {
            case .launching, .expected, .ready, .suspect, .lost:
                workers[slot].phase = .expected
                workers[slot].wakeAt = time + workers[slot].configuration.readyTimeout
                clock.note(workers[slot].wakeAt)
            case .draining:
                // It was told to leave and will give back whatever it gets. Should it be wanted
                // again, it is once it has ended.
                workers[slot].isReplaced = true
                let soon = time + workers[slot].configuration.readyTimeout
                workers[slot].wakeAt = max(workers[slot].wakeAt ?? soon, soon)
                clock.note(workers[slot].wakeAt)
            case .stopping:
                workers[slot].wakeAt = time
                clock.note(time)
            case .stopped, .waiting, .quarantined: clock.note(workers[slot].wakeAt)
            }
        }
    }

    mutating func applyConfigured(_ plan: SwarmPlan, at time: Instant) {
        self.plan = plan
        // Contracts may say something else now.
        for slot in runs.live { runs.slots[slot].loops = LoopCache() }
        semaphores.configure(plan.topology.semaphores)
        for slot in workers.indices {
            workers[slot].isRetired = true
            workers[slot].isWanted = false
        }
        for (position, agent) in plan.agents.enumerated() {
            for id in agent.configuration.instances {
                let slot: Int
                if let known = workerSlots[id] {
                    slot = known
                } else {
                    slot = workers.count
                    workers.append(
                        Worker(id: id, agent: position, configuration: agent.configuration)
                    )
                    workerSlots[id] = slot
                }
                workers[slot].agent = position
                workers[slot].configuration = agent.configuration
                workers[slot].isRetired = false
                workers[slot].isWanted = true
                workers[slot].semaphores = semaphores.positions(of: agent.configuration.semaphores)
            }
        }
        for slot in workers.indices where workers[slot].isRetired {
            // One that waits to be started again has no place to come back to.
            if workers[slot].phase == .waiting {
                workers[slot].phase = .stopped
                workers[slot].wakeAt = nil
                continue
            }
            // One that may still say HELLO has the time it was given for that.
            guard workers[slot].phase != .expected else { continue }
            workers[slot].wakeAt = time
            clock.note(time)
        }
        placeBreakers()
        router.configure(plan, workers: workers)
    }

    mutating func applyLaunching(_ worker: WorkerID, _ incarnation: Incarnation, at time: Instant) {
        lastIncarnation = max(lastIncarnation, incarnation.number)
        guard let slot = workerSlots[worker] else { return }
        let ready = workers[slot].configuration.readyTimeout
        workers[slot].phase = .launching
        workers[slot].incarnation = incarnation
        workers[slot].process = nil
        workers[slot].greeting = 0
        workers[slot].isReplaced = false
        workers[slot].isSignalled = false
        workers[slot].launchedAt = time
        workers[slot].wakeAt = time + ready
        clock.note(workers[slot].wakeAt)
    }

    mutating func applyLaunched(_ worker: WorkerID, _ process: ProcessIdentity, at time: Instant) {
        modify(worker) { worker in
            worker.process = process
            if worker.phase == .launching { worker.phase = .expected }
        }
    }

    mutating func applyWorkerReady(_ ready: WorkerReady, at time: Instant) {
        let isLeaving = isStopping
        modify(ready.worker) { worker in
            worker.session = ready.session
            worker.greeting = ready.sequence ?? worker.greeting
            worker.credit = ready.credit
            worker.phase = isLeaving || worker.phase == .draining ? .draining : .ready
            if worker.phase == .ready { worker.wakeAt = nil }
        }
    }

    mutating func applyMoved(_ worker: WorkerID, to phase: WorkerPhase, at time: Instant) {
        guard let slot = workerSlots[worker] else { return }
        let shutdown = shutdown(of: workers[slot])
        workers[slot].phase = phase
        switch phase {
        case .lost: workers[slot].wakeAt = time + shutdown.grace
        case .draining:
            workers[slot].wakeAt = time + shutdown.drain
            if !isStopping { workers[slot].isReplaced = true }
        case .stopping: workers[slot].wakeAt = time + shutdown.grace
        case .stopped:
            if !isStopping { workers[slot].isWanted = true }
            workers[slot].wakeAt = nil
            workers[slot].restarts = []
            workers[slot].failures = 0
        case .ready:
            workers[slot].wakeAt = nil
            for lease in workers[slot].leases { clock.note(lease.graceEnds) }
        case .waiting, .launching, .expected, .suspect, .quarantined:
            workers[slot].wakeAt = nil
        }
        clock.note(workers[slot].wakeAt)
    }

    mutating func applySignalled(_ worker: WorkerID, _ signal: StopSignal, at time: Instant) {
        guard let slot = workerSlots[worker] else { return }
        let grace = shutdown(of: workers[slot]).grace
        workers[slot].phase = .stopping
        workers[slot].isSignalled = true
        workers[slot].wakeAt = time + (signal == .kill ? .seconds(1) : grace)
        clock.note(workers[slot].wakeAt)
    }

    mutating func applyExited(_ exit: WorkerExited, at time: Instant) {
        guard let slot = workerSlots[exit.worker] else { return }
        let restart = workers[slot].configuration.restart
        let window = plan?.topology.supervision.within ?? .seconds(60)
        let wasTrusted =
            workers[slot].phase != .launching
            && time - workers[slot].launchedAt >= restart.resetAfter
        let isReplaced = workers[slot].isReplaced
        workers[slot].process = nil
        workers[slot].session = 0
        workers[slot].credit = 0
        workers[slot].phase = exit.phase
        workers[slot].wakeAt = exit.restartAt
        clock.note(exit.restartAt)
        switch exit.phase {
        case .waiting where isReplaced: break
        case .waiting:
            workers[slot].restarts.removeAll { time - $0 >= window }
            workers[slot].restarts.append(time)
            workers[slot].failures = wasTrusted ? 1 : workers[slot].failures + 1
        case .stopped: workers[slot].isWanted = false
        case .quarantined, .launching, .expected, .ready, .suspect, .lost, .draining, .stopping:
            break
        }
    }
}
