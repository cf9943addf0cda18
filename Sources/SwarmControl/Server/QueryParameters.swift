import SwarmModel

/// The query of a request; an unknown, repeated or ill-formed parameter is an error, never ignored.
struct QueryParameters: Sendable {
    private var values: [String: String] = [:]

    init(
        _ pairs: some Sequence<(key: Substring, value: Substring)>,
        known: [String]
    ) throws(ErrorDocument) {
        for (name, value) in pairs {
            let name = String(name)
            guard known.contains(name) else {
                let choices = known.isEmpty ? "none" : known.joined(separator: ", ")
                throw ErrorDocument(
                    .badRequest,
                    "unknown query parameter \"\(name)\"; this path takes \(choices)"
                )
            }
            guard values.updateValue(String(value), forKey: name) == nil else {
                throw ErrorDocument(.badRequest, "query parameter \"\(name)\" is given twice")
            }
        }
    }

    /// The text of a parameter.
    subscript(name: String) -> String? { values[name] }

    /// A whole number within `range`.
    func integer(_ name: String, in range: ClosedRange<Int>) throws(ErrorDocument) -> Int? {
        guard let text = values[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw ErrorDocument(
                .badRequest,
                "query parameter \"\(name)\": expected a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound), found \"\(text)\""
            )
        }
        return value
    }

    /// A list of words separated by commas, each one of the enumeration's.
    func list<Word: RawRepresentable & CaseIterable>(
        _ name: String,
        of type: Word.Type
    ) throws(ErrorDocument) -> [Word] where Word.RawValue == String {
        var words: [Word] = []
        for text in (values[name] ?? "").split(separator: ",") {
            guard let word = Word(rawValue: String(text)) else {
                let choices = Word.allCases.map(\.rawValue).joined(separator: ", ")
                throw ErrorDocument(
                    .badRequest,
                    "query parameter \"\(name)\": expected some of \(choices), found \"\(text)\""
                )
            }
            words.append(word)
        }
        return words
    }

    /// The id of a run.
    func run(_ name: String) throws(ErrorDocument) -> RunID? {
        guard let text = values[name] else { return nil }
        guard let run = RunID(text) else {
            throw ErrorDocument(
                .badRequest,
                "query parameter \"\(name)\": expected the id of a run such as r_17, found "
                    + "\"\(text)\""
            )
        }
        return run
    }
}
