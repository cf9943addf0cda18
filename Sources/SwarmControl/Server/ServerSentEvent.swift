import NIOCore
import SwarmModel

/// One frame of a `text/event-stream`.
struct ServerSentEvent: Sendable {
    private let text: String

    init(_ name: String, id: String? = nil, document: some Encodable) throws {
        // Encoded JSON has no line breaks, so it always fits one data line.
        let data = String(decoding: try JSON(encoding: document).encoded(), as: UTF8.self)
        text = (id.map { "id: \($0)\n" } ?? "") + "event: \(name)\ndata: \(data)\n\n"
    }

    /// A run's snapshot, named after whether it is the last.
    init(progressOf run: RunDocument) throws {
        try self.init(run.state.isTerminal ? "ended" : "progress", document: run)
    }

    /// The frame as it goes over the wire.
    var bytes: ByteBuffer { ByteBuffer(string: text) }
}

/// Which events a subscriber wants.
struct EventFilter: Sendable {
    var run: String?
    var worker: String?
    /// Empty for all.
    var levels: [String]

    enum Level: String, CaseIterable {
        case debug, info, warn, error
    }

    func passes(_ event: EventDocument) -> Bool {
        (run == nil || event.run == run) && (worker == nil || event.worker == worker)
            && (levels.isEmpty || levels.contains(event.level))
    }
}

extension RunDocument {
    /// Whether anything but the clock moved.
    func hasProgressed(since earlier: RunDocument) -> Bool {
        func still(_ run: RunDocument) -> RunDocument {
            var run = run
            run.elapsedMs = 0
            for index in run.current.indices { run.current[index].elapsedMs = 0 }
            return run
        }
        return still(self) != still(earlier)
    }
}
