import SwarmModel
import SwarmWire
import Synchronization
import ZeroMQ

/// How a handler ended.
struct Ending: Sendable {
    var outcome: ResultReport.Outcome
    var value: [UInt8]

    static func succeeded(_ value: [UInt8]) -> Ending {
        Ending(outcome: .succeeded, value: value)
    }

    static func failed(_ failure: Failure) -> Ending {
        Ending(outcome: .failed(failure), value: [])
    }

    static let cancelled = Ending(outcome: .cancelled, value: [])
}

/// What handlers report to the socket thread, which fetches it in batches.
///
/// Many reports cost one wake: only the first since the last fetch asks for one.
final class Outbox: Sendable {
    enum Report: Sendable {
        case started(HeldLease)
        case progress(HeldLease)
        case asked(DelegatedCall)
        case gaveUp(DelegatedCall)
        case finished(HeldLease, Ending)
    }

    private struct State {
        var reports: [Report] = []
        var isAnnounced = false
        var isClosed = false
        var onReports: (@Sendable () -> Void)?
    }

    private let thread: SocketThread
    private let state = Mutex(State())

    init(thread: SocketThread) { self.thread = thread }

    /// Says who fetches; called on the socket thread.
    func connect(_ onReports: @escaping @Sendable () -> Void) {
        state.withLock { $0.onReports = onReports }
    }

    func post(_ report: Report) {
        let (announce, isLate) = state.withLock { state -> ((@Sendable () -> Void)?, Bool) in
            guard !state.isClosed else { return (nil, true) }
            state.reports.append(report)
            guard !state.isAnnounced else { return (nil, false) }
            state.isAnnounced = true
            return (state.onReports, false)
        }
        if let announce { thread.submit(announce) }
        if isLate, case .asked(let call) = report { call.abandon() }
    }

    /// Takes nothing any more; gives the calls that nobody will send.
    func close() -> [DelegatedCall] {
        state.withLock { state in
            defer { state.reports = [] }
            state.isClosed = true
            return state.reports.compactMap { report in
                if case .asked(let call) = report { call } else { nil }
            }
        }
    }

    /// Moves everything reported into `batch`, whose memory is used for what comes next.
    func fetch(into batch: inout [Report]) {
        batch.removeAll(keepingCapacity: true)
        state.withLock { state in
            swap(&state.reports, &batch)
            state.isAnnounced = false
        }
    }
}
