import SwarmCore
import SwarmModel

// Handlers: what workers do with the calls they are given.

extension Simulation {
    mutating func assigned(_ process: Int, _ dispatch: Dispatch) {
        let lease = dispatch.lease.number
        if lease <= processes[process].highestLease {
            // It came twice. If its result is known, that was not heard of.
            if let known = handler(of: lease, process),
                let report = processes[process].handlers[known].report
            {
                say(.result(lease, report), from: process)
            }
            return
        }
        processes[process].highestLease = lease
        guard !processes[process].isDraining else {
            return say(.returned(lease), from: process)
        }
        guard let capability = scenario.capabilityPositions[dispatch.capability] else {
            return fail("I6", "\(dispatch.capability) is called and nobody declared it")
        }
        var behaviour = Behaviour(
            lease: lease,
            capability: scenario.capabilities[capability],
            seed: scenario.seed,
            faults: faults,
            isCalm: isCalm
        )
        noteFaults(in: behaviour)
        if case .giveBack = behaviour.ending { return say(.returned(lease), from: process) }
        guard let place = shadow.place(of: dispatch.subtask) else {
            return fail("I6", "\(dispatch.subtask) is dispatched and no workflow has it")
        }
        let call = shadow.delegated(run: dispatch.subtask.run.number, index: dispatch.subtask.index)
        if call?.planned.answer == .failure {
            behaviour.ending = .fail(Failure(.conflict, "always the same", retryable: false))
            behaviour.actsAfter = nil
        }
        processes[process].handlers.append(
            ProcessModel.Handler(
                lease: lease,
                run: dispatch.subtask.run.number,
                index: dispatch.subtask.index,
                definition: Int32(place.definition),
                item: Int32(place.item),
                capability: Int32(capability),
                attempt: dispatch.attempt,
                behaviour: behaviour,
                stage: dispatch.requiresGo ? .awaitsGo : .waiting,
                calls: script(of: dispatch, capability).map {
                    ProcessModel.HandlerCalls(script: $0)
                },
                subject: shadow.subjectIndex(
                    run: dispatch.subtask.run.number,
                    index: dispatch.subtask.index
                )
            )
        )
        if dispatch.requiresGo { return say(.started(lease), from: process) }
        beginHandlers(process)
    }

    /// Lets waiting calls begin while there is room.
    mutating func beginHandlers(_ process: Int) {
        for handler in processes[process].lively
        where processes[process].handlers[handler].stage == .waiting {
            guard processes[process].running < processes[process].concurrency else { return }
            processes[process].running += 1
            processes[process].handlers[handler].stage = .running
            let held = processes[process].handlers[handler]
            judgeCrowd(held)
            // A quick call says nothing before its result.
            if held.behaviour.duration > 25_000 { say(.started(held.lease), from: process) }
            if let calls = held.calls {
                after(
                    held.behaviour.duration / Int64(calls.script.parts.count + 1),
                    .handlerCalls(process: Int32(process), handler: Int32(handler))
                )
            } else {
                finish(process, handler, within: held.behaviour.duration)
            }
        }
    }

    /// The last, or only, part of a handler's work.
    mutating func finish(_ process: Int, _ handler: Int, within duration: Int64) {
        let held = processes[process].handlers[handler]
        if let acts = held.behaviour.actsAfter {
            after(
                acts * duration / max(held.behaviour.duration, 1),
                .handlerActs(process: Int32(process), handler: Int32(handler))
            )
        }
        if case .hang = held.behaviour.ending { return }
        after(duration, .handlerEnds(process: Int32(process), handler: Int32(handler)))
    }

    /// Counts who really runs under the semaphores of a call that begins.
    private mutating func judgeCrowd(_ held: ProcessModel.Handler) {
        let mask = shadow.leases[Int(held.lease) - 1].semaphores
        guard mask != 0 else { return }
        for (position, permits) in shadow.permits.enumerated()
        where mask & 1 << UInt64(position) != 0 {
            var crowd = 0
            for process in processes where process.isAlive {
                crowd += process.lively.count { handler in
                    // Who waits has given its permits back, and takes them again when it goes on.
                    process.handlers[handler].stage == .running
                        && process.handlers[handler].calls == nil
                        && shadow.leases[Int(process.handlers[handler].lease) - 1].semaphores
                            & 1 << UInt64(position) != 0
                }
            }
            if crowd > permits {
                fail("I10", "\(crowd) calls run under semaphore \(position) of \(permits) permits")
            }
        }
    }

    /// The world changes.
    mutating func handlerActs(_ process: Int, _ handler: Int) {
        let held = processes[process].handlers[handler]
        guard held.stage == .running, !held.hasActed else { return }
        processes[process].handlers[handler].hasActed = true
        let capability = scenario.capabilities[Int(held.capability)]
        if shadow.role(run: held.run, index: held.index) == .undo {
            trace?.note("the world forgets r_\(held.run) #\(held.subject)", at: now)
            return world.undo(run: held.run, index: held.subject)
        }
        let applied = world.act(
            run: held.run,
            index: held.index,
            lease: held.lease,
            isIdempotent: capability.isIdempotent
        )
        trace?.note(
            "the world changes for r_\(held.run) #\(held.index) under L\(held.lease)",
            at: now
        )
        if applied > 1 {
            fail(
                "I8",
                "r_\(held.run) #\(held.index), \(capability.name): an effect that must not be "
                    + "repeated happened \(applied) times",
                run: held.run
            )
        }
        if let twice = shadow.judgeRepeated(run: held.run, index: held.index, world) {
            fail(twice.invariant, twice.message, run: held.run)
        }
        if let late = shadow.judgeLate(run: held.run, index: held.index, world) {
            fail(late.invariant, late.message, run: held.run)
        }
    }

    mutating func handlerEnds(_ process: Int, _ handler: Int) {
        let held = processes[process].handlers[handler]
        guard held.stage == .running else { return }
        if case .quit = held.behaviour.ending, !held.isCancelled {
            return die(process, .exited(0))
        }
        processes[process].handlers[handler].stage = .ended
        if held.calls?.isWaiting != true { processes[process].running -= 1 }
        var report: WorkerWord.Report
        switch held.behaviour.ending {
        case .succeed: report = .succeeded(resultBytes(of: held))
        case .fail(let failure): report = .failed(failure)
        case .invalid: report = .invalid
        case .hang, .quit, .giveBack: report = .cancelled
        }
        if held.isCancelled, !held.behaviour.isDeaf { report = .cancelled }
        processes[process].handlers[handler].report = report
        processes[process].handlers[handler].endedAt = now
        if !held.isForgotten, processes[process].phase == .ready {
            say(.result(held.lease, report), from: process)
            if let lie = held.behaviour.lie,
                shadow.owner(of: lie) != processes[process].worker
            {
                say(.result(lie, .succeeded(Array("{\"v\":-1}".utf8))), from: process)
            }
        }
        beginHandlers(process)
        leaveIfDrained(process)
    }

    func resultBytes(of held: ProcessModel.Handler) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(40)
        if shadow.role(run: held.run, index: held.index) == .verify {
            let entry = world.entry(run: held.run, index: held.subject)
            guard entry.stands else { return Array("{\"happened\":false}".utf8) }
            bytes.append(contentsOf: "{\"happened\":true,\"result\":".utf8)
            shadow.writeResult(run: held.run, index: held.subject, lease: entry.lease, to: &bytes)
            bytes.append(UInt8(ascii: "}"))
            return bytes
        }
        shadow.writeResult(run: held.run, index: held.subject, lease: held.lease, to: &bytes)
        return bytes
    }

    mutating func cancelled(_ process: Int, _ lease: UInt64) {
        guard let handler = handler(of: lease, process) else { return }
        stop(process, handler)
    }

    /// Asks a handler to stop: before its start for good, later by telling it.
    mutating func stop(_ process: Int, _ handler: Int) {
        let held = processes[process].handlers[handler]
        switch held.stage {
        case .ended: break
        case .waiting, .awaitsGo:
            processes[process].handlers[handler].stage = .ended
            processes[process].handlers[handler].report = .cancelled
            processes[process].handlers[handler].endedAt = now
            if !held.isForgotten, processes[process].phase == .ready {
                say(.result(held.lease, .cancelled), from: process)
            }
        case .running:
            guard !held.isCancelled else { return }
            processes[process].handlers[handler].isCancelled = true
            guard !held.behaviour.isDeaf else { return }
            after(
                network.spread(100...60_000),
                .handlerEnds(process: Int32(process), handler: Int32(handler))
            )
        }
    }

    mutating func forget(_ process: Int, _ handler: Int) {
        processes[process].handlers[handler].isForgotten = true
        processes[process].skipEnded()
    }
}
