import SwarmModel
import SwarmWire
import Synchronization

/// One call of `delegate`, from the handler that waits for it to the socket thread that asks.
final class DelegatedCall: Sendable {
    typealias Answer = Result<[UInt8], any Error>

    private enum State {
        /// Nobody waits yet. Next: `awaited`, `answered`.
        case made
        /// The handler waits. Next: `answered`.
        case awaited(CheckedContinuation<[UInt8], any Error>)
        /// It has ended; what comes later changes nothing. Final.
        case answered(Answer)
    }

    let lease: HeldLease
    /// The payload of the CALL.
    let request: [UInt8]
    private let state = Mutex(State.made)

    init(_ request: [UInt8], for lease: HeldLease) {
        self.lease = lease
        self.request = request
    }

    /// Waits for the answer; called once.
    func answer() async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            let early = state.withLock { state -> Answer? in
                if case .answered(let answer) = state { return answer }
                state = .awaited(continuation)
                return nil
            }
            if let early { continuation.resume(with: early) }
        }
    }

    /// Ends the call, unless it has ended.
    func resolve(_ answer: Answer) {
        let waiting = state.withLock { state -> CheckedContinuation<[UInt8], any Error>? in
            let before = state
            switch before {
            case .answered: return nil
            case .made, .awaited: state = .answered(answer)
            }
            if case .awaited(let continuation) = before { return continuation }
            return nil
        }
        waiting?.resume(with: answer)
    }

    /// Ends the call because nobody may wait for it any longer.
    func abandon() { resolve(.failure(CancellationError())) }
}
