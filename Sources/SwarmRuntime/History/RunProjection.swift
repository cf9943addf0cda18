public import SwarmCore
public import SwarmJournal
public import SwarmModel

/// One run in full, read back from its part of the journal.
public struct RunProjection: Sendable {
    /// One subtask of the run.
    public struct Entry: Hashable, Sendable {
        /// Where a subtask stands.
        public enum State: Hashable, Sendable {
            case waiting, ready, running, parked, retrying, verifying, asking
            case succeeded, failed, skipped, cancelled

            /// Whether nothing more will happen to it.
            var hasEnded: Bool {
                switch self {
                case .succeeded, .failed, .skipped, .cancelled: true
                case .waiting, .ready, .running, .parked, .retrying, .verifying, .asking: false
                }
            }
        }

        /// The position of its definition in the workflow; nil for a call its workflow does not
        /// define.
        public var definition: Int?
        /// Which element of the fan-out it is for.
        public var item: Int?
        /// Its name within the run, such as `check[42]` or `post/undo`.
        public var label: String
        /// What it calls now; another capability than its definition's once it has fallen back.
        public var capability: String
        /// Why it exists, if its workflow does not define it.
        public var origin: CallOrigin?
        /// Its position among all subtasks of the run, once a record has named it.
        public var index: Int32?
        /// Where it stands.
        public var state: State
        /// Who has it, or had it last.
        public var worker: WorkerID?
        /// How many attempts it has had.
        public var attempts = 0
        /// When its first attempt was handed out.
        public var started: Instant?
        /// When it ended.
        public var finished: Instant?
        /// Why its last attempt failed.
        public var failure: Failure?
        /// The rule that decided what followed the last failed attempt.
        public var rule: String?
        /// Why it is where it is: blocked, in question, left out, or decided by a person.
        public var reason: String?
        /// What it was last given.
        public var arguments: Payload?
        /// What it returned.
        public var result: Payload?
        /// What its attempts cost, where workers said so.
        public var cost = Cost.zero
        /// The capability that undoes it, noted before it was called.
        public var undoneBy: String?
        /// Why its effect still stands; nil unless the run left it.
        public var standing: Standing.Reason?
    }

    /// The workflow.
    public let workflow: Workflow
    /// For each definition, what it needs.
    public let needs: [[String]]
    /// All subtasks: those of the workflow, one definition's together and in its order, then calls
    /// it does not define, in the order they were made.
    public var entries: [Entry] { groups.flatMap { $0 } + calls }

    /// The subtasks of each definition.
    public private(set) var groups: [[Entry]]
    /// Calls that the workflow does not define.
    public private(set) var calls: [Entry] = []
    private let positions: [String: Int]
    private var callPositions: [Int32: Int] = [:]
    private let run: RunID

    /// A run of which nothing is known but its workflow.
    public init(run: RunID, workflow: Workflow) {
        self.run = run
        self.workflow = workflow
        needs = workflow.subtasks.map(\.dependencies)
        groups = workflow.subtasks.enumerated().map { position, subtask in
            [
                Entry(
                    definition: position,
                    label: subtask.name,
                    capability: subtask.capability,
                    state: .waiting
                )
            ]
        }
        var positions: [String: Int] = [:]
        for (position, subtask) in workflow.subtasks.enumerated() {
            positions[subtask.name] = position
        }
        self.positions = positions
    }

    /// Takes in every record of a batch that is about this run.
    public mutating func note(_ batch: SealedBatch) throws(JournalError) {
        var projection = self
        try RecordDecoder.decode(batch) { _, record throws(JournalError) in
            projection.note(record, at: batch.time)
        }
        self = projection
    }

    mutating func note(_ record: Record, at time: Instant) {
        switch record {
        case .subtaskExpanded(let expansion) where expansion.run == run:
            let definition = workflow.subtasks[Int(expansion.definition)]
            groups[Int(expansion.definition)] = (0..<Int(expansion.count)).map {
                Entry(
                    definition: Int(expansion.definition),
                    item: $0,
                    label: "\(definition.name)[\($0)]",
                    capability: definition.capability,
                    state: .waiting
                )
            }
        case .subtaskDispatched(let dispatch) where dispatch.subtask.run == run:
            change(dispatch.subtask) { entry in
                entry.state = .running
                entry.worker = dispatch.worker
                entry.attempts = dispatch.attempt
                entry.capability = dispatch.capability
                entry.started = entry.started ?? time
                entry.arguments = dispatch.arguments
                entry.reason = nil
            }
        case .subtaskSucceeded(let success) where success.subtask.run == run:
            change(success.subtask) { entry in
                entry.state = .succeeded
                entry.finished = time
                entry.failure = nil
                entry.result = success.result
                entry.add(success.cost)
            }
        case .attemptEnded(let end) where end.subtask.run == run:
            change(end.subtask) { entry in
                entry.failure = end.failure
                entry.rule = end.rule.isEmpty ? nil : end.rule
                entry.add(end.cost)
                entry.follow(end.directive, at: time)
            }
        case .subtaskReady(let subtask) where subtask.run == run:
            change(subtask) { $0.state = .ready }
        case .runEnding(let ending) where ending.run == run: end(as: ending.outcome)
        case .runUndoing(let run) where run == self.run: closeQuestions()
        case .runFinished(let finished) where finished.run == run:
            closeQuestions()
            stand(finished.standing)
        case .runParked(let parked) where parked.run == run: stand(parked.standing)
        default: noteGovernance(record, at: time)
        }
    }

    private mutating func noteGovernance(_ record: Record, at time: Instant) {
        switch record {
        case .callAdded(let call) where call.subtask.run == run: add(call)
        case .subtaskParked(let subtask, _, _) where subtask.run == run:
            change(subtask) { $0.state = .parked }
        case .subtaskUnparked(let subtask, _, _) where subtask.run == run:
            change(subtask) { if $0.state == .parked { $0.state = .running } }
        case .undoRegistered(let undo) where undo.subtask.run == run:
            change(undo.subtask) { $0.undoneBy = undo.capability }
        case .subtaskBlocked(let blocked) where blocked.subtask.run == run:
            change(blocked.subtask) { entry in
                entry.state = .ready
                entry.reason = blocked.reason
            }
        case .doubtOpened(let subtask) where subtask.run == run:
            change(subtask) { $0.state = .verifying }
        case .callRenewed(let subtask, _) where subtask.run == run:
            change(subtask) { entry in
                entry.state = .ready
                entry.finished = nil
            }
        case .undoFailed(let failed) where failed.subtask.run == run:
            change(failed.subtask) { entry in
                entry.standing = .compensationFailed
                entry.failure = failed.failure
            }
        case .questionAsked(let question) where question.subtask.run == run:
            change(question.subtask) { entry in
                entry.state = .asking
                entry.reason = question.reason
            }
        case .decided(let decided) where decided.subtask.run == run:
            change(decided.subtask) { $0.follow(decided, at: time) }
        case .subtaskSkipped(let skipped) where skipped.run == run:
            for item in groups[Int(skipped.definition)].indices {
                groups[Int(skipped.definition)][item].state = .skipped
                groups[Int(skipped.definition)][item].reason = "it needs \(skipped.because)"
            }
        default: break
        }
    }

    private mutating func add(_ call: CallAdded) {
        callPositions[call.subtask.index] = calls.count
        calls.append(
            Entry(
                label: call.subtask.label,
                capability: call.capability,
                origin: call.origin,
                index: call.subtask.index,
                state: .ready,
                arguments: call.arguments
            )
        )
    }

    /// What has not begun will not: a run that ends early starts nothing new of its workflow.
    private mutating func end(as outcome: RunOutcome) {
        let state: Entry.State = outcome == .cancelled ? .cancelled : .skipped
        for definition in groups.indices {
            for item in groups[definition].indices {
                switch groups[definition][item].state {
                case .waiting, .ready, .retrying: groups[definition][item].state = state
                case .running, .parked, .verifying, .asking, .succeeded, .failed, .skipped,
                    .cancelled:
                    break
                }
            }
        }
    }

    /// What nobody has answered by the time nothing runs any more, nobody needs to.
    private mutating func closeQuestions() {
        for definition in groups.indices {
            for item in groups[definition].indices
            where groups[definition][item].state == .asking {
                groups[definition][item].state = .cancelled
            }
        }
        for call in calls.indices where calls[call].state == .asking {
            calls[call].state = .cancelled
        }
    }

    /// What stands now; what stood before and was undone since does not.
    private mutating func stand(_ standing: [Standing]) {
        for definition in groups.indices {
            for item in groups[definition].indices { groups[definition][item].standing = nil }
        }
        for call in calls.indices { calls[call].standing = nil }
        for effect in standing { change(effect.subtask) { $0.standing = effect.reason } }
    }

    private mutating func change(_ subtask: SubtaskID, _ body: (inout Entry) -> Void) {
        if let position = callPositions[subtask.index] { return body(&calls[position]) }
        guard let definition = positions[subtask.name] else { return }
        let item = Int(subtask.item ?? 0)
        guard groups[definition].indices.contains(item) else { return }
        groups[definition][item].index = subtask.index
        body(&groups[definition][item])
    }
}

extension RunProjection.Entry {
    fileprivate mutating func add(_ cost: Cost?) {
        guard let cost else { return }
        self.cost.microdollars += cost.microdollars
        self.cost.tokens += cost.tokens
    }

    fileprivate mutating func follow(_ directive: Directive, at time: Instant) {
        switch directive {
        case .retry: state = .retrying
        case .reassign, .repair, .fallback: state = .ready
        case .verify: state = .verifying
        case .ask: state = .asking
        case .yield: break
        case .skip: state = .skipped
        case .fail: state = .failed
        case .cancel: state = .cancelled
        }
        if state.hasEnded { finished = time }
    }

    fileprivate mutating func follow(_ decided: SubtaskDecided, at time: Instant) {
        reason = "\(decided.by): \(decided.decision.rawValue), \(decided.reason)"
        if let directive = decided.directive { return follow(directive, at: time) }
        switch decided.decision {
        case .happened, .undo:
            state = .succeeded
            finished = time
            result = decided.result
        case .didNotHappen, .retry: state = .ready
        case .skip: state = .skipped
        case .abort: state = .failed
        }
        if state.hasEnded { finished = time }
    }
}
