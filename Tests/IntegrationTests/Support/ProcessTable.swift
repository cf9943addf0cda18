import Foundation
import Glibc

/// What the system knows of processes.
enum ProcessTable {
    /// The live processes whose command line or environment mentions a text.
    ///
    /// Every process of a test has the test's own folder there, and no other process has.
    static func mentioning(_ text: String) -> [pid_t] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { pid_t($0) }.filter { pid in
            pid != getpid() && isAlive(pid)
                && ["cmdline", "environ"].contains { name in
                    File.text("/proc/\(pid)/\(name)")?.contains(text) ?? false
                }
        }.sorted()
    }

    /// Whether a process is there and has not ended; one that waits to be reaped has.
    static func isAlive(_ pid: pid_t) -> Bool {
        guard let state = state(of: pid) else { return false }
        return state != "Z" && state != "X"
    }

    /// Whether a process is stopped by a signal.
    static func isStopped(_ pid: pid_t) -> Bool { state(of: pid) == "T" }

    /// The letter that stands for a process's state; nil when there is no such process.
    private static func state(of pid: pid_t) -> Character? {
        guard let stat = File.text("/proc/\(pid)/stat"), let end = stat.lastIndex(of: ")")
        else { return nil }
        return stat[end...].dropFirst(2).first
    }
}
