import SwarmCore
import SwarmJournal
import SwarmModel

/// A small life of a swarm, decided by the core and journaled as a coordinator does it.
struct Story {
    var swarm = Swarm()
    private let store: any JournalStore
    private var builder: JournalBatchBuilder
    private var now = sampleTime

    init(writingTo store: any JournalStore) {
        self.store = store
        builder = JournalBatchBuilder(after: store.head)
    }

    /// Two workers, a run that ended, and one that stands in the middle: one retry waits, one
    /// subtask runs, one has succeeded with a result that is stored beside the records.
    mutating func tell() throws {
        var effects = try take(.opened(epoch: store.epoch, seed: 99))
        effects += try take(.configured(try RecordSamples.plan()))
        for effect in effects {
            guard case .launch(let worker, let incarnation) = effect else { continue }
            let process = ProcessIdentity(
                pid: Int32(100 + worker.replica),
                startTime: UInt64(worker.replica)
            )
            try take(.launched(worker, incarnation, process))
            try take(
                .hello(
                    worker,
                    incarnation,
                    Greeting(
                        session: incarnation.number,
                        credit: 4,
                        capabilities: ["quote"],
                        resume: [],
                        sequence: 1
                    )
                )
            )
        }
        try tellRun(items: "[1]") { _ in .succeeded(.inline(Array("1".utf8))) }
        let large = Array("\"\(String(repeating: "x", count: 400))\"".utf8)
        try tellRun(items: "[1,2,3]") { item in
            switch item {
            case 0:
                .succeeded(
                    .stored(
                        StoredPayload(
                            digest: .sha256(of: large),
                            size: large.count,
                            bytes: large
                        )
                    )
                )
            case 1: .failed(Failure(.transient, "HTTP 503"))
            default: nil
            }
        }
    }

    /// Submits a run and answers what is dispatched; nil leaves a worker at it.
    private mutating func tellRun(
        items: String,
        _ answer: (Int32?) -> AttemptOutcome?
    ) throws {
        let json = try JSON(
            parsing: """
                {"schema_version":1,"name":"quotes","version":"1.0",
                "subtasks":{"quote":{"capability":"quote","for_each":"${input.items}",
                "args":{"item":"${item}"}},
                "sum":{"capability":"quote","args":{"quotes":"${quote}"}}},
                "output":"${sum}"}
                """
        )
        let submission = Submission(
            token: 1,
            workflow: try Workflow(json: json),
            digest: .sha256(of: json.encoded()),
            input: .inline(Array("{\"items\":\(items)}".utf8))
        )
        var effects = try take(.submitted(submission))
        while !effects.isEmpty {
            let effect = effects.removeFirst()
            guard case .dispatch(let dispatch) = effect,
                let outcome = answer(dispatch.subtask.item)
            else { continue }
            effects += try take(.started(dispatch.worker, dispatch.lease))
            effects += try take(.result(dispatch.worker, dispatch.lease, outcome))
        }
    }

    @discardableResult
    private mutating func take(_ input: Input) throws -> [Effect] {
        now = now + .milliseconds(10)
        let step = swarm.handle(input, at: now)
        for record in step.records { builder.append(record) }
        if let batch = builder.finish(at: now) { try store.append([batch]) }
        return step.effects
    }
}

extension Swarm {
    /// What a start makes of a journal.
    init(folding store: any JournalStore) throws {
        var folded = Swarm()
        try store.read(from: 1) { (batch) throws(JournalError) in
            try RecordDecoder.decode(batch) { _, record in folded.apply(record, at: batch.time) }
            return true
        }
        try folded.supplyPayloads { digest in
            guard let bytes = try store.payload(digest) else {
                throw JournalError(.brokenPayload, "\(digest) is missing", hint: "")
            }
            return bytes
        }
        self = folded
    }
}
