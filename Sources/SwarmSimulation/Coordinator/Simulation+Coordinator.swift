import SwarmCore
import SwarmJournal
import SwarmModel

// The life of the coordinator: begin, turns, commits, crash.

extension Simulation {
    /// The coordinator's clock.
    var coordinatorTime: Instant {
        Instant(microseconds: scenario.begin + now + coordinator.clockOffset)
    }

    var plan: SwarmPlan { coordinator.usesOtherPlan ? scenario.otherPlan : scenario.plan }

    mutating func beginCoordinator() {
        guard !coordinator.isUp else { return }
        let folded: Swarm
        let leftOut = options.mistake == .lostBatch && !store.batches.isEmpty ? 1 : 0
        do { folded = try store.fold(leavingOut: leftOut) } catch {
            return fail("I2", "the journal cannot be read back: \(error)")
        }
        coordinator.forget()
        coordinator.swarm = folded
        let missing = Set(folded.missingPayloads())
        for digest in missing where store.payloads[digest] == nil {
            fail("I3", "the payload \(digest) of a live run is not in the journal")
        }
        guard result.violation == nil else { return }
        var unasked = false
        coordinator.swarm.supplyPayloads { digest in
            if !missing.contains(digest) { unasked = true }
            return store.payloads[digest] ?? []
        }
        if unasked { fail("I2", "a payload is needed that nobody was asked to read back") }
        coordinator.isUp = true
        coordinator.isHalted = false
        coordinator.life += 1
        coordinator.builder = JournalBatchBuilder(
            after: JournalHead(next: store.next, hash: HashChain.genesis, epoch: 0)
        )
        coordinator.lastSession = UInt64(coordinator.life) << 32
        // The clock of a new life starts from the wall clock, and never before the last record.
        if let last = store.lastMoment, coordinatorTime < last {
            coordinator.clockOffset = last.microseconds - scenario.begin - now
        }
        shadow.resumed = coordinatorTime
        input(.opened(epoch: UInt64(coordinator.life), seed: options.seed))
        for found in coordinator.swarm.processes {
            adopt(found.worker, found.process)
        }
        let signals = coordinator.swarm.outstanding().filter {
            if case .signal = $0 { true } else { false }
        }
        for signal in signals { run(signal) }
        input(.configured(plan))
        endTurn()
    }

    /// Watches a process of an earlier life; one that has ended is reported as any exit is.
    private mutating func adopt(_ worker: WorkerID, _ identity: ProcessIdentity) {
        guard let position = workerPositions[worker],
            let process = processes.lastIndex(where: { $0.pid == identity.pid })
        else { return }
        coordinator.watched[position] = Int32(process)
        guard !processes[process].isAlive, options.mistake != .unwatched else { return }
        after(network.spread(100...5_000), .exitSeen(process: Int32(process)))
    }

    /// Tells the core one thing that happened.
    mutating func input(_ input: Input) {
        let moment = coordinator.moment ?? coordinatorTime
        coordinator.moment = moment
        trace?.input(input, at: now)
        coordinator.swarm.handle(input, at: moment, into: &coordinator.step)
    }

    mutating func turn(_ life: Int32) {
        guard coordinator.isUp, coordinator.life == life, !coordinator.isFrozen else { return }
        coordinator.hasTurn = false
        let heard = coordinator.inbox
        coordinator.inbox.removeAll(keepingCapacity: true)
        for message in heard {
            guard coordinator.isUp, result.violation == nil else { return }
            hear(message.process, message.connection, message.word)
        }
        endTurn()
    }

    /// Journals what the turn decided, and runs what needs no commit.
    mutating func endTurn() {
        while !coordinator.step.records.isEmpty || !coordinator.step.effects.isEmpty {
            guard coordinator.isUp else { return coordinator.step.removeAll() }
            let records = coordinator.step.records
            let effects = coordinator.step.effects
            coordinator.step.removeAll()
            let time = coordinator.moment ?? coordinatorTime
            coordinator.moment = nil
            if records.isEmpty {
                if let last = coordinator.pending.indices.last {
                    coordinator.pending[last].effects += effects
                } else {
                    run(effects)
                }
                continue
            }
            for record in records { coordinator.builder.append(record) }
            coordinator.pending.append(
                CoordinatorModel.Pending(
                    effects: options.mistake == .effectsFirst ? [] : effects,
                    records: records,
                    time: time,
                    batch: coordinator.builder.finish(at: time)
                )
            )
            if options.mistake == .effectsFirst { run(effects) }
            commitNext()
        }
        coordinator.moment = nil
    }

    /// Writes everything that waits as one transaction, when none is under way.
    private mutating func commitNext() {
        guard !store.isWriting, !coordinator.pending.isEmpty else { return }
        store.isWriting = true
        for position in coordinator.pending.indices {
            coordinator.pending[position].isSubmitted = true
        }
        var latency = disk.spread(150...6_000)
        if !isCalm, disk.perMille(faults.stallShare) {
            struck(.stall)
            latency *= 100
        }
        after(latency, .committed(life: coordinator.life))
    }

    mutating func committed(_ life: Int32) {
        guard coordinator.isUp, coordinator.life == life else { return }
        store.isWriting = false
        if !isCalm, disk.perMille(faults.diskShare) {
            struck(.disk)
            guard options.mistake == .ignoredDisk else { return diskFailed() }
            // The planted bug: nothing was written, and everything goes on.
            return settleCommitted(isWritten: false)
        }
        let share = hasSubmittedCalls ? faults.crashAtCallShare : faults.crashShare
        let fate = isCalm || !disk.perMille(share) ? 3 : disk.below(3)
        // A kill before the transaction, after it and before its effects, or among its effects.
        if fate == 0 { return crash(keepsTransaction: false) }
        if fate == 1 { return crash(keepsTransaction: true) }
        settleCommitted(isWritten: true, crashesAmongEffects: fate == 2)
        guard coordinator.isUp, coordinator.life == life else { return }
        commitNext()
        endTurn()
    }

    /// Whether a delegated call is among what is being written.
    private var hasSubmittedCalls: Bool {
        guard faults.crashAtCallShare != faults.crashShare else { return false }
        return coordinator.pending.contains { turn in
            turn.isSubmitted
                && turn.records.contains {
                    if case .callAdded(let added) = $0, case .delegated = added.origin {
                        true
                    } else {
                        false
                    }
                }
        }
    }

    private mutating func settleCommitted(isWritten: Bool, crashesAmongEffects: Bool = false) {
        let life = coordinator.life
        let count = coordinator.pending.prefix { $0.isSubmitted }.count
        let settled = Array(coordinator.pending.prefix(count))
        coordinator.pending.removeFirst(count)
        shadow.commits += 1
        if isWritten { for turn in settled { persist(turn) } }
        for turn in settled {
            for effect in turn.effects {
                guard coordinator.isUp, coordinator.life == life, result.violation == nil else {
                    return
                }
                if crashesAmongEffects, disk.perMille(200) {
                    return crash(keepsTransaction: false)
                }
                run(effect)
            }
        }
        if crashesAmongEffects, coordinator.isUp { crash(keepsTransaction: false) }
    }

    /// A turn's records reach the disk; only now do the checks hear of them.
    private mutating func persist(_ turn: CoordinatorModel.Pending) {
        guard let batch = turn.batch else { return }
        guard batch.first == store.next else {
            return fail("I3", "records from \(store.next) count as written and are not there")
        }
        store.add(batch, epoch: UInt64(coordinator.life))
        for record in turn.records {
            trace?.record(record, at: now)
            log?.take(record, at: now)
            if let broken = shadow.take(record, at: turn.time, world: world) {
                fail(broken.invariant, broken.message, run: broken.run)
                return
            }
        }
        if let broken = shadow.checkRest(at: turn.time) {
            fail(broken.invariant, broken.message, run: broken.run)
        }
    }

    /// What is decided and not durable is lost, as are sessions and timers.
    mutating func crash(keepsTransaction: Bool) {
        guard coordinator.isUp else { return }
        if keepsTransaction {
            for turn in coordinator.pending where turn.isSubmitted { persist(turn) }
        } else if coordinator.pending.isEmpty, outside.perMille(300) {
            compareWithJournal()
        }
        stopCoordinator()
        let pause = isCalm ? 200_000 : outside.spread(20_000...6_000_000)
        after(pause, .beginCoordinator)
        let jump = outside.perMille(100) ? outside.spread(1_000...20_000_000) : 0
        if !isCalm, faults.kinds.contains(.clock) {
            coordinator.clockOffset += outside.perMille(500) ? jump : -jump
        }
    }

    /// What cannot be journaled must not happen: the coordinator ends, and workers live on.
    private mutating func diskFailed() {
        stopCoordinator()
        after(outside.spread(500_000...8_000_000), .beginCoordinator)
    }

    private mutating func stopCoordinator() {
        trace?.note("the coordinator is gone", at: now)
        store.isWriting = false
        coordinator.forget()
        // Answers that were not out are never given; whoever asked asks again.
        for (token, run) in submitted.sorted(by: { $0.key < $1.key }) {
            after(1_000_000 + Int64(token), .submit(Int32(run)))
        }
        submitted.removeAll()
    }

    /// It ended in order.
    mutating func halted() {
        stopCoordinator()
        coordinator.isHalted = true
        after(outside.spread(100_000...5_000_000), .beginCoordinator)
    }

    mutating func wake(_ life: Int32, _ number: Int32) {
        guard coordinator.isUp, coordinator.life == life, coordinator.wakeNumber == number,
            coordinator.coreWake != nil
        else { return }
        guard !coordinator.isFrozen else { return }
        coordinator.coreWake = nil
        input(.tick)
        endTurn()
    }

    mutating func resumeCoordinator(_ life: Int32) {
        guard coordinator.isUp, coordinator.life == life, coordinator.isFrozen else { return }
        coordinator.isFrozen = false
        shadow.resumed = coordinatorTime
        coordinator.hasTurn = true
        after(0, .turn(life: life))
        if coordinator.coreWake != nil {
            after(1, .wake(life: life, number: coordinator.wakeNumber))
        }
        after(2, .liveness(life: life))
    }

    /// The state folded from the journal must be the state that lives.
    mutating func compareWithJournal() {
        guard coordinator.isUp, coordinator.pending.isEmpty, coordinator.step.records.isEmpty
        else { return }
        do {
            let folded = try store.fold()
            if folded != coordinator.swarm {
                trace?.difference(live: coordinator.swarm, folded: folded, at: now)
                fail("I2", "the state folded from the journal is not the state that lives")
            }
        } catch {
            fail("I2", "the journal cannot be read back: \(error)")
        }
    }
}
