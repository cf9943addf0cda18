import FoundationEssentials
import SwarmControl
import SwarmModel

/// Ends a coordinator and waits until nothing of it is left.
enum SwarmEnd {
    /// Asks for the end, reports that it has begun, and returns when the process is gone.
    @discardableResult
    static func stop(
        _ client: ControlClient,
        drain: Bool,
        whenIdle: Bool = false,
        begun: (StopDocument) -> Void = { _ in }
    ) async throws -> Int32 {
        let stop = try await client.stop(StopRequest(drain: drain, whenIdle: whenIdle ? true : nil))
        begun(stop)
        guard !stop.waiting else { return stop.pid }
        while ProcessState.isAlive(stop.pid) { try await Task.sleep(for: .milliseconds(20)) }
        return stop.pid
    }
}

/// What the system says of a process.
enum ProcessState {
    /// Whether the process is there and has not ended; one that only waits to be reaped has.
    static func isAlive(_ pid: Int32) -> Bool {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            // The name is in parentheses and may itself hold any character; the state follows it.
            let nameEnd = stat.lastIndex(of: ")")
        else { return false }
        let state = stat[nameEnd...].dropFirst(2).first
        return state != "Z" && state != "X"
    }
}
