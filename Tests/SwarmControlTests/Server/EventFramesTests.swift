import Testing

@testable import SwarmControl

@Suite("Frames of an event stream")
struct EventFramesTests {
    static let text = """
        : comment

        id: 1-2
        event: gap
        data: {"a":1}

        data: first
        data: second

        event: empty


        """
    static let frames = [
        EventFrame(event: "gap", id: "1-2", data: #"{"a":1}"#),
        EventFrame(event: "message", id: nil, data: "first\nsecond"),
    ]

    @Test("Frames are the same however the bytes were split", arguments: 1...40)
    func splits(size: Int) {
        let bytes = Array(Self.text.utf8)
        var reader = EventFrames()
        var frames: [EventFrame] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            frames += reader.append(bytes[start..<min(start + size, bytes.count)])
        }
        #expect(frames == Self.frames)
    }

    @Test("Carriage returns before line ends do not matter")
    func carriageReturns() {
        var reader = EventFrames()
        let bytes = Self.text.utf8.flatMap { $0 == 10 ? [13, 10] : [$0] }
        #expect(reader.append(bytes) == Self.frames)
    }
}
