import SwarmModel
import SwarmWire
import ZeroMQ

extension ScriptedCoordinator {
    /// Gives out a subtask that may delegate, or was delegated itself.
    func assign(
        _ lease: UInt64,
        _ capability: String,
        _ arguments: String = "{}",
        depth: Int?,
        budget: Allowance? = nil,
        stack: [SwarmWire.CallFrame] = [],
        to peer: RoutingID
    ) {
        let assignment = Assignment(
            subtask: "r_1/test[\(lease)]",
            attempt: 1,
            capability: capability,
            lease: LeaseID(lease),
            epoch: lease,
            depth: depth,
            budget: budget,
            stack: stack
        )
        say(.task(assignment), payload: Array(arguments.utf8), to: peer)
    }

    /// The next message must be a CALL of `delegate` for this lease.
    func call(of lease: UInt64) async throws -> (id: Int64, request: String) {
        let next = await next()
        guard case .call(let call) = next.message, call.lease == LeaseID(lease),
            call.operation == "delegate"
        else { throw Unexpected(heard: next, expected: "CALL for L\(lease)") }
        return (call.id, String(decoding: next.payload, as: UTF8.self))
    }

    func reply(
        _ id: Int64,
        _ value: String,
        budget: Allowance? = nil,
        to peer: RoutingID
    ) {
        say(.reply(Reply(to: id, .succeeded, budget: budget)), payload: Array(value.utf8), to: peer)
    }

    func reply(
        _ id: Int64,
        _ outcome: Reply.Outcome,
        chain: [SwarmWire.CallFrame] = [],
        to peer: RoutingID
    ) {
        say(.reply(Reply(to: id, outcome, chain: chain)), to: peer)
    }

    /// Takes the result of a lease as the last thing it says, and lets the worker leave.
    func finish(_ lease: UInt64, _ peer: RoutingID) async throws {
        acknowledge(lease, to: peer)
        try await drain(peer)
    }
}
