import Foundation

/// A page of the documentation, for tests that hold it to what is true.
struct Documentation {
    let text: String

    static func read(_ name: String) throws -> Documentation {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let url = root.appendingPathComponent("docs").appendingPathComponent(name)
        return Documentation(text: try String(contentsOf: url, encoding: .utf8))
    }

    /// The code blocks in this language.
    func blocks(of language: String) -> [String] {
        text.components(separatedBy: "\n```\(language)\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first.map { $0 + "\n" }
        }
    }
}
