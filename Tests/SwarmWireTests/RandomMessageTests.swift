import Foundation
import SwarmModel
import SwarmWire
import Testing

@Suite("Random messages")
struct RandomMessageTests {
    /// How many messages each test draws; `SWARM_FUZZ=1000000` is the long run.
    private static let count =
        ProcessInfo.processInfo.environment["SWARM_FUZZ"].flatMap(Int.init) ?? 30_000

    @Test("Whatever is written is read back as the same", arguments: [1, 2])
    func roundTrip(seed: UInt64) throws {
        var messages = RandomMessages(seed: seed)
        for round in 0..<Self.count / 20 {
            let worker = AnyMessage.worker(messages.worker())
            let coordinator = AnyMessage.coordinator(messages.coordinator())
            for (message, sender) in [(worker, Side.worker), (coordinator, .coordinator)] {
                let written = message.encoded
                try #require(written[1].count <= WireLimits.headerBytes)
                let read = try AnyMessage([written[0], written[1], []], from: sender)
                if read != message {
                    Issue.record("seed \(seed), round \(round): \(message) was read as \(read)")
                    return
                }
            }
        }
    }

    @Test(
        "Mutated golden messages are read or refused, and what is read is stable",
        arguments: [1, 2]
    )
    func mutations(seed: UInt64) throws {
        var mutator = Mutator(seed: seed)
        var refused: Set<WireViolation.Code> = []
        var readable = 0
        for round in 0..<Self.count {
            let frames = mutator.next()
            for sender in Side.allCases {
                do throws(WireViolation) {
                    let message = try AnyMessage(frames, from: sender)
                    readable += 1
                    let written = message.encoded
                    let again = try AnyMessage([written[0], written[1], []], from: sender)
                    if again != message {
                        Issue.record("seed \(seed), round \(round): \(message), then \(again)")
                        return
                    }
                } catch {
                    refused.insert(error.code)
                }
            }
        }
        // The mutations reach every check, so their silence means something.
        #expect(readable > Self.count / 50)
        let unreached = Set(WireViolation.Code.allCases).subtracting(refused)
        #expect(unreached.isEmpty)
    }

    @Test("Random bytes are refused")
    func noise() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<Self.count / 10 {
            let verb = Verb.allCases.randomElement(using: &random) ?? .hello
            let header = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                UInt8(truncatingIfNeeded: random.next())
            }
            #expect(throws: WireViolation.self) {
                _ = try AnyMessage([verb.prefix, header, []], from: verb.sender)
            }
        }
    }
}
