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
                Failure(
                    .internal,
                    clipped(
                        "\(type(of: error)): \(error)",
                        to: WireLimits.failureMessageBytes
                    )
                )
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
        Failure(
            FailureKind(rawValue: failure.kind.rawValue) ?? .internal,
            clipped(failure.message, to: WireLimits.failureMessageBytes),
            retryable: failure.retryable,
            retryAfter: failure.retryAfter,
            details: failure.details.map(details)
        )
    }

    /// The details as they may travel: JSON, and not too long.
    private static func details(_ text: String) -> String {
        let isJSON = (try? JSON(parsing: Array(text.utf8))) != nil
        let json = isJSON ? text : JSON.string(text).description
        guard json.utf8.count > WireLimits.failureDetailsBytes else { return json }
        return #""(details of \#(text.utf8.count) bytes left out)""#
    }

    /// The text's beginning, of at most so many bytes and without half a character at its end.
    static func clipped(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: limit)
        while String.Index(end, within: text) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }
}
