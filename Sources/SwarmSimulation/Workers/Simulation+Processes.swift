import SwarmCore
import SwarmModel

// Processes: their start, their conversation, their end.

extension Simulation {
    mutating func processBegins(_ process: Int) {
        let worker = processes[process].worker
        processes[process].concurrency =
            plan.agents[scenario.agentOf[worker]].configuration.concurrency
        processes[process].lastKnown = now
        after(orphanTimeout, .orphaned(process: Int32(process)))
        connect(process)
    }

    private var orphanTimeout: Int64 { plan.topology.coordinator.orphanTimeout.wholeMicroseconds }

    /// Opens a fresh connection and greets.
    mutating func connect(_ process: Int) {
        guard processes[process].phase != .ended else { return }
        processes[process].connection += 1
        processes[process].phase = .greeting
        processes[process].lastHeard = now
        processes[process].heartbeat = 1_000_000
        after(
            1_000_000,
            .beat(process: Int32(process), connection: processes[process].connection)
        )
        say(
            .hello(
                credit: processes[process].concurrency,
                resume: processes[process].lively.compactMap { position in
                    let held = processes[process].handlers[position]
                    return held.isForgotten ? nil : held.lease
                }
            ),
            from: process
        )
    }

    /// Gives the connection up and tries again soon.
    mutating func disconnect(_ process: Int) {
        guard processes[process].isAlive, processes[process].phase != .ended else { return }
        processes[process].phase = .down
        processes[process].connection += 1
        processes[process].disconnectedAt = now
        let retries = processes[process].retries
        processes[process].retries += 1
        after(
            network.spread(5_000...(50_000 << Int64(min(retries, 5)))),
            .reconnect(process: Int32(process))
        )
        leaveIfDrained(process)
    }

    mutating func beat(_ process: Int, _ connection: Int32) {
        guard processes[process].connection == connection else { return }
        let phase = processes[process].phase
        guard phase == .ready || phase == .greeting else { return }
        let heartbeat = processes[process].heartbeat
        guard now - processes[process].lastHeard < 5 * heartbeat else {
            return disconnect(process)
        }
        after(heartbeat, .beat(process: Int32(process), connection: connection))
        if phase == .ready { say(.beat, from: process) }
    }

    mutating func checkOrphan(_ process: Int) {
        let due = processes[process].lastKnown + orphanTimeout
        if due <= now { return die(process, .exited(75)) }
        events.add(.orphaned(process: Int32(process)), at: due)
    }

    mutating func arriveAtWorker(_ process: Int, _ connection: Int32, _ word: CoordinatorWord) {
        result.messages += 1
        messageHash.add(now)
        messageHash.add(Int64(process) << 32 | Int64(connection))
        guard processes[process].connection == connection else { return }
        processes[process].lastHeard = now
        if processes[process].phase == .ready { processes[process].lastKnown = now }
        switch word {
        case .welcome(let heartbeat, let adopt):
            guard processes[process].phase == .greeting else { return }
            welcomed(process, heartbeat, adopt)
        case .refuse: die(process, .exited(77))
        case .unknown: disconnect(process)
        case .beatAnswer: break
        case .task, .go, .cancel, .acknowledged, .drain, .reply:
            guard processes[process].phase == .ready else { return }
            handle(word, process)
        }
    }

    private mutating func handle(_ word: CoordinatorWord, _ process: Int) {
        switch word {
        case .task(let dispatch): assigned(process, dispatch)
        case .go(let lease):
            guard let handler = handler(of: lease, process),
                processes[process].handlers[handler].stage == .awaitsGo
            else { return }
            processes[process].handlers[handler].stage = .waiting
            beginHandlers(process)
        case .cancel(let lease): cancelled(process, lease)
        case .acknowledged(let lease):
            if let handler = handler(of: lease, process) { forget(process, handler) }
            leaveIfDrained(process)
        case .drain(let within): drain(process, within: within)
        case .reply(let call, let answer): replied(process, call, answer)
        case .welcome, .refuse, .unknown, .beatAnswer: break
        }
    }

    private mutating func welcomed(_ process: Int, _ heartbeat: Int64, _ adopt: [UInt64]) {
        processes[process].phase = .ready
        processes[process].heartbeat = heartbeat
        processes[process].retries = 0
        processes[process].lastKnown = now
        for handler in processes[process].lively
        where !processes[process].handlers[handler].isForgotten
            && !adopt.contains(processes[process].handlers[handler].lease)
        {
            stop(process, handler)
            forget(process, handler)
        }
        if processes[process].isDraining { returnUnstarted(process) }
        for handler in processes[process].lively {
            let held = processes[process].handlers[handler]
            guard !held.isForgotten else { continue }
            if let report = held.report {
                say(.result(held.lease, report), from: process)
            } else if held.stage != .waiting {
                say(.started(held.lease), from: process)
                askAgain(process, held)
            }
        }
        leaveIfDrained(process)
    }

    // MARK: The end

    func handler(of lease: UInt64, _ process: Int) -> Int? {
        processes[process].lively.last {
            processes[process].handlers[$0].lease == lease
                && !processes[process].handlers[$0].isForgotten
        }
    }

    /// Begins to leave: what is begun may finish.
    mutating func drain(_ process: Int, within: Int64) {
        guard !processes[process].isDraining else { return }
        processes[process].isDraining = true
        returnUnstarted(process)
        after(within, .drainEnds(process: Int32(process)))
        leaveIfDrained(process)
    }

    private mutating func returnUnstarted(_ process: Int) {
        for handler in processes[process].lively {
            let held = processes[process].handlers[handler]
            guard !held.isForgotten, held.stage == .waiting || held.stage == .awaitsGo else {
                continue
            }
            processes[process].handlers[handler].isForgotten = true
            processes[process].handlers[handler].stage = .ended
            if processes[process].phase == .ready { say(.returned(held.lease), from: process) }
        }
    }

    mutating func leaveIfDrained(_ process: Int) {
        guard processes[process].isDraining, processes[process].isIdle,
            processes[process].phase != .ended
        else { return }
        if processes[process].phase == .ready { say(.bye, from: process) }
        processes[process].phase = .ended
        after(network.spread(500...20_000), .die(process: Int32(process), .exited(0)))
    }

    mutating func drainEnds(_ process: Int) {
        guard processes[process].phase != .ended else { return }
        for handler in processes[process].lively
        where !processes[process].handlers[handler].isForgotten {
            stop(process, handler)
        }
        after(2_000_000, .die(process: Int32(process), .exited(1)))
    }

    /// SIGTERM: the same as being asked to drain, with less time.
    mutating func terminate(_ process: Int) {
        if processes[process].isDraining {
            return after(1_000, .die(process: Int32(process), .signalled(15)))
        }
        if processes[process].phase == .starting || processes[process].isStopped {
            guard !processes[process].isStopped else { return }
            return after(1_000, .die(process: Int32(process), .signalled(15)))
        }
        drain(process, within: 7_000_000)
    }

    mutating func die(_ process: Int, _ status: ExitStatus) {
        guard processes[process].isAlive else { return }
        trace?.note("process \(processes[process].pid) ends: \(status)", at: now)
        processes[process].isAlive = false
        processes[process].isStopped = false
        processes[process].deferred = []
        processes[process].status = status
        processes[process].phase = .ended
        processes[process].disconnectedAt = now
        after(network.spread(100...8_000), .exitSeen(process: Int32(process)))
    }

    mutating func resumeProcess(_ process: Int) {
        guard processes[process].isAlive, processes[process].isStopped else { return }
        trace?.note("process \(processes[process].pid) goes on", at: now)
        processes[process].isStopped = false
        // Having overslept itself says nothing about the other side.
        processes[process].lastHeard = now
        processes[process].lastKnown = max(processes[process].lastKnown, now - 1_000_000)
        let waiting = processes[process].deferred
        processes[process].deferred = []
        for (position, event) in waiting.enumerated() { after(Int64(position), event) }
    }
}
