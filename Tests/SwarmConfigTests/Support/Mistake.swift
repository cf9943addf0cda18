import SwarmConfig
import Testing

/// One mistake put into the correct swarm, and the diagnostics that must come of it.
struct Mistake: Sendable, CustomTestStringConvertible {
    var file: String
    /// The piece of the file that is replaced.
    var piece: String
    /// What it is replaced with; `@@` marks the place to report.
    var replacement: String
    /// The exact report; `@@` stands for file, line and column of the mark.
    var expected: [String]

    /// A mistake with one diagnostic.
    init(_ file: String, _ piece: String, _ replacement: String, _ expected: String...) {
        self.file = file
        self.piece = piece
        self.replacement = replacement
        self.expected = expected
    }

    var testDescription: String { replacement }

    /// Makes the mistake, loads everything and compares.
    func expectReport(environment: [String: String] = [:]) throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        let place = try folder.replace(piece, with: replacement, in: file)
        let wanted = expected.map { $0.replacing("@@", with: "\(file):\(place ?? "")") }
        #expect(folder.report(folder.load(environment).diagnostics) == wanted)
    }
}
