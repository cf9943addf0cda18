import SwarmModel
import Testing

@testable import SwarmCore

@Suite("What a run keeps of its payloads")
struct KeptPayloadTests {
    private let text = Array(repeating: UInt8(ascii: "a"), count: 300)

    private func stored(_ size: Int, _ bytes: [UInt8]?) throws -> KeptPayload {
        let digest = try #require(Digest(Array(repeating: UInt8(7), count: 32)))
        return KeptPayload(
            wrappedValue: .stored(StoredPayload(digest: digest, size: size, bytes: bytes))
        )
    }

    @Test("Bytes that a record carries and bytes that it names by digest are the same payload")
    func forms() throws {
        let made = KeptPayload(wrappedValue: .inline(text))
        #expect(try made == stored(300, nil))
        #expect(try made == stored(300, text))
    }

    @Test("Other bytes, another length and nothing at all are not the same payload")
    func others() throws {
        let made = KeptPayload(wrappedValue: .inline(text))
        #expect(try made != stored(300, text.dropLast() + [0]))
        #expect(try made != stored(299, nil))
        #expect(made != KeptPayload(wrappedValue: nil))
    }
}
