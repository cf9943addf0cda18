import Glibc

// Compiled into a copy of SwarmModel by scripts/planted-bugs, and never into what ships.

/// The name of the planted bug of this process; empty for none.
private let chosen: String = getenv("SWARM_PLANTED_BUG").map { String(cString: $0) } ?? ""

/// Whether a bug is the one of this process, so that one build serves them all.
///
/// - Parameter name: Its name, which is that of its patch.
/// - Returns: Whether the code must go wrong now.
public func planted(_ name: StaticString) -> Bool {
    guard !chosen.isEmpty, chosen.utf8.count == name.utf8CodeUnitCount else { return false }
    return chosen == name.description
}
