import SwarmCore
import SwarmModel

// What policies decide, held to what they say.

extension JournalShadow {
    /// Holds a directive to the declared policy, and to what really happened.
    func judge(
        _ ended: AttemptEnded,
        _ run: Int,
        _ place: Int,
        _ world: borrowing World,
        at time: Instant
    ) -> Broken? {
        let number = ended.subtask.run.number
        let subtask = runs[run].subtasks[place]
        let definition = definition(of: subtask, in: run)
        let capability = scenario.capabilities[lanes[lane(run, place)].capability]
        let policy = retryPolicy(definition, lanes[lane(run, place)].capability, subtask)
        func wrong(_ why: String, _ invariant: String = "I7") -> Broken {
            broken(
                invariant,
                "\(ended.subtask), \(capability.name), \(ended.failure.kind): \(ended.directive) "
                    + "by \"\(ended.rule)\", but \(why)",
                number
            )
        }
        if runs[run].state == .ending, !subtask.isProtected {
            return ended.directive == .cancel ? nil : wrong("its run ends")
        }
        if isAbandoned(run, place), ended.directive == .cancel { return nil }
        if let broken = judgeExhausted(ended, run, place) { return broken }
        let isAgain: Bool =
            switch ended.directive {
            case .retry, .reassign, .repair: true
            default: false
            }
        if isAgain, !capability.isSafe,
            world.entry(run: number, index: subtask.index).applied > 0
        {
            return wrong("it has happened", "I8")
        }
        let attempts = Int(subtask.attempts - subtask.attemptsBefore)
        let mayRetry =
            attempts < policy.maxAttempts && ended.failure.retryable != false
            && (ended.mayHaveHappened
                ? capability.isSafe
                : ended.failure.retryable == true
                    || (capability.isSafe && policy.retryOn.contains(ended.failure.kind)))
        switch ended.directive {
        case .reassign:
            if ended.mayHaveHappened { return wrong("it may have happened") }
            if subtask.returns >= 100 { return wrong("it came back \(subtask.returns) times") }
        case .repair:
            if !capability.isSafe || subtask.invalid >= policy.maxInvalidResults {
                return wrong("it may not be repaired")
            }
        case .retry(let at):
            if !mayRetry { return wrong("it may not be repeated") }
            let wait = at - time
            if wait < (ended.failure.retryAfter ?? .zero) { return wrong("the wait is too short") }
            if wait > max(policy.backoff.maximum, ended.failure.retryAfter ?? .zero) {
                return wrong("the wait is too long")
            }
        case .verify:
            if capability.verify == nil || capability.isSafe { return wrong("nothing verifies it") }
        case .ask(.unknownOutcome):
            let policy = definition?.unknownOutcome ?? capability.unknownOutcome
            if capability.isSafe || policy == .fail {
                return wrong("there is nothing to ask")
            }
        case .ask(.failed):
            guard case .ask? = definition?.onFailure else { return wrong("nobody is to be asked") }
        case .skip:
            if ended.lease == nil, runs[run].isWrappingUp, !isFinal(run, place) { return nil }
            guard case .skip? = definition?.onFailure else {
                return wrong("it is not to be skipped")
            }
        case .fallback(let call):
            guard case .fallback(let other)? = definition?.onFailure,
                scenario.capabilities[other].name == call.capability
            else { return wrong("it has no such fallback") }
            if world.entry(run: number, index: subtask.index).applied > 0 {
                return wrong("it has happened", "I8")
            }
        case .fail:
            let isBudget = ended.rule.contains("budget") || ended.rule.contains("unavailable")
            let isKnownKind = policy.retryOn.contains(ended.failure.kind)
            let isReturned = subtask.returns >= 100 && givesBack
            let longest = max(policy.backoff.maximum, ended.failure.retryAfter ?? .zero)
            let isLate = delegated(run, place).map { time + longest >= $0.deadline } ?? false
            if ended.lease != nil, mayRetry, policy.deadline == nil, !isBudget, !isReturned,
                !isLate, !subtask.isProtected,
                isKnownKind || ended.failure.retryable == true
            {
                return wrong("it may be repeated")
            }
        case .cancel: return wrong("its run goes on")
        case .yield: break
        }
        return nil
    }

    /// Undo goes against the order of what needs what, and only for what is there.
    func judgeUndo(
        _ dispatch: SubtaskDispatched,
        _ subject: Int,
        _ run: Int,
        _ world: borrowing World
    ) -> Broken? {
        let number = dispatch.subtask.run.number
        let workflow = scenario.workflows[runs[run].workflow]
        let undone = runs[run].subtasks[subject]
        guard runs[run].state == .ending, runs[run].undoes else {
            return broken("I13", "\(dispatch.subtask) undoes what its run needs", number)
        }
        let isConfirmed = confirmed(run)
        let root = root(of: subject, in: run)
        let definition = Int(runs[run].subtasks[root].definition)
        if isConfirmed, workflow.confirmed.contains(definition) {
            return broken("I13", "\(dispatch.subtask) undoes what the pivot has confirmed", number)
        }
        let entry = world.entry(run: number, index: undone.index)
        if entry.applied == 0, !undone.isDecided {
            return broken("I13", "\(dispatch.subtask) undoes what never happened", number)
        }
        let lasted = end(ofTree: subject, in: run)
        for place in runs[run].subtasks.indices where place != subject {
            let other = runs[run].subtasks[place]
            guard other.phase == .succeeded, !other.isProtected, other.index >= 0,
                scenario.capabilities[lanes[lane(run, place)].capability].undo != nil
            else { continue }
            let otherRoot = self.root(of: place, in: run)
            let later = Int(runs[run].subtasks[otherRoot].definition)
            let isAfter: Bool
            if otherRoot == root {
                // Within one subtask: what it did after its calls, and what came after them. Who
                // failed while its calls went on may have acted all the same.
                isAfter =
                    isAncestor(place, of: subject, run)
                    || other.began > lasted && !isAncestor(subject, of: place, run)
            } else {
                isAfter = workflow.definitions[later].needs.contains(definition)
            }
            guard isAfter, !(isConfirmed && workflow.confirmed.contains(later)),
                world.entry(run: number, index: other.index).stands
            else { continue }
            return broken(
                "I13",
                "\(dispatch.subtask) undoes it before #\(other.index) of "
                    + "\(workflow.definitions[later].name), which came after it",
                number
            )
        }
        return nil
    }

    /// An effect that comes when its run has ended must be among those the run has listed.
    func judgeLate(run: UInt64, index: Int32, _ world: borrowing World) -> Broken? {
        let ended = runs[Int(run) - 1]
        guard ended.state == .finished, !ended.standing.contains(index),
            world.entry(run: run, index: index).executions == 1
        else { return nil }
        if let subtask = ended.subtasks.first(where: { $0.index == index }),
            isKept(subtask, in: Int(run) - 1)
        {
            return nil
        }
        return broken(
            "I12",
            "r_\(run) #\(index) takes effect after its run, which lists it not",
            run
        )
    }

    // MARK: Records about policies

    mutating func takeGovernance(_ record: Record, at time: Instant) -> Broken? {
        switch record {
        case .subtaskSkipped(let skipped): return self.skipped(skipped)
        case .doubtOpened(let subtask):
            guard let (run, place) = find(subtask) else { return nil }
            runs[run].subtasks[place].phase = .doubtful
        case .questionAsked(let question):
            guard let (run, place) = find(question.subtask) else { return nil }
            ask(run, place, question.doubt)
        case .decided(let decided): return self.decided(decided, at: time)
        case .callAdded(let added): return callAdded(added)
        case .callRenewed(let subtask, _):
            guard let (run, place) = find(subtask) else {
                return broken("I13", "\(subtask) is made again and never was", subtask.run.number)
            }
            guard runs[run].subtasks[place].phase == .failed else {
                return broken(
                    "I13",
                    "\(subtask) is made again, and had not failed",
                    UInt64(run) + 1
                )
            }
            runs[run].subtasks[place].attemptsBefore = runs[run].subtasks[place].attempts
            makeReady(run, place)
        case .undoFailed(let failed): return undoFailed(failed)
        case .runParked(let parked):
            if let run = live(parked.run) { runs[run].isParked = true }
        case .runResumed(let resumed):
            if let run = live(resumed.run) { runs[run].isParked = false }
        case .callClaimed(let claim): return claimed(claim)
        case .callRefused(let refused): return self.refused(refused)
        case .subtaskParked(_, let lease, _): return parked(lease)
        case .subtaskUnparked(_, let lease, _): return unparked(lease)
        case .loopStopped(let loop): return loopStopped(loop)
        case .budgetExhausted(let found): return budgetExhausted(found)
        case .breakerMoved(let moved): return breakerMoved(moved, at: time)
        default: break
        }
        return nil
    }

    mutating func ask(_ run: Int, _ place: Int, _ doubt: Doubt) {
        runs[run].subtasks[place].phase = .doubtful
        let subtask = runs[run].subtasks[place]
        questions.append(
            Question(
                run: UInt64(run) + 1,
                place: place,
                label: label(of: subtask, in: run),
                doubt: doubt
            )
        )
    }

    /// What people call a subtask.
    func label(of subtask: Subtask, in run: Int) -> String {
        guard subtask.name.isEmpty else { return subtask.name }
        let name = scenario.workflows[runs[run].workflow].definitions[Int(subtask.definition)].name
        return subtask.item >= 0 ? "\(name)[\(subtask.item)]" : name
    }

    private mutating func skipped(_ skipped: SubtaskSkipped) -> Broken? {
        guard let run = live(skipped.run) else { return nil }
        let definition = Int(skipped.definition)
        guard runs[run].groups[definition].isMissing, runs[run].groups[definition].base < 0 else {
            return broken(
                "I6",
                "\(skipped.run)/\(skipped.name) is left out, and nothing it needs was",
                skipped.run.number
            )
        }
        runs[run].groups[definition].base = Int32(runs[run].subtasks.count)
        runs[run].groups[definition].count = 1
        runs[run].groups[definition].skipped = 1
        var subtask = Subtask(definition: skipped.definition, item: -1)
        subtask.phase = .skipped
        subtask.value = ScenarioWorkflow.missing
        runs[run].subtasks.append(subtask)
        complete(definition, run)
        return nil
    }

    private mutating func decided(_ decided: SubtaskDecided, at time: Instant) -> Broken? {
        let number = decided.subtask.run.number
        guard let (run, place) = find(decided.subtask), runs[run].subtasks[place].phase == .doubtful
        else {
            return broken("I4", "\(decided.subtask) is decided and nobody asked", number)
        }
        questions.removeAll { $0.run == number && $0.place == place }
        runs[run].subtasks[place].isDecided = true
        if decided.decision == .abort { runs[run].isAborted = true }
        if decided.decision == .didNotHappen { runs[run].subtasks[place].isDoubted = false }
        // Its call itself had ended before.
        runs[run].subtasks[place].endedIn = (epoch, commits)
        if decided.decision == .happened {
            runs[run].subtasks[place].phase = .succeeded
            runs[run].subtasks[place].value = value(in: decided.result?.bytes, of: place, run)
            if runs[run].subtasks[place].delegated >= 0 {
                ended(run, place, decided.result?.bytes ?? Array("null".utf8), nil)
            } else if !runs[run].subtasks[place].isProtected {
                advance(run, Int(runs[run].subtasks[place].definition))
            }
            return nil
        }
        guard let directive = decided.directive else { return nil }
        defer {
            if isDone(run, place) {
                ended(
                    run,
                    place,
                    nil,
                    Failure(.cancelled, "\(decided.by) decided so: \(decided.reason)")
                )
            }
        }
        if case .retry = directive { runs[run].subtasks[place].granted += 1 }
        return obey(directive, run, place, at: time)
    }

    /// The number behind `"v":` in a result; nothing, when there is none.
    private func value(in bytes: [UInt8]?, of place: Int, _ run: Int) -> Int64 {
        if scenario.user != nil, let bytes, bytes != Array("null".utf8) {
            return Int64(runs[run].subtasks[place].item)
        }
        guard let bytes, bytes.starts(with: Array("{\"v\":".utf8)) else {
            return ScenarioWorkflow.missing
        }
        var value: Int64 = 0
        for byte in bytes.dropFirst(5) {
            guard byte >= 0x30, byte <= 0x39 else { break }
            value = value * 10 + Int64(byte - 0x30)
        }
        return value
    }

    /// The call that undoes another is given what its contract says, from that call.
    private func judgeArguments(_ added: CallAdded, of subject: Int, _ run: Int) -> Broken? {
        let undone = runs[run].subtasks[subject]
        guard !undone.isReplaced, scenario.user == nil else { return nil }
        let declared = scenario.capabilities[lanes[lane(run, subject)].capability]
        let number = delegated(run, subject)?.planned.number ?? "\(undone.definition)"
        var expected = "{\"n\":\(number)"
        if declared.undoReadsResult { expected += ",\"v\":\(undone.value)" }
        guard added.arguments.bytes != Array((expected + "}").utf8) else { return nil }
        return broken(
            "I13",
            "\(added.subtask) is given \(text(added.arguments.bytes)) and must be given "
                + "\(expected)}",
            added.subtask.run.number
        )
    }

    /// What undoes a call cannot be called only when nobody knows what the call returned.
    private mutating func undoFailed(_ failed: UndoFailed) -> Broken? {
        guard let (run, place) = find(failed.subtask) else { return nil }
        let undone = runs[run].subtasks[place]
        guard undone.value != ScenarioWorkflow.missing, !undone.isReplaced,
            undone.phase == .succeeded, scenario.user == nil
        else { return nil }
        return broken(
            "I13",
            "\(failed.subtask) returned what undoing it needs, and cannot be undone: "
                + failed.failure.message,
            failed.subtask.run.number
        )
    }

    private mutating func callAdded(_ added: CallAdded) -> Broken? {
        let number = added.subtask.run.number
        guard let run = live(added.subtask.run) else {
            return broken("I4", "\(added.subtask) is added to a run that has ended", number)
        }
        if case .delegated = added.origin { return delegatedCallAdded(added, run) }
        guard let capability = scenario.capabilityPositions[added.capability] else {
            return broken("I13", "\(added.subtask) calls what nobody declared", number)
        }
        let subject = runs[run].subtasks.firstIndex {
            $0.index == added.origin.subject && !$0.isProtected
        }
        guard let subject else {
            return broken("I13", "\(added.subtask) is about a subtask that never began", number)
        }
        let declared = scenario.capabilities[lanes[lane(run, subject)].capability]
        var call = Subtask(definition: runs[run].subtasks[subject].definition, item: -1)
        call.index = added.subtask.index
        call.name = added.subtask.name
        switch added.origin {
        case .undo:
            call.origin = .undo(of: subject)
            let isTwice = runs[run].subtasks.contains {
                if case .undo(let place) = $0.origin { place == subject } else { false }
            }
            let first = definition(of: runs[run].subtasks[subject], in: run)?.capability
            let isOfFirst = first.map { scenario.capabilities[$0].undo == capability } ?? false
            guard declared.undo == capability || isOfFirst, !isTwice else {
                return broken(
                    "I13",
                    "\(added.subtask) undoes \(declared.name) "
                        + (isTwice ? "twice, by " : "by another call, ")
                        + "\(added.capability)",
                    number
                )
            }
            if let broken = judgeArguments(added, of: subject, run) { return broken }
        case .verify:
            call.origin = .verify(of: subject)
            guard declared.verify == capability else {
                return broken("I8", "\(added.subtask) is asked of the wrong capability", number)
            }
            if let broken = judgeQuestion(added, about: subject, run) { return broken }
        case .delegated: break
        }
        call.lane = Int32(lane(capability, nil, 0))
        runs[run].calls[added.subtask.index] = Int32(runs[run].subtasks.count)
        runs[run].subtasks.append(call)
        makeReady(run, runs[run].subtasks.count - 1)
        return nil
    }
}
