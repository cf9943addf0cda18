import SwarmModel
import SwarmWire

/// Turns what a handler threw into what is reported.
enum FailureReport {
    static func ending(for error: any Error, of lease: HeldLease) -> Ending {
        switch error {
        case let failure as WorkerFailure:
            failure.kind == .cancelled && lease.isCancelled ? .cancelled : .failed(report(failure))
        case is CancellationError where lease.isCancelled:
            .cancelled
        default:
            .failed(
                Failure(.internal, message("\(type(of: error)): \(error)"))
            )
        }
    }

    /// A value that does not fit into a message, with what to do instead.
    static func tooLarge(_ count: Int, limit: Int) -> Ending {
        .failed(
            Failure(
                .validation,
                "the result has \(count) bytes and a payload at most \(limit): write the value to "
                    + "a file and return its path, or split the work",
                retryable: false
            )
        )
    }

    private static func report(_ failure: WorkerFailure) -> Failure {
        // The swarm's own word about what was delegated is no kind of ours; it goes into the
        // sentence. Trying once more is the swarm's business too, and it has tried.
        let kind = FailureKind(rawValue: failure.kind.rawValue) ?? .internal
        let sentence = kind.isReportable ? failure.message : failure.description
        return Failure(
            kind.isReportable ? kind : .internal,
            message(sentence),
            retryable: failure.retryable ?? (kind.isReportable ? nil : false),
            retryAfter: failure.retryAfter,
            details: failure.details.map(details) ?? chain(of: failure)
        )
    }

    /// The calls that led to a failure, as details; nil when there are none, or too many.
    private static func chain(of failure: WorkerFailure) -> String? {
        guard !failure.chain.isEmpty else { return nil }
        let document: JSON = ["chain": .array(failure.chain.map { .string($0.description) })]
        let text = document.description
        return WireLimits.allowsDetails(text) ? text : nil
    }

    /// The details as they may travel: as they are, as a text, or not at all.
    private static func details(_ text: String) -> String {
        if WireLimits.allowsDetails(text) { return text }
        let quoted = JSON.string(text).description
        if WireLimits.allowsDetails(quoted) { return quoted }
        return #""(details of \#(text.utf8.count) bytes left out)""#
    }

    /// A message as it may travel: not too long, and without bytes that are written six times as
    /// long, of which a few thousand would not fit into a header.
    private static func message(_ text: String) -> String {
        let isPrintable = text.utf8.allSatisfy { $0 >= 0x20 || (0x09...0x0D).contains($0) }
        let printable =
            isPrintable
            ? text
            : String(
                String.UnicodeScalarView(
                    text.unicodeScalars.map { scalar in
                        scalar.value >= 0x20 || (0x09...0x0D).contains(scalar.value)
                            ? scalar : "\u{B7}"
                    }
                )
            )
        return clipped(printable, to: WireLimits.failureMessageBytes)
    }

    /// The text's beginning, of at most so many bytes and without half a character at its end.
    static func clipped(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: limit)
        while String.Index(end, within: text) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }
}
