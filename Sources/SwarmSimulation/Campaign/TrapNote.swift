import Glibc
import Synchronization

/// Says which seeds were lived when a precondition of ours failed, for a trap ends the process.
public enum TrapNote {
    private static let lanes = 64
    private static let seeds = Seeds()

    private final class Seeds: Sendable {
        let places = Mutex<[UInt64]>(Array(repeating: 0, count: TrapNote.lanes))
        /// What a seed is lived again with.
        let command = Mutex("swarm simulate")
    }

    static func set(_ seed: UInt64, lane: Int) {
        seeds.places.withLock { $0[lane % lanes] = seed }
    }

    /// Says which command lives a seed again.
    static func set(command: String) { seeds.command.withLock { $0 = command } }

    /// Prints the commands that repeat the seeds in progress when the process traps.
    public static func install() {
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS] {
            signal(number) { _ in
                // The process ends here; what a handler may not do elsewhere does no harm now.
                let command = TrapNote.seeds.command.withLockIfAvailable { $0 } ?? ""
                for seed in TrapNote.seeds.places.withLockIfAvailable({ $0 }) ?? [] where seed > 0 {
                    let text = Array("a trap: \(command) --seed \(seed)\n".utf8)
                    text.withUnsafeBytes { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
                }
                _exit(70)
            }
        }
    }
}
