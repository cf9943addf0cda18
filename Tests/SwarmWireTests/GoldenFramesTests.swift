import SwarmModel
import SwarmWire
import Testing

@Suite("Golden frames")
struct GoldenFramesTests {
    @Test("The file has every verb and every violation")
    func coverage() {
        let golden = GoldenFrames.shared
        let verbs = Set(golden.valid.map { $0.frames[0][4] })
        #expect(verbs == Set(Verb.allCases.map(\.rawValue)))
        let codes = Set(golden.invalid.map(\.expectation))
        #expect(codes == Set(WireViolation.Code.allCases.map(\.rawValue)))
        let names = Set(golden.valid.map(\.name))
        #expect(names == Set(GoldenMessages.worker.keys).union(GoldenMessages.coordinator.keys))
        #expect(!golden.lenient.isEmpty)
    }

    @Test("A golden message is read as what it says", arguments: GoldenFrames.shared.valid)
    func reading(message: GoldenFrames.Message) throws {
        let expected = try #require(GoldenMessages.named(message.name))
        #expect(try AnyMessage(message.frames, from: message.sender) == expected)
    }

    @Test(
        "What a golden message says is written byte for byte",
        arguments: GoldenFrames.shared.valid
    )
    func writing(message: GoldenFrames.Message) throws {
        let expected = try #require(GoldenMessages.named(message.name))
        let written = expected.encoded
        #expect(written[0] == message.frames[0])
        #expect(
            String(decoding: written[1], as: UTF8.self)
                == String(decoding: message.frames[1], as: UTF8.self)
        )
    }

    @Test("Another spelling is read alike", arguments: GoldenFrames.shared.lenient)
    func leniency(message: GoldenFrames.Message) throws {
        let expected = try #require(GoldenMessages.named(message.expectation))
        #expect(try AnyMessage(message.frames, from: message.sender) == expected)
    }

    @Test(
        "An invalid message is refused for the reason named",
        arguments: GoldenFrames.shared.invalid
    )
    func refusal(message: GoldenFrames.Message) throws {
        let violation = #expect(throws: WireViolation.self) {
            _ = try AnyMessage(message.frames, from: message.sender)
        }
        #expect(violation?.code.rawValue == message.expectation)
        #expect(violation?.message.isEmpty == false)
    }

    @Test("A header is appended behind what the buffer holds")
    func appending() {
        var buffer: [UInt8] = [1, 2, 3]
        CoordinatorMessage.beatAnswer.encode(into: &buffer)
        #expect(buffer == [1, 2, 3, UInt8(ascii: "{"), UInt8(ascii: "}")])
    }

    @Test("A failure of a kind that only the coordinator uses is read as internal")
    func forgedKind() throws {
        let session = SessionID(random: 7)
        for kind in FailureKind.allCases {
            let report = ResultReport(
                session: session,
                lease: LeaseID(1),
                outcome: .failed(Failure(kind, "x"))
            )
            let written = AnyMessage.worker(.result(report)).encoded
            let read = try AnyMessage([written[0], written[1], []], from: .worker)
            let expected = kind.isReportable ? kind : .internal
            var honest = report
            honest.outcome = .failed(Failure(expected, "x"))
            #expect(read == .worker(.result(honest)))
        }
    }
}
