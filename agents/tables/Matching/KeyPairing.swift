import AgentFiles

/// Pairs the rows two tables have under one key, one to one.
///
/// Again and again the two rows whose amounts are nearest to one another are paired, until one
/// side is used up; among equally near ones the smaller amount goes first, then the earlier line.
/// So equal amounts always find each other first. What one side has left over has no partner.
struct KeyPairing {
    /// Two rows that belong together.
    struct Pair: Equatable {
        var left: TableRow
        var right: TableRow
        /// Right minus left.
        var difference: ExactDecimal { right.amount - left.amount }
    }

    private(set) var pairs: [Pair] = []
    private(set) var onlyLeft: [TableRow] = []
    private(set) var onlyRight: [TableRow] = []

    /// Pairs rows that all have the same key.
    init(left: [TableRow], right: [TableRow]) {
        if left.count == 1, right.count == 1 {
            pairs = [Pair(left: left[0], right: right[0])]
        } else if left.isEmpty || right.isEmpty {
            (onlyLeft, onlyRight) = (left, right)
        } else {
            pairNearest(left, right)
        }
    }

    /// All rows in one line by amount: the nearest pair is always a pair of neighbours in it.
    private mutating func pairNearest(_ left: [TableRow], _ right: [TableRow]) {
        let line = (left.map { (row: $0, isLeft: true) } + right.map { (row: $0, isLeft: false) })
            .sorted { first, second in
                if first.row.amount != second.row.amount {
                    return first.row.amount < second.row.amount
                }
                if first.isLeft != second.isLeft { return first.isLeft }
                return first.row.line < second.row.line
            }
        var next = Array(1...line.count)
        var previous = Array(-1..<line.count - 1)
        var isTaken = [Bool](repeating: false, count: line.count)
        var queue = NearestFirst()
        func consider(_ first: Int, _ second: Int) {
            guard first >= 0, second < line.count, line[first].isLeft != line[second].isLeft else {
                return
            }
            let distance = line[second].row.amount - line[first].row.amount
            queue.insert((distance, first, second))
        }
        for index in line.indices.dropLast() { consider(index, index + 1) }
        while let (first, second) = queue.removeNearest() {
            guard !isTaken[first], !isTaken[second] else { continue }
            (isTaken[first], isTaken[second]) = (true, true)
            let (one, other) = (line[first], line[second])
            pairs.append(
                one.isLeft
                    ? Pair(left: one.row, right: other.row) : Pair(left: other.row, right: one.row)
            )
            let (before, after) = (previous[first], next[second])
            if before >= 0 { next[before] = after }
            if after < line.count { previous[after] = before }
            consider(before, after)
        }
        for (index, entry) in line.enumerated() where !isTaken[index] {
            if entry.isLeft { onlyLeft.append(entry.row) } else { onlyRight.append(entry.row) }
        }
        pairs.sort { $0.left.line < $1.left.line }
        onlyLeft.sort { $0.line < $1.line }
        onlyRight.sort { $0.line < $1.line }
    }
}

/// A binary heap of neighbours, the nearest on top, of equally near ones those first in line.
private struct NearestFirst {
    typealias Entry = (distance: ExactDecimal, first: Int, second: Int)

    private var heap: [Entry] = []

    mutating func insert(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.precedes(heap[child], heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func removeNearest() -> (first: Int, second: Int)? {
        guard let top = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            var parent = 0
            while true {
                var child = 2 * parent + 1
                guard child < heap.count else { break }
                if child + 1 < heap.count, Self.precedes(heap[child + 1], heap[child]) {
                    child += 1
                }
                guard Self.precedes(heap[child], heap[parent]) else { break }
                heap.swapAt(child, parent)
                parent = child
            }
        }
        return (top.first, top.second)
    }

    private static func precedes(_ left: Entry, _ right: Entry) -> Bool {
        (left.distance, left.first) < (right.distance, right.first)
    }
}
