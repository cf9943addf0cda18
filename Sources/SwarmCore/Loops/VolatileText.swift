/// Pieces of prose that differ each time without meaning anything: UUIDs, moments, times of day.
///
/// A bare date is none of them: a report for the third of March is another than the one for the
/// fourth.
enum VolatileText {
    /// Whether a chunk, folded and without punctuation around it, is such a piece.
    static func isVolatile(_ chunk: ArraySlice<UInt8>) -> Bool {
        guard let first = chunk.first, isHex(first) else { return false }
        return isUUID(chunk) || isMoment(chunk) || isTimeOfDay(chunk) || isEpoch(chunk)
    }

    /// `2026-03-01t02:47:11.5z`: a date with a time behind it.
    static func isMoment(_ chunk: ArraySlice<UInt8>) -> Bool {
        guard chunk.count > 13, matches(chunk.prefix(10), "dddd-dd-dd") else { return false }
        let mark = chunk[chunk.startIndex + 10]
        guard mark == UInt8(ascii: "t") || mark == UInt8(ascii: "T") || mark == UInt8(ascii: "_")
        else { return false }
        return isDigit(chunk[chunk.startIndex + 11]) && isDigit(chunk[chunk.startIndex + 12])
    }

    /// Whether a moment has seconds other than 0: nobody plans a thing for such a moment, so it
    /// is when the call was made.
    static func isStampedMoment(_ chunk: ArraySlice<UInt8>) -> Bool {
        guard isMoment(chunk), chunk.count >= 19,
            matches(chunk.dropFirst(11).prefix(8), "dd:dd:dd")
        else { return false }
        let seconds = chunk.dropFirst(17)
        return !seconds.starts(with: "00".utf8) || seconds.dropFirst(2).first == UInt8(ascii: ".")
    }

    /// `2:47`, `02:47:11`, `2:47am`.
    private static func isTimeOfDay(_ chunk: ArraySlice<UInt8>) -> Bool {
        guard let colon = chunk.firstIndex(of: UInt8(ascii: ":")),
            (1...2).contains(colon - chunk.startIndex), chunk[..<colon].allSatisfy(isDigit)
        else { return false }
        let rest = chunk[(colon + 1)...]
        guard rest.count >= 2, rest.prefix(2).allSatisfy(isDigit) else { return false }
        return rest.dropFirst(2).allSatisfy { byte in
            isDigit(byte) || ":.apmz+-".utf8.contains(byte)
        }
    }

    /// Seconds or milliseconds since 1970, for the years 2017 to 2033.
    private static func isEpoch(_ chunk: ArraySlice<UInt8>) -> Bool {
        guard chunk.count == 10 || chunk.count == 13, chunk.allSatisfy(isDigit) else {
            return false
        }
        let start = chunk.prefix(2)
        return start.elementsEqual("15".utf8) || start.elementsEqual("16".utf8)
            || start.elementsEqual("17".utf8) || start.elementsEqual("18".utf8)
            || start.elementsEqual("19".utf8)
    }

    static func isUUID(_ chunk: ArraySlice<UInt8>) -> Bool {
        guard chunk.count == 36 else { return false }
        for (position, byte) in chunk.enumerated() {
            let isHyphen = position == 8 || position == 13 || position == 18 || position == 23
            guard isHyphen ? byte == UInt8(ascii: "-") : isHex(byte) else { return false }
        }
        return true
    }

    private static func matches(_ bytes: ArraySlice<UInt8>, _ pattern: String) -> Bool {
        bytes.count == pattern.utf8.count
            && zip(bytes, pattern.utf8).allSatisfy { byte, wanted in
                wanted == UInt8(ascii: "d") ? isDigit(byte) : byte == wanted
            }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func isHex(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    }
}
