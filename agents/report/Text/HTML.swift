/// A piece of HTML.
///
/// Text put into it is escaped, so markup can only come from our own source.
///
/// Written so that an XML parser accepts it too: every element is closed, no named entities.
struct HTML: Sendable, ExpressibleByStringInterpolation, CustomStringConvertible {
    private(set) var description: String

    init(stringLiteral value: String) {
        description = value
    }

    init(stringInterpolation: Interpolation) {
        description = stringInterpolation.markup
    }

    /// Pieces one after the other.
    init(_ pieces: [HTML]) {
        description = pieces.map(\.description).joined(separator: "\n")
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
                case "\"": markup += "&quot;"
                case "'": markup += "&#39;"
                default: markup.unicodeScalars.append(scalar)
                }
            }
        }

        mutating func appendInterpolation(_ number: Int) {
            markup += String(number)
        }

        mutating func appendInterpolation(_ html: HTML) {
            markup += html.description
        }

        mutating func appendInterpolation(_ pieces: [HTML]) {
            markup += HTML(pieces).description
        }

        /// A coordinate, to a tenth of a pixel.
        mutating func appendInterpolation(_ coordinate: Double) {
            markup += coordinate.fixed(decimals: 1)
        }
    }
}
