import SwarmModel

/// A payload that a run keeps for later, in whichever form it came.
///
/// What the core makes itself is inline however long it is; a journal keeps long ones by digest,
/// and a fold sees only that. Which form it is says nothing about what it is, so two are the same
/// when their bytes are, and while the bytes of one are not in memory, when their lengths are.
@propertyWrapper
struct KeptPayload: Hashable, Sendable {
    var wrappedValue: Payload?

    init(wrappedValue: Payload?) { self.wrappedValue = wrappedValue }

    static func == (left: KeptPayload, right: KeptPayload) -> Bool {
        if let bytes = left.wrappedValue?.bytes, let others = right.wrappedValue?.bytes {
            return bytes == others
        }
        return left.wrappedValue?.size == right.wrappedValue?.size
    }

    func hash(into hasher: inout Hasher) { hasher.combine(wrappedValue?.size) }
}
