/// One frame of an event stream, as far as a client of ours needs it.
struct EventFrame: Hashable, Sendable {
    var event = "message"
    var id: String?
    var data = ""
}

/// Cuts the bytes of a `text/event-stream` into frames, wherever the reads may have split them.
struct EventFrames {
    private var line: [UInt8] = []
    private var frame = EventFrame()
    private var hasData = false

    /// Takes more bytes and gives the frames they complete.
    mutating func append(_ bytes: some Sequence<UInt8>) -> [EventFrame] {
        var complete: [EventFrame] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.isEmpty {
                if hasData { complete.append(frame) }
                frame = EventFrame()
                hasData = false
            } else {
                take(String(decoding: line, as: UTF8.self))
            }
            line.removeAll(keepingCapacity: true)
        }
        return complete
    }

    private mutating func take(_ line: String) {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var value = parts.count > 1 ? String(parts[1]) : ""
        if value.hasPrefix(" ") { value.removeFirst() }
        switch parts[0] {
        case "event": frame.event = value
        case "id": frame.id = value
        case "data":
            frame.data += hasData ? "\n\(value)" : value
            hasData = true
        default: break
        }
    }
}
