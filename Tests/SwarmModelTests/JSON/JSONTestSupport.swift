@testable import SwarmModel

/// A small generator whose every sequence follows from its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

extension JSON {
    /// A value drawn by chance, at most this deep.
    static func random(depth: Int, using generator: inout SeededGenerator) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &generator))
        case 3: return .integer(Int64.random(in: -1000...1000, using: &generator))
        case 4:
            let bits = Double(bitPattern: UInt64.random(in: 0 ... .max, using: &generator))
            return JSON(bits) ?? .null
        case 5: return .string(randomText(using: &generator))
        case 6, 7:
            var object = JSONObject()
            // Now and then enough members to need the index.
            let most = Int.random(in: 0..<8, using: &generator) == 0 ? 40 : 5
            for _ in 0..<Int.random(in: 0...most, using: &generator) {
                object[randomText(using: &generator)] = random(depth: depth - 1, using: &generator)
            }
            return .object(object)
        default:
            return .array(
                (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                    random(depth: depth - 1, using: &generator)
                }
            )
        }
    }

    private static func randomText(using generator: inout SeededGenerator) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "b", "Z", "0", " ", "\"", "\\", "/", "\n", "\t", "\u{0}", "\u{1f}", "\u{7f}",
            "\u{80}", "é", "e", "\u{301}", "漢", "\u{fffd}", "\u{10ffff}", "🐝",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...24, using: &generator) {
            text.append(alphabet.randomElement(using: &generator) ?? "a")
        }
        return String(text)
    }
}

/// Runs a pull reader over a text.
func reading<Value>(
    _ text: String,
    depthLimit: Int = 64,
    _ body: (inout JSONReader) throws(JSONSyntaxError) -> Value
) throws(JSONSyntaxError) -> Value {
    let result = Array(text.utf8).withUnsafeBytes { bytes in
        Result { () throws(JSONSyntaxError) in
            var reader = JSONReader(bytes, depthLimit: depthLimit)
            return try body(&reader)
        }
    }
    return try result.get()
}

/// The error that parsing a text ends with; nil when it parses.
func parsingError(_ bytes: some Collection<UInt8>, limits: JSONLimits = JSONLimits())
    -> JSONSyntaxError?
{
    do throws(JSONSyntaxError) {
        _ = try JSON(parsing: bytes, limits: limits)
        return nil
    } catch {
        return error
    }
}
