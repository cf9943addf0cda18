import SwarmCore
import SwarmModel

/// Every member a record can have, read in one pass whatever the order.
///
/// One reader for all kinds keeps the spelling of each key in one place; ``record(of:)`` then says
/// which of them a kind must have.
struct RecordFields {
    var run: RunID?
    var label: (name: String, item: Int32?)?
    var worker: WorkerID?
    var lease: LeaseID?
    var index: Int32?

    var epoch: UInt64?
    var seed: UInt64?
    var plan: SwarmPlan?
    var drain: Bool?

    var workflow: Digest?
    var document: Workflow?
    var input: Payload?
    var output: Payload?
    var outcome: RunOutcome?
    var deadline: Instant?

    var definition: Int32?
    var count: Int32?
    var capability: String?
    var attempt: Int?
    var arguments: Payload?
    var result: Payload?
    var score: Int64?
    var alternatives: [RankedWorker] = []
    var directive: String?
    var retryAt: Instant?
    var rule: String?
    var mayHaveHappened: Bool?
    var stillHeld: Bool?

    var incarnation: Incarnation?
    var pid: Int32?
    var startTime: UInt64?
    var session: UInt64?
    var sequence: Int64?
    var credit: Int?
    var adopt: [LeaseID]?
    var drop: [LeaseID]?
    var phase: WorkerPhase?
    var signal: StopSignal?
    var exitCode: Int32?
    var exitSignal: Int32?
    var restartAt: Instant?

    var subject: Ignored.Subject?
    var reason: String?
    var failure: Failure?

    var governance = GovernanceFields()

    mutating func read(_ key: JSONReader.Text, from reader: inout JSONReader) throws {
        switch key {
        case "run": run = try reader.readRun()
        case "subtask": label = try reader.readLabel()
        case "worker": worker = try reader.readWorker()
        case "lease": lease = try reader.readLease()
        case "index": index = try reader.readNumber(Int32.self)
        case "capability": capability = try reader.readString()
        case "attempt": attempt = try reader.readInt()
        case "arguments": arguments = try PayloadForm.read(&reader)
        case "result": result = try PayloadForm.read(&reader)
        case "deadline_us": deadline = try reader.readMoment()
        case "score": score = try reader.readInt64()
        case "alternatives": alternatives = try reader.readRankedWorkers()
        case "directive": directive = try reader.readString()
        case "rule": rule = try reader.readString()
        case "retry_at_us": retryAt = try reader.readMoment()
        case "may_have_happened": mayHaveHappened = try reader.readBool()
        case "still_held": stillHeld = try reader.readBool()
        case "failure": failure = try reader.readFailure()
        case "definition": definition = try reader.readNumber(Int32.self)
        case "count": count = try reader.readNumber(Int32.self)
        case "workflow": workflow = try reader.readDigest()
        case "input": input = try PayloadForm.read(&reader)
        case "output": output = try PayloadForm.read(&reader)
        case "outcome": outcome = try reader.readWord(of: RunOutcome.self)
        case "document": document = try Workflow(json: try reader.readValue())
        default: try readAboutWorkers(key, from: &reader)
        }
    }

    private mutating func readAboutWorkers(
        _ key: JSONReader.Text,
        from reader: inout JSONReader
    ) throws {
        switch key {
        case "incarnation": incarnation = Incarnation(try reader.readUInt64())
        case "pid": pid = try reader.readNumber(Int32.self)
        case "start_time": startTime = try reader.readUInt64()
        case "session": session = try reader.readUInt64()
        case "credit": credit = try reader.readInt()
        case "sequence": sequence = try reader.readNumber(Int64.self)
        case "adopt": adopt = try reader.readLeases()
        case "drop": drop = try reader.readLeases()
        case "phase": phase = try reader.readWord(of: WorkerPhase.self)
        case "signal": signal = try reader.readWord(of: StopSignal.self)
        case "exit_code": exitCode = try reader.readNumber(Int32.self)
        case "exit_signal": exitSignal = try reader.readNumber(Int32.self)
        case "restart_at_us": restartAt = try reader.readMoment()
        case "subject": subject = try reader.readWord(of: Ignored.Subject.self)
        case "reason": reason = try reader.readString()
        case "epoch": epoch = try reader.readUInt64()
        case "seed": seed = try reader.readUInt64()
        case "plan": plan = try SwarmPlan(json: try reader.readValue())
        case "drain": drain = try reader.readBool()
        // Written for people who query the table; the document says the same.
        case "name", "version": try reader.skipValue()
        default: try governance.read(key, from: &reader)
        }
    }

    /// The subtask that `run`, `subtask` and `index` name together.
    var subtask: SubtaskID? {
        guard let run, let label, let index else { return nil }
        return SubtaskID(run: run, index: index, name: label.name, item: label.item)
    }
}

/// A key that this version does not know.
struct UnknownKey: Error {
    let name: String
}

extension JSONReader {
    mutating func readMoment() throws -> Instant {
        Instant(microseconds: try readInt64())
    }

    mutating func readRankedWorkers() throws -> [RankedWorker] {
        try beginArray()
        var ranked: [RankedWorker] = []
        while try nextElement() {
            var fields = RecordFields()
            try beginObject()
            while let key = try nextKey() { try fields.read(key, from: &self) }
            guard let worker = fields.worker, let score = fields.score else {
                throw MalformedValue("a worker and its score", found: "less")
            }
            ranked.append(RankedWorker(worker: worker, score: score))
        }
        return ranked
    }

    mutating func readFailure() throws -> Failure {
        var failure = Failure(.internal, "")
        var hasKind = false
        try beginObject()
        while let key = try nextKey() {
            switch key {
            case "kind":
                failure.kind = try readWord(of: FailureKind.self)
                hasKind = true
            case "message": failure.message = try readString()
            case "retryable": failure.retryable = try readBool()
            case "retry_after_us": failure.retryAfter = .microseconds(try readInt64())
            case "details": failure.details = try readString()
            default: throw UnknownKey(name: key.string)
            }
        }
        guard hasKind else { throw MalformedValue("a failure", found: "one without a kind") }
        return failure
    }
}
