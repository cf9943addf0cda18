import SwarmCore
import SwarmModel

// What callers are told, whether they go round in circles, and what becomes of their calls.

extension JournalShadow {
    // MARK: Loops

    /// How often a call was made before without anything having changed, in the window.
    ///
    /// Which calls are for the same thing is known by how they were made up, not by looking at
    /// them. Being generous leaves out what an earlier attempt asked for in the very same way,
    /// where that can do no harm: it counts only if it brought nothing new.
    func tally(of planned: PlannedCall, _ run: Int, isGenerous: Bool = false) -> Int {
        guard let position = planned.capability else { return 0 }
        let capability = scenario.capabilities[position]
        let window = limits(of: run).loopWindow
        // What asks for the same again changes the world again, unless the tool sees that it does.
        let isProgressPossible =
            !capability.changesWorld || (capability.isIdempotent && planned.isSameWording)
        var seen: [String] = []
        var count = 0
        for call in runs[run].delegated.suffix(window) where call.planned.group == planned.group {
            guard isProgressPossible else {
                if isGenerous, capability.isIdempotent, call.planned.asksTheSame(as: planned) {
                    continue
                }
                count += 1
                continue
            }
            guard let outcome = outcome(of: call, run) else {
                // The very same call, still under way, brings nothing new.
                if planned.isSameWording { count += 1 }
                continue
            }
            if !seen.contains(outcome) {
                seen.append(outcome)
                count = 0
            }
            count += 1
        }
        return count
    }

    /// What a call brought, in a form in which only a change makes a difference.
    private func outcome(of call: Delegated, _ run: Int) -> String? {
        guard isDone(run, call.place) else { return nil }
        if let failure = call.failure {
            let words = failure.message.split(separator: " ").filter { word in
                !word.contains { $0.isNumber }
            }
            return "\(failure.kind) \(words.joined(separator: " "))"
        }
        return text(call.result)
    }

    mutating func loopStopped(_ loop: LoopStopped) -> Broken? {
        guard let run = live(loop.run), runs[run].state == .live, !runs[run].isLoop else {
            return broken("I17", "\(loop.run) is stopped as a loop and ends already")
        }
        runs[run].isLoop = true
        coverage.loops += 1
        mustEnd.append(run)
        return nil
    }

    // MARK: Answers

    /// Holds an answer to a request to what the call has come to.
    func check(_ worker: WorkerID, _ request: CallReference, _ answer: CallAnswer) -> Broken? {
        let lease = lease(request.lease.number)
        let isOwn = lease.map { workerPositions[worker] == Int($0.worker) } ?? false
        let run = lease.map { Int($0.run) - 1 }
        let position = run.flatMap { runs[$0].requests[request] }
        let call = run.flatMap { run in position.map { runs[run].delegated[Int($0)] } }
        func wrong(_ why: String) -> Broken {
            broken("I11", "\(worker) is answered \(request): \(why)", lease?.run)
        }
        switch answer {
        case .succeeded(let payload):
            guard isOwn, let call else { return wrong("it asked for no such call") }
            guard call.failure == nil, let result = call.result, result == payload.bytes else {
                return wrong(
                    "\(text(payload.bytes)), and the call returned \(text(call.result))"
                )
            }
        case .failed(let failure):
            guard isOwn, let lease, let run, lease.state == .live, runs[run].state == .live,
                !isStopping, !runs[run].refused.contains(request)
            else { return nil }
            guard let call, call.failure != nil, isDone(run, call.place) else {
                return wrong("\(failure.message), and the call has not failed")
            }
        case .refused(let failure):
            guard !isOwn || call == nil || lease?.state != .live else {
                return wrong("\(failure.message), and the call was made")
            }
        }
        return nil
    }

    // MARK: The world

    /// A caller that is tried again never causes its calls a second time.
    func judgeRepeated(run: UInt64, index: Int32, _ world: borrowing World) -> Broken? {
        guard let call = delegated(run: run, index: index) else { return nil }
        var times = 0
        for other in runs[Int(run) - 1].delegated
        where other.parent == call.parent && other.planned.asksTheSame(as: call.planned) {
            let index = runs[Int(run) - 1].subtasks[other.place].index
            if world.entry(run: run, index: index).applied > 0 { times += 1 }
        }
        guard times > 1 else { return nil }
        // An attempt may ask for the same more than once, and then means it.
        let wanted = leases.reduce(0) { most, lease in
            guard lease.run == run, Int(lease.place) == call.parent else { return most }
            let asked = lease.asked.count { $0.asksTheSame(as: call.planned) }
            return max(most, asked)
        }
        guard times > wanted else { return nil }
        return broken(
            "I8",
            "r_\(run) #\(index): what its caller asked for \(wanted) times happened \(times) times",
            run
        )
    }

    // MARK: At rest

    /// What must hold of callers and their calls between two turns.
    mutating func checkCallers() -> Broken? {
        for run in mustEnd where runs[run].state == .live {
            let invariant = runs[run].isLoop ? "I17" : "I11"
            return broken(
                invariant,
                "r_\(run + 1) goes on although it was stopped",
                UInt64(run) + 1
            )
        }
        mustEnd.removeAll(keepingCapacity: true)
        guard !awaiting.isEmpty else { return nil }
        awaiting.removeAll { leases[Int($0) - 1].state != .live }
        for number in awaiting {
            let lease = leases[Int(number) - 1]
            let run = Int(lease.run) - 1
            let waits = runs[run].delegated.contains {
                $0.lease == number && !isDone(run, $0.place)
            }
            guard waits != lease.isParked, runs[run].state == .live else { continue }
            return broken(
                "I10",
                "L\(number) \(waits ? "waits and keeps its permits" : "waits for nothing")",
                lease.run
            )
        }
        for run in runs.indices where runs[run].state == .live {
            for call in runs[run].delegated {
                switch runs[run].subtasks[call.place].phase {
                case .ready, .waiting, .held:
                    guard isAbandoned(run, call.place) else { continue }
                case .running:
                    guard goesOnUntold(run, call.place) else { continue }
                default: continue
                }
                let name = runs[run].subtasks[call.place].name
                return broken(
                    "I11",
                    "r_\(run + 1)/\(name) is still due and its caller has ended",
                    UInt64(run) + 1
                )
            }
        }
        return nil
    }

    /// Whether a worker has a call whose caller has ended, and nobody has asked it to stop.
    private func goesOnUntold(_ run: Int, _ place: Int) -> Bool {
        guard let caller = endedCaller(run, place) else { return false }
        // What follows from a commit is done by the next, unless the coordinator ends before.
        let ended = runs[run].subtasks[caller].endedIn
        guard ended.epoch == epoch, ended.commit < commits,
            let lease = lease(runs[run].subtasks[place].lease)
        else { return false }
        return lease.state == .live && !lease.isCalledOff
    }

    /// Whether there is an answer to a request of a worker that still waits for it.
    func isSettled(_ request: CallReference) -> Bool {
        guard let lease = lease(request.lease.number), lease.state == .live else { return false }
        let run = Int(lease.run) - 1
        if runs[run].refused.contains(request) { return true }
        guard let position = runs[run].requests[request] else { return false }
        return isDone(run, runs[run].delegated[Int(position)].place)
    }
}
