import Glibc

/// Cuts a stream of bytes into lines, with a bound on what one line may hold.
///
/// Pure: what comes out depends only on the bytes, not on where the reads fell.
struct LineSplitter {
    /// The most bytes of one line; the rest of a longer line is skipped.
    let limit: Int
    /// The beginning of a line whose end has not come yet.
    private(set) var partial: [UInt8] = []
    /// Whether the line at hand was already handed over, cut, and its rest is skipped.
    private(set) var isSkipping = false

    init(limit: Int) { self.limit = limit }

    /// Hands every line that ends in `bytes`, or reached the limit, to `line`.
    mutating func consume(
        _ bytes: UnsafeRawBufferPointer,
        line: (_ bytes: UnsafeRawBufferPointer, _ isTruncated: Bool) -> Void
    ) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let newline = LineSplitter.firstNewline(in: rest)
            let piece = rest[rest.startIndex..<(newline ?? rest.endIndex)]
            take(UnsafeRawBufferPointer(rebasing: piece), ends: newline != nil, line: line)
            rest = newline.map { rest[($0 + 1)...] } ?? rest[rest.endIndex...]
        }
    }

    /// Hands over a last line that never got its end.
    mutating func finish(line: (_ bytes: UnsafeRawBufferPointer, _ isTruncated: Bool) -> Void) {
        if !isSkipping, !partial.isEmpty {
            partial.withUnsafeBytes { line(LineSplitter.trimmed($0), false) }
        }
        partial = []
        isSkipping = false
    }

    /// Forgets the line at hand and skips to the next line's beginning: bytes were left out.
    mutating func skipToNextLine() {
        partial = []
        isSkipping = true
    }

    private mutating func take(
        _ piece: UnsafeRawBufferPointer,
        ends: Bool,
        line: (_ bytes: UnsafeRawBufferPointer, _ isTruncated: Bool) -> Void
    ) {
        if isSkipping {
            isSkipping = !ends
        } else if partial.count + piece.count > limit {
            partial.append(contentsOf: piece.prefix(limit - partial.count))
            partial.withUnsafeBytes { line($0, true) }
            partial.removeAll(keepingCapacity: true)
            isSkipping = !ends
        } else if !ends {
            partial.append(contentsOf: piece)
        } else if partial.isEmpty {
            line(LineSplitter.trimmed(piece), false)
        } else {
            partial.append(contentsOf: piece)
            partial.withUnsafeBytes { line(LineSplitter.trimmed($0), false) }
            partial.removeAll(keepingCapacity: true)
        }
    }

    /// The line without the carriage return of a CRLF end.
    private static func trimmed(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        line.last == 0x0D ? UnsafeRawBufferPointer(rebasing: line.dropLast()) : line
    }

    private static func firstNewline(in bytes: Slice<UnsafeRawBufferPointer>) -> Int? {
        let whole = UnsafeRawBufferPointer(rebasing: bytes)
        guard let start = whole.baseAddress,
            let found = memchr(start, 0x0A, whole.count)
        else { return nil }
        return bytes.startIndex + (UnsafeRawPointer(found) - start)
    }
}
