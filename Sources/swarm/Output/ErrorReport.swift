import ArgumentParser
import Glibc
import SwarmConfig
import SwarmModel

/// Ends the program with an error: what, where, why, and what to do, or all that as a document.
enum ErrorReport {
    /// Prints the error where it belongs and exits with its status.
    static func exit(with error: any Error) -> Never {
        let isJSON = CommandLine.arguments.dropFirst().prefix { $0 != "--" }.contains("--json")
        switch error {
        case let error as ErrorDocument:
            report(error, isJSON: isJSON)
        case let error as DiagnosticsError:
            for line in isJSON ? [] : error.lines { write(line, to: STDERR_FILENO) }
            if isJSON { report(error.document, isJSON: true) }
            Glibc.exit(CommandExit.badConfiguration)
        case is ExitCode, is CleanExit, is ValidationError:
            SwarmCommand.exit(withError: error)
        case is CancellationError:
            Glibc.exit(CommandExit.interrupted)
        default:
            // Parsing errors are ArgumentParser's to print, with usage and status 64.
            guard SwarmCommand.exitCode(for: error) != .failure else {
                report(
                    ErrorDocument(.internal, "unexpected: \(error)", hint: nil),
                    isJSON: isJSON
                )
            }
            SwarmCommand.exit(withError: error)
        }
    }

    /// The text of an error: one line for what and where, one for what to do.
    static func text(_ error: ErrorDocument) -> String {
        "error: \(error.message)" + (error.hint.map { "\n  \($0)" } ?? "")
    }

    private static func report(_ error: ErrorDocument, isJSON: Bool) -> Never {
        if isJSON, let json = try? JSON(encoding: ErrorResponse(error)) {
            write(json.description, to: STDOUT_FILENO)
        } else {
            write(text(error), to: STDERR_FILENO)
        }
        Glibc.exit(error.exit)
    }

    private static func write(_ line: String, to descriptor: Int32) {
        Console.write(line + "\n", to: descriptor)
    }
}

/// Configuration that is wrong, with everything that is wrong with it.
struct DiagnosticsError: Error {
    let diagnostics: [Diagnostic]

    /// Each problem, and how many there are.
    var lines: [String] {
        diagnostics.map(\.description) + ["\(Self.summary(diagnostics)); nothing was started"]
    }

    /// All of it as one error.
    var document: ErrorDocument {
        let errors = diagnostics.filter { $0.severity == .error }
        return ErrorDocument(
            .badConfiguration,
            errors.map { "\($0.message) in \($0.location)" }
                .joined(separator: "; "),
            hint: errors.first?.advice
        )
    }

    /// Such as `2 errors, 1 warning`.
    static func summary(_ diagnostics: [Diagnostic]) -> String {
        Diagnostic.Severity.allCases.sorted(by: >).compactMap { severity in
            let count = diagnostics.count(of: severity)
            guard count > 0 else { return nil }
            return "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }.joined(separator: ", ")
    }
}
