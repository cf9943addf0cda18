/// The order in which keys are split into ranges and results are listed.
///
/// Numeric when every key of both tables is an integer, else by UTF-8 bytes. Only an order: two
/// keys are the same key when their text is, so `7` and `07` stay apart.
enum KeyOrder: String, Sendable, Codable {
    case numeric
    case text

    /// The order that fits these rows.
    init(left: [TableRow], right: [TableRow]) {
        let isNumeric =
            left.allSatisfy { Int64($0.key) != nil } && right.allSatisfy { Int64($0.key) != nil }
        self = isNumeric ? .numeric : .text
    }

    /// Whether one key comes before another.
    func precedes(_ left: String, _ right: String) -> Bool {
        if self == .numeric, let first = Int64(left), let second = Int64(right), first != second {
            return first < second
        }
        return left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
