import SwarmModel

/// A short text being put together on the stack.
struct ShortText {
    private let buffer: UnsafeMutableRawBufferPointer
    private var count = 0

    fileprivate init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

    fileprivate var utf8: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: buffer[..<count])
    }

    mutating func append(_ byte: UInt8) {
        buffer[count] = byte
        count += 1
    }

    /// Appends a text that fits, as the caller of ``JSONWriter`` promised.
    mutating func append(_ text: String) {
        for byte in text.utf8 { append(byte) }
    }

    mutating func append(_ number: UInt64) {
        var divisor: UInt64 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(truncatingIfNeeded: number / divisor % 10) + 0x30)
            divisor /= 10
        }
    }
}

/// The most digits a 64-bit number has.
private let digitLimit = 20

extension JSONWriter {
    /// A string of at most `limit` bytes that is made without a `String`.
    private mutating func text(limit: Int, _ fill: (inout ShortText) -> Void) {
        withUnsafeTemporaryAllocation(byteCount: limit, alignment: 1) { buffer in
            var text = ShortText(buffer)
            fill(&text)
            string(utf8: text.utf8)
        }
    }

    mutating func run(_ run: RunID) {
        text(limit: 2 + digitLimit) { text in
            text.append(UInt8(ascii: "r"))
            text.append(UInt8(ascii: "_"))
            text.append(run.number)
        }
    }

    mutating func lease(_ lease: LeaseID) {
        text(limit: 1 + digitLimit) { text in
            text.append(UInt8(ascii: "L"))
            text.append(lease.number)
        }
    }

    mutating func worker(_ worker: WorkerID) {
        text(limit: worker.agent.utf8.count + 2 + digitLimit) { text in
            text.append(worker.agent)
            text.append(UInt8(ascii: "-"))
            text.append(UInt64(worker.replica.magnitude))
        }
    }

    /// The label of a subtask: `check[42]`.
    mutating func label(_ subtask: SubtaskID) {
        guard let item = subtask.item else { return string(subtask.name) }
        text(limit: subtask.name.utf8.count + 2 + digitLimit) { text in
            text.append(subtask.name)
            text.append(UInt8(ascii: "["))
            text.append(UInt64(item.magnitude))
            text.append(UInt8(ascii: "]"))
        }
    }

    mutating func digest(_ digest: Digest) {
        digest.withHexadecimal { string(utf8: $0) }
    }

    mutating func leases(_ leases: [LeaseID]) {
        beginArray()
        for element in leases { lease(element) }
        endArray()
    }
}

extension JSONReader {
    mutating func readRun() throws -> RunID {
        let text = try readText()
        guard !text.hasEscapes, let number = text.raw.number(after: "r_") else {
            throw MalformedValue("a run such as \"r_17\"", found: text.string)
        }
        return RunID(number)
    }

    mutating func readLease() throws -> LeaseID {
        let text = try readText()
        guard !text.hasEscapes, let number = text.raw.number(after: "L") else {
            throw MalformedValue("a lease such as \"L91\"", found: text.string)
        }
        return LeaseID(number)
    }

    mutating func readLeases() throws -> [LeaseID] {
        try beginArray()
        var leases: [LeaseID] = []
        while try nextElement() { leases.append(try readLease()) }
        return leases
    }

    mutating func readWorker() throws -> WorkerID {
        let text = try readText().string
        guard let worker = WorkerID(text) else {
            throw MalformedValue("a worker such as \"pricing-2\"", found: text)
        }
        return worker
    }

    /// The name and the item of a label such as `check[42]`.
    mutating func readLabel() throws -> (name: String, item: Int32?) {
        let text = try readText().string
        guard text.utf8.last == UInt8(ascii: "]") else { return (text, nil) }
        guard let bracket = text.utf8.lastIndex(of: UInt8(ascii: "[")),
            let item = Int32(text[text.utf8.index(after: bracket)...].dropLast())
        else { throw MalformedValue("a subtask such as \"check[42]\"", found: text) }
        return (String(text[..<bracket]), item)
    }

    mutating func readDigest() throws -> Digest {
        let text = try readText()
        guard let digest = Digest(hexadecimalDigits: text.raw) else {
            throw MalformedValue("64 hexadecimal digits", found: text.string)
        }
        return digest
    }

    /// One of the words of an enumeration.
    mutating func readWord<Word: RawRepresentable & CaseIterable>(
        of type: Word.Type
    ) throws -> Word where Word.RawValue == String {
        let text = try readText().string
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw MalformedValue("one of \(words)", found: text)
        }
        return word
    }

    mutating func readNumber<Number: FixedWidthInteger>(_ type: Number.Type) throws -> Number {
        let value = try readInt64()
        guard let number = Number(exactly: value) else {
            throw MalformedValue("a number of \(Number.bitWidth) bits", found: "\(value)")
        }
        return number
    }
}

/// A value that is JSON and not what its key calls for.
struct MalformedValue: Error {
    let expected: String
    let found: String

    init(_ expected: String, found: String) {
        self.expected = expected
        self.found = found
    }
}

extension UnsafeRawBufferPointer {
    /// The number behind a prefix, in decimal without leading zeros; nil for anything else.
    fileprivate func number(after prefix: StaticString) -> UInt64? {
        let start = prefix.utf8CodeUnitCount
        guard count > start, count <= start + digitLimit else { return nil }
        for index in 0..<start where self[index] != prefix.utf8Start[index] { return nil }
        guard count == start + 1 || self[start] != UInt8(ascii: "0") else { return nil }
        var number: UInt64 = 0
        for byte in self[start...] {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = byte else { return nil }
            let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(UInt64(byte - 0x30))
            guard !overflow, !carry else { return nil }
            number = sum
        }
        return number
    }
}
