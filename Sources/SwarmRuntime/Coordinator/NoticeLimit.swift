import SwarmModel
import ZeroMQ

/// What peers do wrong, so that a flood of it can be told from one case.
public enum Complaint: Hashable, Sendable {
    /// A message broke the protocol in this way.
    case violation(code: String)
    /// HELLO was refused for this reason.
    case refusal(code: String)
    /// A message came from a peer without a session.
    case challenge
}

/// Lets the first complaint of each kind through and counts those that follow, so that no peer can
/// fill the log: one line, then one line an interval with how many more there were.
struct NoticeLimit {
    /// For how long complaints of one kind are counted before a line says how many.
    static let interval: Duration = .seconds(10)

    private struct Count {
        let kind: Complaint
        /// Monotonic nanoseconds.
        var ends: UInt64
        var more = 0
    }

    /// At most one for each kind, and the kinds are a closed list.
    private var counts: [Count] = []

    /// When the next count is due, in monotonic nanoseconds; nil while nothing is counted.
    var next: UInt64? { counts.map(\.ends).min() }

    /// Whether a complaint is to be told now; if not it has been counted.
    mutating func admits(_ kind: Complaint, at now: UInt64) -> Bool {
        if let position = counts.firstIndex(where: { $0.kind == kind }) {
            counts[position].more += 1
            return false
        }
        counts.append(Count(kind: kind, ends: NoticeLimit.end(from: now)))
        return true
    }

    /// The kinds whose interval has ended, with how many complaints were not told in it.
    mutating func take(at now: UInt64) -> [(kind: Complaint, more: Int)] {
        var due: [(kind: Complaint, more: Int)] = []
        for position in counts.indices.reversed() where counts[position].ends <= now {
            let count = counts[position]
            if count.more > 0 {
                due.append((count.kind, count.more))
                counts[position].more = 0
                counts[position].ends = NoticeLimit.end(from: now)
            } else {
                counts.remove(at: position)
            }
        }
        return due
    }

    private static func end(from now: UInt64) -> UInt64 {
        now &+ UInt64(NoticeLimit.interval.wholeNanoseconds)
    }
}

extension Coordinator {
    /// Tells of something a peer did wrong, unless there is too much of it.
    func complain(_ kind: Complaint, _ notice: @autoclosure () -> CoordinatorNotice) {
        guard complaints.admits(kind, at: MonotonicClock.now) else { return }
        observer.noticed(notice(), at: clock.now)
    }

    /// Tells how many complaints were left out, where an interval has ended.
    func tellSuppressed(at now: UInt64) {
        for (kind, more) in complaints.take(at: now) {
            observer.noticed(
                .suppressed(kind, count: more, over: NoticeLimit.interval),
                at: clock.now
            )
        }
    }
}
