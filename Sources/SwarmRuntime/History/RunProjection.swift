import SwarmCore
public import SwarmJournal
public import SwarmModel

/// One run in full, read back from its part of the journal.
public struct RunProjection: Sendable {
    /// One subtask of the run.
    public struct Entry: Hashable, Sendable {
        /// Where a subtask stands.
        public enum State: Hashable, Sendable {
            case waiting, ready, running, retrying, succeeded, failed, skipped, cancelled
        }

        /// The position of its definition in the workflow.
        public var definition: Int
        /// Which element of the fan-out it is for.
        public var item: Int?
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
        /// What it was last given.
        public var arguments: Payload?
        /// What it returned.
        public var result: Payload?
    }

    /// The workflow.
    public let workflow: Workflow
    /// For each definition, what it needs.
    public let needs: [[String]]
    /// All subtasks, those of one definition together, in the order of the workflow.
    public var entries: [Entry] { groups.flatMap { $0 } }

    /// The subtasks of each definition.
    public private(set) var groups: [[Entry]]
    private let positions: [String: Int]
    private let run: RunID

    /// A run of which nothing is known but its workflow.
    public init(run: RunID, workflow: Workflow) {
        self.run = run
        self.workflow = workflow
        needs = workflow.subtasks.map(\.dependencies)
        groups = workflow.subtasks.indices.map { [Entry(definition: $0, state: .waiting)] }
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

    private mutating func note(_ record: Record, at time: Instant) {
        switch record {
        case .subtaskExpanded(let expansion) where expansion.run == run:
            groups[Int(expansion.definition)] = (0..<Int(expansion.count)).map {
                Entry(definition: Int(expansion.definition), item: $0, state: .waiting)
            }
        case .subtaskDispatched(let dispatch) where dispatch.subtask.run == run:
            change(dispatch.subtask) { entry in
                entry.state = .running
                entry.worker = dispatch.worker
                entry.attempts = dispatch.attempt
                entry.started = entry.started ?? time
                entry.arguments = dispatch.arguments
            }
        case .subtaskSucceeded(let success) where success.subtask.run == run:
            change(success.subtask) { entry in
                entry.state = .succeeded
                entry.finished = time
                entry.failure = nil
                entry.result = success.result
            }
        case .attemptEnded(let end) where end.subtask.run == run:
            change(end.subtask) { entry in
                entry.failure = end.failure
                switch end.directive {
                case .retry: entry.state = .retrying
                case .reassign: entry.state = .ready
                case .fail:
                    entry.state = .failed
                    entry.finished = time
                case .cancel:
                    entry.state = .cancelled
                    entry.finished = time
                }
            }
        case .subtaskReady(let subtask) where subtask.run == run:
            change(subtask) { $0.state = .ready }
        case .runEnding(let ending) where ending.run == run:
            for definition in groups.indices {
                for item in groups[definition].indices {
                    switch groups[definition][item].state {
                    case .waiting, .ready, .retrying:
                        groups[definition][item].state =
                            ending.outcome == .cancelled ? .cancelled : .skipped
                    case .running, .succeeded, .failed, .skipped, .cancelled: break
                    }
                }
            }
        default: break
        }
    }

    private mutating func change(_ subtask: SubtaskID, _ body: (inout Entry) -> Void) {
        guard let definition = positions[subtask.name] else { return }
        let item = Int(subtask.item ?? 0)
        guard groups[definition].indices.contains(item) else { return }
        body(&groups[definition][item])
    }
}
