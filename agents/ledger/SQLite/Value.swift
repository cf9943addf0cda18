/// A value of a row or of a parameter, as SQLite stores it.
enum Value: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
}

extension Value: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let integer = try? container.decode(Int64.self) {
            self = .integer(integer)
        } else if let real = try? container.decode(Double.self) {
            self = .real(real)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .integer(let integer): try container.encode(integer)
        case .real(let real): try container.encode(real)
        case .text(let text): try container.encode(text)
        }
    }
}

extension Value {
    /// The integer it is; 0 for anything else, which a table declared STRICT rules out.
    var integer: Int64 { if case .integer(let integer) = self { integer } else { 0 } }

    /// The text it is; empty for anything else.
    var text: String { if case .text(let text) = self { text } else { "" } }

    /// The text it is; nil for anything else.
    var optionalText: String? { if case .text(let text) = self { text } else { nil } }

    init(_ text: String?) { self = text.map(Value.text) ?? .null }
}
