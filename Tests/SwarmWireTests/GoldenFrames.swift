import Foundation
import SwarmModel
import SwarmWire
import Testing

/// The messages of `docs/protocol-frames.json`, which every implementation is tested against.
struct GoldenFrames {
    struct Message: CustomTestStringConvertible {
        var name: String
        var sender: Side
        /// The violation an invalid message causes; for a lenient one, the message it equals.
        var expectation: String
        var frames: [[UInt8]]

        var testDescription: String { name }
    }

    var valid: [Message] = []
    var lenient: [Message] = []
    var invalid: [Message] = []

    /// Read once; a file that cannot be read leaves the lists empty, which the tests notice.
    static let shared = (try? GoldenFrames()) ?? GoldenFrames(nothing: ())

    private init(nothing: Void) {}

    private init() throws {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/protocol-frames.json")
        let document = try JSONDecoder().decode(Document.self, from: Data(contentsOf: file))
        valid = try document.valid.map { try $0.message(expecting: "") }
        lenient = try document.lenient.map { try $0.message(expecting: $0.same_as ?? "") }
        invalid = try document.invalid.map { try $0.message(expecting: $0.violation ?? "") }
    }

    private struct Document: Decodable {
        var valid: [Entry]
        var lenient: [Entry]
        var invalid: [Entry]
    }

    private struct Entry: Decodable {
        var name: String
        var from: String
        var violation: String?
        // The key's name in the file.
        // swift-format-ignore: AlwaysUseLowerCamelCase
        var same_as: String?
        var frames: [Frame]

        func message(expecting expectation: String) throws -> Message {
            guard let sender = Side(rawValue: from) else { throw Unreadable(what: from) }
            return Message(
                name: name,
                sender: sender,
                expectation: expectation,
                frames: try frames.map { try $0.bytes() }
            )
        }
    }

    private struct Unreadable: Error {
        var what: String
    }

    private enum Frame: Decodable {
        case plain(String)
        case repeating(hex: String, then: String, times: Int)

        private enum Key: String, CodingKey {
            case hex, then, times
        }

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                self = .plain(text)
                return
            }
            let container = try decoder.container(keyedBy: Key.self)
            self = .repeating(
                hex: try container.decode(String.self, forKey: .hex),
                then: try container.decode(String.self, forKey: .then),
                times: try container.decode(Int.self, forKey: .times)
            )
        }

        func bytes() throws -> [UInt8] {
            switch self {
            case .plain(let text): return try Self.bytes(text)
            case .repeating(let hex, let then, let times):
                let unit = try Self.bytes(then)
                return try Self.bytes(hex) + (0..<times).flatMap { _ in unit }
            }
        }

        private static func bytes(_ hex: String) throws -> [UInt8] {
            let digits = Array(hex.utf8)
            guard digits.count.isMultiple(of: 2) else { throw Unreadable(what: hex) }
            return try stride(from: 0, to: digits.count, by: 2).map { place in
                let pair = String(decoding: digits[place..<place + 2], as: UTF8.self)
                guard let byte = UInt8(pair, radix: 16) else { throw Unreadable(what: pair) }
                return byte
            }
        }
    }
}

/// A message of either side.
enum AnyMessage: Hashable {
    case worker(WorkerMessage)
    case coordinator(CoordinatorMessage)

    /// Reads the frames that came from `sender`.
    init(_ frames: [[UInt8]], from sender: Side) throws(WireViolation) {
        guard frames.count == WireLimits.frameCount else {
            throw WireViolation.frameCount(frames.count)
        }
        let result: Result<AnyMessage, WireViolation> = frames[0].withUnsafeBytes { prefix in
            frames[1].withUnsafeBytes { header in
                frames[2].withUnsafeBytes { payload in
                    do throws(WireViolation) {
                        switch sender {
                        case .worker:
                            return .success(
                                .worker(
                                    try WorkerMessage(
                                        prefix: prefix,
                                        header: header,
                                        payload: payload
                                    )
                                )
                            )
                        case .coordinator:
                            return .success(
                                .coordinator(
                                    try CoordinatorMessage(
                                        prefix: prefix,
                                        header: header,
                                        payload: payload
                                    )
                                )
                            )
                        }
                    } catch {
                        return .failure(error)
                    }
                }
            }
        }
        self = try result.get()
    }

    /// Prefix and header as they go out.
    var encoded: [[UInt8]] {
        var header: [UInt8] = []
        switch self {
        case .worker(let message):
            message.encode(into: &header)
            return [message.verb.prefix, header]
        case .coordinator(let message):
            message.encode(into: &header)
            return [message.verb.prefix, header]
        }
    }
}
