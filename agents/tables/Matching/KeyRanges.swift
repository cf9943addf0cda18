/// Cuts the keys of two tables into ranges of about as many rows each.
///
/// All rows of a key fall into one range, so ranges can be matched apart from one another.
struct KeyRanges {
    /// The rows of both tables whose keys fall into one range, each in key order.
    struct Range {
        var firstKey: String
        var lastKey: String
        var left: [TableRow] = []
        var right: [TableRow] = []
    }

    let order: KeyOrder
    let ranges: [Range]

    /// Cuts into at most `count` ranges, fewer when there are fewer keys, none without rows.
    init(left: [TableRow], right: [TableRow], count: Int) {
        order = KeyOrder(left: left, right: right)
        let left = Self.sorted(left, by: order)
        let right = Self.sorted(right, by: order)
        let rows = left.count + right.count
        var ranges: [Range] = []
        var taken = 0
        var (l, r) = (0, 0)
        while l < left.count || r < right.count {
            let key: String
            if l == left.count {
                key = right[r].key
            } else if r == right.count || !order.precedes(right[r].key, left[l].key) {
                key = left[l].key
            } else {
                key = right[r].key
            }
            // A range is full when the rows before it and in it are its share of all rows.
            if ranges.isEmpty || taken * count >= ranges.count * rows {
                ranges.append(Range(firstKey: key, lastKey: key))
            }
            let current = ranges.count - 1
            ranges[current].lastKey = key
            while l < left.count, left[l].key == key {
                ranges[current].left.append(left[l])
                (l, taken) = (l + 1, taken + 1)
            }
            while r < right.count, right[r].key == key {
                ranges[current].right.append(right[r])
                (r, taken) = (r + 1, taken + 1)
            }
        }
        self.ranges = ranges
    }

    private static func sorted(_ rows: [TableRow], by order: KeyOrder) -> [TableRow] {
        if order == .numeric {
            let weighed = rows.map { (number: Int64($0.key) ?? 0, row: $0) }
            return weighed.sorted { left, right in
                if left.number != right.number { return left.number < right.number }
                if left.row.key != right.row.key {
                    return order.precedes(left.row.key, right.row.key)
                }
                return left.row.line < right.row.line
            }.map(\.row)
        }
        return rows.sorted { left, right in
            if left.key != right.key { return order.precedes(left.key, right.key) }
            return left.line < right.line
        }
    }
}
