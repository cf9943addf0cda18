import SwarmCore
import SwarmModel

// Delegated calls, as the records tell of them, and how deep and how far a run may go.

extension JournalShadow {
    /// A delegated call.
    struct Delegated {
        /// Its place among the subtasks of the run, and that of its caller.
        var place: Int
        var parent: Int
        var depth: Int
        /// Who waits for it: the lease and the number of the request.
        var lease: UInt64
        var number: UInt64
        var deadline: Instant
        var planned: PlannedCall
        var priority: Int
        /// How it ended.
        var result: [UInt8]?
        var failure: Failure?
        /// What it spends from, and whether that was opened for it.
        var purse = 0
        var ownsPurse = false
    }

    // MARK: What the simulator asks

    func delegated(run: UInt64, index: Int32) -> Delegated? {
        guard let place = runs[Int(run) - 1].calls[index] else { return nil }
        return delegated(Int(run) - 1, Int(place))
    }

    /// The place of a subtask, by the index the core gave it.
    func place(run: UInt64, index: Int32) -> Int? {
        let run = runs[Int(run) - 1]
        if let call = run.calls[index] { return Int(call) }
        let place = run.places.indices.contains(Int(index)) ? run.places[Int(index)] : -1
        return place < 0 ? nil : Int(place)
    }

    func delegated(_ run: Int, _ place: Int) -> Delegated? {
        let position = Int(runs[run].subtasks[place].delegated)
        return position < 0 ? nil : runs[run].delegated[position]
    }

    /// The calls a subtask is part of, outermost first, its own last.
    func frames(
        run: UInt64,
        index: Int32,
        own: DelegationDrawing.Frame
    ) -> [DelegationDrawing.Frame] {
        var frames = [own]
        let run = Int(run) - 1
        guard let call = runs[run].calls[index] else { return frames }
        var next = delegated(run, Int(call))?.parent
        while let place = next {
            frames.append(
                DelegationDrawing.Frame(
                    capability: lanes[lane(run, place)].capability,
                    arguments: runs[run].arguments[place] ?? []
                )
            )
            next = delegated(run, place)?.parent
        }
        return frames.reversed()
    }

    /// A handler asks for a call; what it has in mind is known here, and nowhere in the swarm.
    mutating func note(_ planned: PlannedCall, askedUnder lease: UInt64) {
        leases[Int(lease) - 1].asked.append(planned)
    }

    /// What a handler returns for a subtask under a lease.
    func writeResult(run: UInt64, index: Int32, lease: UInt64, to bytes: inout [UInt8]) {
        let subject = subjectIndex(run: run, index: index)
        if let call = delegated(run: run, index: subject) {
            return bytes.append(contentsOf: "{\"v\":\(value(of: call, lease))}".utf8)
        }
        guard let place = self.place(run: run, index: subject) else { return }
        let subtask = runs[Int(run) - 1].subtasks[place]
        scenario.workflows[runs[Int(run) - 1].workflow].writeResult(
            of: Int(subtask.definition),
            value: scenario.value(of: lease, item: subtask.item),
            to: &bytes
        )
    }

    /// The value a delegated call returns; the same for each call of a group says that nothing has
    /// changed.
    func value(of call: Delegated, _ lease: UInt64) -> Int64 {
        let isSame = call.planned.answer == .same
        return Behaviour.value(of: isSame ? call.planned.group : lease, seed: scenario.seed)
    }

    // MARK: The tree

    /// The subtask of the workflow that a subtask belongs to.
    func root(of place: Int, in run: Int) -> Int {
        var place = place
        while true {
            switch runs[run].subtasks[place].origin {
            case .workflow: return place
            case .undo(let of), .verify(let of), .delegated(let of): place = of
            }
        }
    }

    func isAncestor(_ place: Int, of other: Int, _ run: Int) -> Bool {
        var next = delegated(run, other)?.parent
        while let parent = next {
            if parent == place { return true }
            next = delegated(run, parent)?.parent
        }
        return false
    }

    /// The record that ended the last of a subtask and of all that it led to.
    func end(ofTree place: Int, in run: Int) -> UInt64 {
        runs[run].delegated.reduce(runs[run].subtasks[place].ended) { end, call in
            guard isAncestor(place, of: call.place, run) else { return end }
            return max(end, runs[run].subtasks[call.place].ended)
        }
    }

    func isDone(_ run: Int, _ place: Int) -> Bool {
        switch runs[run].subtasks[place].phase {
        case .succeeded, .failed, .skipped, .cancelled: true
        case .unknown, .held, .ready, .running, .waiting, .doubtful: false
        }
    }

    /// Whether one of those that wait for a call has ended.
    func isAbandoned(_ run: Int, _ place: Int) -> Bool { endedCaller(run, place) != nil }

    /// The nearest of those that wait for a call and have ended.
    func endedCaller(_ run: Int, _ place: Int) -> Int? {
        var next = delegated(run, place)?.parent
        while let place = next {
            if isDone(run, place) { return place }
            next = delegated(run, place)?.parent
        }
        return nil
    }

    /// The limits of a run: those of the topology, as far as its workflow does not lower them.
    func limits(of run: Int) -> RunLimits {
        var limits = scenario.delegation?.limits ?? RunLimits()
        let own = scenario.workflows[runs[run].workflow].limits
        limits.delegationDepth = min(limits.delegationDepth, own.delegationDepth ?? .max)
        limits.children = min(limits.children, own.children ?? .max)
        limits.delegatedSubtasks = min(limits.delegatedSubtasks, own.delegatedSubtasks ?? .max)
        limits.repeatThreshold = min(limits.repeatThreshold, own.repeatThreshold ?? .max)
        return limits
    }

    // MARK: Records

    mutating func delegatedCallAdded(_ added: CallAdded, _ run: Int) -> Broken? {
        let number = added.subtask.run.number
        func wrong(_ why: String, _ invariant: String = "I11") -> Broken {
            broken(invariant, "\(added.subtask) is delegated, but \(why)", number)
        }
        guard let request = added.request, let lease = lease(request.lease.number),
            lease.state == .live, lease.run == number
        else { return wrong("nobody who lives has asked for it", "I5") }
        let parent = Int(lease.place)
        guard runs[run].subtasks[parent].index == added.origin.subject,
            request.number >= 1, Int(request.number) <= lease.asked.count
        else { return wrong("its caller did not ask for it", "I5") }
        let planned = lease.asked[Int(request.number) - 1]
        guard planned.name == added.capability, let capability = planned.capability,
            planned.arguments == added.arguments.bytes,
            planned.agent.map({ ScenarioNames.agent($0) }) == added.agent
        else { return wrong("something else was asked for", "I6") }
        guard runs[run].state == .live, !isStopping else { return wrong("its run ends", "I4") }
        let depth = (delegated(run, parent)?.depth ?? 0) + 1
        let limits = limits(of: run)
        if depth > limits.delegationDepth {
            return wrong("that is \(depth) deep, \(limits.delegationDepth) are allowed")
        }
        let siblings = runs[run].delegated.filter { $0.parent == parent }
        if siblings.count >= limits.children {
            return wrong("its caller has \(siblings.count) children already")
        }
        if runs[run].delegated.count >= limits.delegatedSubtasks {
            return wrong("its run has \(runs[run].delegated.count) delegated subtasks already")
        }
        if planned.isCycle { return wrong("it is part of the same call") }
        let known = siblings.first {
            $0.lease != request.lease.number && $0.planned.name == planned.name
                && $0.planned.arguments == planned.arguments
                && ($0.failure == nil || runs[run].subtasks[$0.place].isDoubted)
        }
        if known != nil { return wrong("an earlier attempt made the same call", "I8") }
        let tally = tally(of: planned, run, isGenerous: true)
        if tally >= limits.repeatThreshold {
            return wrong(
                "it has been made \(tally) times, \(limits.repeatThreshold) are allowed",
                "I17"
            )
        }
        let own = planned.timeout.map { moment + .microseconds($0) }
        let deadline = min(lease.deadline, own ?? lease.deadline)
        guard added.deadline == deadline else { return wrong("its deadline is another", "I23") }
        guard added.allowance == planned.allowance else { return wrong("it is given another part") }
        let purse = spends ? openPurse(run, parent, planned.allowance) : 0
        var call = Subtask(definition: -1, item: -1)
        call.index = added.subtask.index
        call.name = added.subtask.name
        call.origin = .delegated(by: parent)
        call.delegated = Int32(runs[run].delegated.count)
        call.lane = Int32(self.lane(capability, planned.agent, 0))
        coverage.delegated += 1
        let place = runs[run].subtasks.count
        runs[run].delegated.append(
            Delegated(
                place: place,
                parent: parent,
                depth: depth,
                lease: request.lease.number,
                number: request.number,
                deadline: deadline,
                planned: planned,
                priority: priority(run, parent) + 1,
                purse: purse,
                ownsPurse: purse != self.purse(run, parent)
            )
        )
        runs[run].calls[added.subtask.index] = Int32(place)
        runs[run].subtasks.append(call)
        wait(request, for: call.delegated, run)
        makeReady(run, place)
        return nil
    }

    /// What a subtask is queued with.
    func priority(_ run: Int, _ place: Int) -> Int {
        let subtask = runs[run].subtasks[place]
        switch subtask.origin {
        case .undo, .verify: return 1_000_000_000
        case .delegated: return runs[run].delegated[Int(subtask.delegated)].priority
        case .workflow:
            let workflow = scenario.workflows[runs[run].workflow]
            return workflow.definitions[Int(subtask.definition)].priority
        }
    }

    private mutating func wait(_ request: CallReference, for call: Int32, _ run: Int) {
        runs[run].requests[request] = call
        if !awaiting.contains(request.lease.number) { awaiting.append(request.lease.number) }
    }

    mutating func claimed(_ claim: CallClaimed) -> Broken? {
        let number = claim.subtask.run.number
        guard let run = live(claim.subtask.run), let place = runs[run].calls[claim.subtask.index],
            let call = delegated(run, Int(place)), let lease = lease(claim.request.lease.number),
            lease.state == .live, Int(lease.place) == call.parent, lease.run == number,
            Int(claim.request.number) <= lease.asked.count
        else {
            return broken("I5", "\(claim.subtask) is claimed by who did not ask for it", number)
        }
        let asked = lease.asked[Int(claim.request.number) - 1]
        guard asked.asksTheSame(as: call.planned), call.lease != claim.request.lease.number
        else { return broken("I6", "\(claim.subtask) is claimed for another call", number) }
        guard call.failure == nil || runs[run].subtasks[Int(place)].isDoubted else {
            return broken("I11", "\(claim.subtask) has failed and is not made anew", number)
        }
        coverage.claimed += 1
        let position = Int(runs[run].subtasks[Int(place)].delegated)
        runs[run].delegated[position].lease = claim.request.lease.number
        runs[run].delegated[position].number = claim.request.number
        wait(claim.request, for: Int32(position), run)
        return nil
    }

    mutating func refused(_ refused: CallRefused) -> Broken? {
        let number = refused.parent.run.number
        func wrong(_ why: String, _ invariant: String = "I11") -> Broken {
            broken(
                invariant,
                "\(refused.parent) may not call \(refused.capability) "
                    + "(\(refused.failure.message)), but \(why)",
                number
            )
        }
        guard let run = live(refused.parent.run), let lease = lease(refused.request.lease.number),
            lease.state == .live, lease.run == number,
            Int(refused.request.number) <= lease.asked.count
        else { return wrong("did not ask for it", "I5") }
        let planned = lease.asked[Int(refused.request.number) - 1]
        let parent = Int(lease.place)
        let limits = limits(of: run)
        let children = runs[run].delegated.count { $0.parent == parent }
        coverage.refused += 1
        runs[run].refused.append(refused.request)
        let count = runs[run].refused.count { $0.lease == refused.request.lease }
        if count > 33 { return wrong("it was refused \(count) times and asks on", "I22") }
        if runs[run].isLoop, count > 32 { return nil }
        switch refused.failure.kind {
        case .notFound:
            if planned.capability != nil { return wrong("it is offered") }
        case .depthExceeded:
            let isFull =
                (delegated(run, parent)?.depth ?? 0) >= limits.delegationDepth
                || children >= limits.children
                || runs[run].delegated.count >= limits.delegatedSubtasks
            if !isFull { return wrong("there was room") }
        case .loopStopped where !runs[run].isLoop:
            if !planned.isCycle { return wrong("it is part of no such call") }
        case .loopStopped:
            let tally = tally(of: planned, run)
            if tally < limits.repeatThreshold {
                return wrong("it was made \(tally) times without a change", "I17")
            }
        case .budgetExhausted:
            if !runs[run].isWrappingUp { return wrong("there was money") }
        default: return wrong("nothing forbids it")
        }
        return nil
    }

    mutating func parked(_ id: LeaseID) -> Broken? {
        guard let lease = lease(id.number), lease.state == .live, !lease.isParked else {
            return broken("I10", "\(id) waits and is not live, or waits already")
        }
        leases[Int(id.number) - 1].isParked = true
        workers[Int(lease.worker)].held -= 1
        giveBack(lease.semaphores)
        returnProbes(of: Int(id.number) - 1)
        return nil
    }

    mutating func unparked(_ id: LeaseID) -> Broken? {
        guard let lease = lease(id.number), lease.state == .live, lease.isParked else {
            return broken("I10", "\(id) goes on and did not wait")
        }
        unpark(Int(id.number) - 1)
        return nil
    }

    /// Who goes on has its permits again at once, even if others have them.
    mutating func unpark(_ position: Int) {
        guard leases[position].isParked else { return }
        leases[position].isParked = false
        workers[Int(leases[position].worker)].held += 1
        _ = acquire(leases[position].semaphores)
    }

    func lease(_ number: UInt64) -> Lease? {
        number > 0 && number <= UInt64(leases.count) ? leases[Int(number) - 1] : nil
    }

    /// Notes how a delegated call has ended.
    mutating func ended(_ run: Int, _ place: Int, _ result: [UInt8]?, _ failure: Failure?) {
        let position = Int(runs[run].subtasks[place].delegated)
        guard position >= 0 else { return }
        runs[run].delegated[position].result = result
        runs[run].delegated[position].failure = failure
        guard runs[run].delegated[position].ownsPurse else { return }
        runs[run].spending.purses[runs[run].delegated[position].purse].isOpen = false
    }
}
