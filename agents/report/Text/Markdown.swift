/// A piece of Markdown.
///
/// Text put into it is escaped, so it can neither format nor link.
struct Markdown: Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    private(set) var description: String

    init(stringLiteral value: String) {
        description = value
    }

    init(stringInterpolation: Interpolation) {
        description = stringInterpolation.markup
    }

    /// Pieces one a line.
    init(lines: [Markdown]) {
        description = lines.map(\.description).joined(separator: "\n")
    }

    /// Collects literal markup as it is and everything else escaped.
    struct Interpolation: StringInterpolationProtocol {
        fileprivate var markup = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            markup.reserveCapacity(literalCapacity)
        }

        mutating func appendLiteral(_ literal: String) {
            markup += literal
        }

        mutating func appendInterpolation(_ text: String) {
            for scalar in text.visible.unicodeScalars {
                switch scalar {
                case "&": markup += "&amp;"
                case "<": markup += "&lt;"
                case ">": markup += "&gt;"
                case "\\", "`", "*", "_", "[", "]", "|", "#", "~", "!":
                    markup += "\\\(scalar)"
                default: markup.unicodeScalars.append(scalar)
                }
            }
        }

        /// Text as code: shown, copied and searched for just as it is.
        ///
        /// The fence is longer than any run of backticks inside; only a bar needs an escape, since
        /// tables are cut at bars before code is looked at.
        mutating func appendInterpolation(code text: String) {
            let shown = text.visible.replacing("|", with: "\\|")
            let longest = shown.split { $0 != "`" }.map(\.count).max() ?? 0
            let fence = String(repeating: "`", count: longest + 1)
            let space = longest > 0 ? " " : ""
            markup += "\(fence)\(space)\(shown)\(space)\(fence)"
        }

        mutating func appendInterpolation(_ number: Int) {
            markup += number.grouped
        }

        mutating func appendInterpolation(_ markdown: Markdown) {
            markup += markdown.description
        }
    }
}
