import SwarmCore
import SwarmModel

// Runs and subtasks, as the records tell of them.

extension JournalShadow {
    mutating func runSubmitted(_ submitted: RunSubmitted) -> Broken? {
        guard submitted.run.number == UInt64(runs.count) + 1 else {
            return broken("I4", "\(submitted.run) is submitted out of order or twice")
        }
        guard let workflow = workflowOf[submitted.workflow] else {
            return broken("I4", "\(submitted.run) is of a workflow nobody submitted")
        }
        let definitions = scenario.workflows[workflow].definitions
        runs.append(
            Run(
                workflow: workflow,
                deadline: submitted.deadline,
                groups: Array(repeating: Group(), count: definitions.count),
                incomplete: definitions.count
            )
        )
        liveRuns += 1
        if spends {
            let definition = scenario.workflows[workflow].workflow
            runs[runs.count - 1].spending = spending(definition)
        }
        for definition in definitions.indices where definitions[definition].needs.isEmpty {
            open(definition, runs.count - 1)
        }
        return nil
    }

    /// What a definition needs has succeeded: its subtask is ready, or its fan-out is due.
    private mutating func open(_ definition: Int, _ run: Int) {
        let workflow = scenario.workflows[runs[run].workflow]
        let isFinal = runs[run].isWrappingUp && workflow.definitions[definition].isFinally
        if isFinal { runs[run].groups[definition].isMissing = false }
        guard !runs[run].groups[definition].isMissing else { return }
        guard workflow.definitions[definition].fanOut == nil else {
            runs[run].groups[definition].isDue = true
            return
        }
        let place = runs[run].subtasks.count
        runs[run].groups[definition].base = Int32(place)
        runs[run].groups[definition].count = 1
        runs[run].groups[definition].released = 1
        runs[run].subtasks.append(Subtask(definition: Int32(definition), item: -1))
        makeReady(run, place)
    }

    mutating func expanded(_ expanded: SubtaskExpanded) -> Broken? {
        guard let run = live(expanded.run) else {
            return broken("I4", "\(expanded.run) fans out and does not live", expanded.run.number)
        }
        let definition = Int(expanded.definition)
        let workflow = scenario.workflows[runs[run].workflow]
        guard runs[run].groups[definition].isDue, runs[run].groups[definition].base < 0 else {
            return broken(
                "I6",
                "\(expanded.run)/\(expanded.name) fans out before what it needs has succeeded",
                expanded.run.number
            )
        }
        guard Int(expanded.count) == workflow.definitions[definition].fanOut?.count else {
            return broken(
                "I6",
                "\(expanded.run)/\(expanded.name) fans out into \(expanded.count) subtasks",
                expanded.run.number
            )
        }
        let base = runs[run].subtasks.count
        let count = Int(expanded.count)
        let released = min(workflow.definitions[definition].maximumParallel ?? count, count)
        runs[run].groups[definition].base = Int32(base)
        runs[run].groups[definition].count = expanded.count
        runs[run].groups[definition].released = Int32(released)
        for item in 0..<count {
            var subtask = Subtask(definition: expanded.definition, item: Int32(item))
            subtask.phase = .held
            runs[run].subtasks.append(subtask)
            if item < released { makeReady(run, base + item) }
        }
        if count == 0 { complete(definition, run) }
        return nil
    }

    mutating func complete(_ definition: Int, _ run: Int) {
        runs[run].groups[definition].isComplete = true
        runs[run].incomplete -= 1
        let definitions = scenario.workflows[runs[run].workflow].definitions
        let isSkipped = runs[run].groups[definition].isSkipped
        for dependent in scenario.workflows[runs[run].workflow].dependents[definition] {
            if isSkipped { runs[run].groups[dependent].isMissing = true }
            let isOpen = definitions[dependent].needs.allSatisfy {
                runs[run].groups[$0].isComplete
            }
            if isOpen { open(dependent, run) }
        }
    }

    mutating func runEnding(_ ending: RunEnding) -> Broken? {
        guard let run = live(ending.run), runs[run].state == .live else {
            return broken("I4", "\(ending.run) begins to end twice", ending.run.number)
        }
        if !ending.undoes, !runs[run].isAborted {
            let definition = ending.subtask.flatMap { find($0) }.map { found in
                scenario.workflows[runs[run].workflow].definitions[
                    Int(runs[run].subtasks[found.place].definition)
                ]
            }
            guard case .abort? = definition?.onFailure else {
                return broken(
                    "I12",
                    "\(ending.run) ends as \(ending.outcome) and is not to be undone, which nobody "
                        + "wants",
                    ending.run.number
                )
            }
        }
        if ending.failure.kind == .budgetExhausted, !runs[run].spending.isExhausted {
            return broken("I11", "\(ending.run) ends for want of money", ending.run.number)
        }
        runs[run].state = .ending
        runs[run].ending = (moment, commits)
        runs[run].outcome = ending.outcome
        runs[run].undoes = ending.undoes
        clearLanes(of: run)
        for place in runs[run].subtasks.indices where !runs[run].subtasks[place].isProtected {
            switch runs[run].subtasks[place].phase {
            case .ready, .waiting, .held, .unknown: runs[run].subtasks[place].phase = .cancelled
            case .running, .doubtful, .succeeded, .failed, .skipped, .cancelled: break
            }
        }
        return nil
    }

    mutating func runFinished(_ finished: RunFinished, _ world: borrowing World) -> Broken? {
        let number = finished.run.number
        guard let run = live(finished.run) else {
            return broken("I4", "\(finished.run) finishes twice, or never was", number)
        }
        guard runs[run].running == 0 else {
            return broken("I4", "\(finished.run) finishes while a subtask of it runs", number)
        }
        let wrapsUp = runs[run].isWrappingUp && runs[run].state == .live
        if wrapsUp, let broken = judgeWrappedUp(finished, run) { return broken }
        if finished.outcome == .succeeded || wrapsUp {
            guard runs[run].incomplete == 0, runs[run].state == .live else {
                return broken(
                    "I4",
                    "\(finished.run) succeeded with \(runs[run].incomplete) definitions left",
                    number
                )
            }
            scratch.removeAll(keepingCapacity: true)
            writeOutput(of: run)
            guard finished.output.bytes == scratch else {
                return broken("I6", "\(finished.run) returns what its subtasks did not", number)
            }
            if !wrapsUp { succeededRuns += 1 }
        } else {
            guard runs[run].state == .ending else {
                return broken("I4", "\(finished.run) ends early without having begun to", number)
            }
            if let broken = judgeOutcome(finished, run) { return broken }
            if let broken = judgeWorld(finished, run, world) { return broken }
        }
        runs[run].state = .finished
        runs[run].standing = finished.standing.map(\.subtask.index)
        questions.removeAll { $0.run == number }
        liveRuns -= 1
        finishedRuns += 1
        return nil
    }

    /// Whether what a run leaves in the world is what it says it leaves.
    private func judgeWorld(
        _ finished: RunFinished,
        _ run: Int,
        _ world: borrowing World
    ) -> Broken? {
        let number = finished.run.number
        let workflow = scenario.workflows[runs[run].workflow]
        let confirmed = confirmed(run)
        for subtask in runs[run].subtasks where subtask.index >= 0 && !subtask.isProtected {
            let entry = world.entry(run: number, index: subtask.index)
            let definition = definition(of: subtask, in: run)
            let root =
                definition == nil ? rootDefinition(of: subtask, in: run) : Int(subtask.definition)
            let isConfirmed = confirmed && workflow.confirmed.contains(root)
            let name = definition?.name ?? subtask.name
            let listed = finished.standing.first { $0.subtask.index == subtask.index }
            let isKept = isKept(subtask, in: run)
            if entry.stands, !isConfirmed, !isKept, listed == nil {
                return broken(
                    "I12",
                    "\(finished.run) ends as \(finished.outcome); the effect of \(name) "
                        + "(#\(subtask.index)) stands and is not listed",
                    number
                )
            }
            if isConfirmed, entry.isUndone {
                return broken("I13", "\(finished.run) undid \(name), which was confirmed", number)
            }
            guard let listed else { continue }
            if let broken = judgeReason(listed, of: finished, run) { return broken }
            switch listed.reason {
            case .mayHaveHappened: break
            case .noCompensation, .compensationFailed, .blocked, .left:
                if !entry.stands, !subtask.isDecided, listed.reason != .compensationFailed {
                    return broken(
                        "I12",
                        "\(finished.run) lists the effect of \(name) (#\(subtask.index)) as "
                            + "\(listed.reason), and it is not there",
                        number
                    )
                }
            }
        }
        return nil
    }

    /// Whether a run that ends says of itself what became of it.
    private func judgeOutcome(_ finished: RunFinished, _ run: Int) -> Broken? {
        let hasUndone = runs[run].subtasks.contains { subtask in
            if case .undo = subtask.origin { subtask.phase == .succeeded } else { false }
        }
        let isSound: Bool =
            switch finished.outcome {
            case .succeeded: false
            case .compensated: hasUndone && finished.standing.isEmpty
            case .partiallyCompensated: hasUndone && !finished.standing.isEmpty
            case .compensationFailed:
                finished.standing.contains { $0.reason == .compensationFailed }
            case .failed: !hasUndone && runs[run].outcome == .failed
            case .cancelled: runs[run].outcome == .cancelled
            }
        guard !isSound else { return nil }
        return broken(
            "I12",
            "\(finished.run) ends as \(finished.outcome), with \(finished.standing.count) effects "
                + "listed and \(hasUndone ? "some" : "none") undone",
            finished.run.number
        )
    }

    /// Whether what is listed stands for the reason that is given.
    private func judgeReason(
        _ listed: Standing,
        of finished: RunFinished,
        _ run: Int
    ) -> Broken? {
        let capability = scenario.capabilityPositions[listed.capability].map {
            scenario.capabilities[$0]
        }
        let isSound: Bool =
            switch listed.reason {
            case .noCompensation: capability?.undo == nil
            case .blocked: finished.standing.contains { $0.reason == .compensationFailed }
            case .left: !runs[run].undoes
            case .mayHaveHappened, .compensationFailed: true
            }
        guard !isSound else { return nil }
        return broken(
            "I12",
            "\(finished.run) lists the effect of \(listed.subtask) as \(listed.reason), which is "
                + "not why it stands",
            finished.run.number
        )
    }

    private func rootDefinition(of subtask: Subtask, in run: Int) -> Int {
        let place = runs[run].calls[subtask.index].map { Int($0) } ?? 0
        return Int(runs[run].subtasks[root(of: place, in: run)].definition)
    }

    /// Whether the pivot of a run has succeeded.
    func confirmed(_ run: Int) -> Bool {
        let workflow = scenario.workflows[runs[run].workflow]
        guard let pivot = workflow.definitions.firstIndex(where: { $0.isPivot }) else {
            return false
        }
        let group = runs[run].groups[pivot]
        return group.base >= 0 && group.succeeded == group.count && !group.isSkipped
    }

    private mutating func writeOutput(of run: Int) {
        let ended = runs[run]
        scenario.workflows[ended.workflow].writeOutput(
            values: { definition in ended.values(of: definition) },
            to: &scratch
        )
    }

    /// The position of a run that has not finished.
    func live(_ run: RunID) -> Int? {
        guard run.number > 0, run.number <= UInt64(runs.count),
            runs[Int(run.number) - 1].state != .finished
        else { return nil }
        return Int(run.number) - 1
    }

    /// Finds a subtask among those of its run, and holds the core to one index for each.
    mutating func find(_ subtask: SubtaskID) -> (run: Int, place: Int)? {
        guard let run = live(subtask.run) else { return nil }
        if let place = runs[run].calls[subtask.index] {
            return runs[run].subtasks[Int(place)].name == subtask.name ? (run, Int(place)) : nil
        }
        guard let definition = scenario.workflows[runs[run].workflow].positions[subtask.name],
            runs[run].groups[definition].base >= 0
        else { return nil }
        let item = Int(subtask.item ?? 0)
        guard item < Int(runs[run].groups[definition].count) else { return nil }
        let place = Int(runs[run].groups[definition].base) + item
        if runs[run].subtasks[place].index < 0 {
            runs[run].subtasks[place].index = subtask.index
            while runs[run].places.count <= Int(subtask.index) { runs[run].places.append(-1) }
            runs[run].places[Int(subtask.index)] = Int32(place)
        }
        guard runs[run].subtasks[place].index == subtask.index else { return nil }
        return (run, place)
    }

    mutating func becameReady(_ subtask: SubtaskID, at time: Instant) -> Broken? {
        guard let (run, place) = find(subtask), runs[run].subtasks[place].phase == .waiting else {
            return broken("I23", "\(subtask) is ready again and did not wait", subtask.run.number)
        }
        guard runs[run].subtasks[place].retryAt <= time else {
            return broken(
                "I23",
                "\(subtask) is ready before its delay has passed",
                subtask.run.number
            )
        }
        guard !isLate(runs[run].subtasks[place].retryAt, at: time) else {
            return broken(
                "I23",
                "\(subtask) is ready long after its delay has passed",
                subtask.run.number
            )
        }
        makeReady(run, place)
        return nil
    }
}
