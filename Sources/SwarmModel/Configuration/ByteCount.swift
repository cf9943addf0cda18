/// A number of bytes, as people write it in configuration files: `512MiB`, `64KiB`, `1GB`.
public struct ByteCount: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The number of bytes.
    public var bytes: Int64

    /// A size of this many bytes.
    public init(bytes: Int64) { self.bytes = bytes }

    /// The units, largest first, with their length in bytes; the powers of ten are read, never
    /// written.
    static let units: [(name: String, bytes: Int64)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
        ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("kB", 1000),
    ]

    /// The regular expression (ECMA 262) that every size matches.
    public static let pattern = "^[0-9]{1,9}(B|KiB|MiB|GiB|kB|KB|MB|GB)$"

    /// Reads a whole number with a unit; nil for anything else, a bare number included.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let digits = bytes.prefix { (0x30...0x39).contains($0) }
        let name = String(decoding: bytes[digits.endIndex...], as: UTF8.self)
        guard (1...9).contains(digits.count),
            let unit = ByteCount.units.first(where: { $0.name == name })
        else { return nil }
        self.bytes = digits.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) } * unit.bytes
    }

    /// A size of this many mebibytes.
    public static func mebibytes(_ count: Int64) -> ByteCount { ByteCount(bytes: count << 20) }

    /// The largest binary unit that divides the size evenly: `512MiB`.
    public var description: String {
        for (name, size) in ByteCount.units.prefix(4) where bytes != 0 && bytes % size == 0 {
            return "\(bytes / size)\(name)"
        }
        return "\(bytes)B"
    }

    /// Compares numbers of bytes.
    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
}
