/// Something that should have come true and did not.
struct NeverHappened: Error, CustomStringConvertible {
    let what: String
    var description: String { "gave up waiting until \(what)" }
}

/// Looks again and again until there is a value.
///
/// The limit only ends tests of broken programs; nothing is measured by it.
func eventually<Value>(
    _ what: @autoclosure () -> String,
    _ look: () async throws -> Value?
) async throws -> Value {
    let limit = ContinuousClock.now + .seconds(90)
    repeat {
        if let value = try await look() { return value }
        try await Task.sleep(for: .milliseconds(20))
    } while ContinuousClock.now < limit
    throw NeverHappened(what: what())
}

/// Looks again and again until something is true.
func eventually(
    _ what: @autoclosure () -> String,
    _ look: () async throws -> Bool
) async throws {
    let _: Bool = try await eventually(what()) { try await look() ? true : nil }
}
