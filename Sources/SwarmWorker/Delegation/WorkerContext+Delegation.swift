import SwarmModel
import SwarmWire

extension WorkerContext {
    /// Lets another agent carry out a capability, and waits for its result.
    ///
    /// The call becomes a subtask of the same run, with retries, limits and a place in the journal
    /// of its own. Calls may be made at the same time; of more than 64 the later ones wait. While a
    /// handler waits here, its subtask takes up no room in the swarm. The wait outlasts a restart
    /// of the coordinator.
    ///
    /// What a subtask has delegated and not waited for is cancelled when it ends, and so is all
    /// that it waits for when it is cancelled.
    ///
    /// - Parameters:
    ///   - capability: what is to be done.
    ///   - arguments: with what; written as a JSON object.
    ///   - type: what the result is read as.
    ///   - agent: who must do it; nil leaves the choice to the swarm.
    ///   - budget: how much of this subtask's budget it may use up; nil for all that is left.
    ///   - timeout: how long to wait, retries included; nil for as long as this subtask has.
    ///   - note: what it is for, in a few words for people.
    /// - Returns: what the call returned.
    /// - Throws: ``WorkerFailure`` when the call failed for good or was refused: its `kind` says
    ///   why (`depthExceeded`, `budgetExhausted`, `loopStopped` and so on are refusals), its
    ///   `chain` which calls led there. Let it pass when there is nothing better to do.
    ///   `CancellationError` when this subtask is cancelled.
    public func delegate<Value: Decodable & SendableMetatype>(
        _ capability: String,
        _ arguments: some Encodable,
        as type: Value.Type = Value.self,
        agent: String? = nil,
        budget: Budget? = nil,
        timeout: Duration? = nil,
        note: String? = nil
    ) async throws -> Value {
        let result = try await delegate(
            raw: capability,
            try TypedHandler.encode(arguments, "the arguments of \(capability)"),
            agent: agent,
            budget: budget,
            timeout: timeout,
            note: note
        )
        return try TypedHandler.result(result, of: capability)
    }

    /// Lets another agent carry out a capability, with arguments and result as the bytes of JSON;
    /// see ``delegate(_:_:as:agent:budget:timeout:note:)``.
    ///
    /// - Parameters:
    ///   - capability: what is to be done.
    ///   - arguments: with what; the JSON text of an object.
    ///   - agent: who must do it; nil leaves the choice to the swarm.
    ///   - budget: how much of this subtask's budget it may use up; nil for all that is left.
    ///   - timeout: how long to wait, retries included; nil for as long as this subtask has.
    ///   - note: what it is for, in a few words for people.
    /// - Returns: the JSON text of what the call returned.
    /// - Throws: ``WorkerFailure`` when the call failed for good or was refused,
    ///   `CancellationError` when this subtask is cancelled.
    public func delegate(
        raw capability: String,
        _ arguments: [UInt8] = Array("{}".utf8),
        agent: String? = nil,
        budget: Budget? = nil,
        timeout: Duration? = nil,
        note: String? = nil
    ) async throws -> [UInt8] {
        let request = DelegateRequest(
            capability: capability,
            arguments: arguments,
            agent: agent,
            budget: budget?.allowance,
            timeout: timeout,
            note: note.map { FailureReport.clipped($0, to: WireLimits.sentenceBytes) }
        )
        let payload = request.encoded()
        // What the coordinator would refuse is not worth the way.
        do throws(WireViolation) {
            _ = try DelegateRequest(payload: payload)
        } catch {
            throw WorkerFailure(
                .validation,
                "\(capability) cannot be delegated: \(error.message)",
                retryable: false
            )
        }
        return try await ask(payload)
    }
}
