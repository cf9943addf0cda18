/// The return address of one connection of a ROUTER: an id that libzmq made up.
///
/// Such ids are five bytes, the first zero. Ids a peer chose for itself look different and cannot
/// be represented, so they cannot be answered by accident. The id says nothing about who the peer
/// is, changes when it reconnects, and must never be told to any peer.
public struct RoutingID: Hashable, Sendable {
    /// The five bytes, first byte highest.
    public let packed: UInt64

    /// How many bytes an id has on the wire.
    public static let byteCount = 5

    /// Takes the id out of a message's first frame; nil when libzmq did not make it.
    @inlinable
    public init?(_ frame: UnsafeRawBufferPointer) {
        guard frame.count == Self.byteCount, unsafe frame[0] == 0 else { return nil }
        var packed: UInt64 = 0
        for index in 1..<Self.byteCount {
            packed = packed << 8 | UInt64(unsafe frame[index])
        }
        self.packed = packed
    }

    /// The five bytes in the low end of a word, in memory order on a little-endian machine.
    @inlinable
    var wireBytes: UInt64 { (packed << 24).byteSwapped }
}
