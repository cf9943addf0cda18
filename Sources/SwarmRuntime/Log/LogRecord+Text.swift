import SwarmModel

extension LogRecord {
    /// Appends the record as a line of text, with the line's end.
    ///
    /// `time level event run/subtask worker  message  key=value …`: columns of fixed width, then
    /// the message, two spaces, and the rest in logfmt. A text that could be mistaken for something
    /// else is quoted as JSON quotes it, so the line reads back as this record.
    public func writeTextLine(to bytes: inout [UInt8], style: LogTextStyle = .plain) {
        var line = LogTextWriter(style: style)
        line.column(time.rfc3339, .time, width: 24)
        line.column(level.rawValue.uppercased(), .level(level), width: 5)
        line.column(event.rawValue, .event, width: LogTextWriter.eventWidth)
        line.column(LogToken.subject(run: run, subtask: subtask), .subject, width: 16)
        line.column(worker?.description ?? "-", .subject, width: 12)
        line.space()
        line.text(LogToken.message(message))
        if let capability { line.field("capability", LogToken.bare(capability)) }
        for member in fields.members {
            line.field(LogToken.key(member.key), LogToken.value(member.value))
        }
        if let seq { line.field("seq", "\(seq)") }
        if let trace { line.field("trace", LogToken.bare(trace)) }
        if let action { line.field("do", LogToken.bare(action), .action) }
        bytes.append(contentsOf: line.text.utf8)
        bytes.append(0x0A)
    }

    /// The record as a line of text, without the line's end.
    public func text(style: LogTextStyle = .plain) -> String {
        var bytes: [UInt8] = []
        writeTextLine(to: &bytes, style: style)
        return String(decoding: bytes.dropLast(), as: UTF8.self)
    }
}

/// Puts a line of text together.
private struct LogTextWriter {
    static let eventWidth = LogEvent.allCases.map(\.rawValue.utf8.count).max() ?? 0

    let style: LogTextStyle
    private(set) var text = ""
    private var hasFields = false

    init(style: LogTextStyle) { self.style = style }

    mutating func space() { text += " " }

    mutating func text(_ addition: String) { text += addition }

    mutating func column(_ content: String, _ part: LogTextStyle.Part, width: Int) {
        text += style.begin(part)
        text += content
        text += style.end
        text += String(repeating: " ", count: max(0, width - content.unicodeScalars.count) + 1)
    }

    mutating func field(_ key: String, _ value: String, _ part: LogTextStyle.Part? = nil) {
        text += hasFields ? " " : "  "
        hasFields = true
        text += style.begin(.key)
        text += key
        text += "="
        text += style.end
        if let part {
            text += style.begin(part)
            text += value
            text += style.end
        } else {
            text += value
        }
    }
}

/// The spellings of texts within a line: as they are where that is unmistakable, else quoted.
enum LogToken {
    /// `r_17/check[42]`, `r_17`, `-/check`, or `-` for neither.
    static func subject(run: RunID?, subtask: String?) -> String {
        let run = run?.description ?? "-"
        guard let subtask else { return run }
        return "\(run)/\(bare(subtask))"
    }

    /// A message may hold single spaces; two of them are where it ends.
    static func message(_ text: String) -> String {
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            if TerminalSafety.isUnsafe(scalar) || (scalar == " " && previous == " ") {
                return quoted(text)
            }
            previous = scalar
        }
        return previous == " " || text.unicodeScalars.first == "\"" ? quoted(text) : text
    }

    static func key(_ key: String) -> String {
        let isPlain =
            !key.isEmpty
            && key.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D, 0x2E: true
                default: false
                }
            }
        return isPlain ? key : quoted(key)
    }

    /// A text without spaces that cannot be taken for another kind of value.
    static func bare(_ text: String) -> String {
        guard let first = text.utf8.first else { return quoted(text) }
        let isPlain = text.unicodeScalars.allSatisfy { scalar in
            scalar != " " && scalar != "\"" && scalar != "=" && !TerminalSafety.isUnsafe(scalar)
        }
        guard isPlain, first != UInt8(ascii: "{"), first != UInt8(ascii: "[") else {
            return quoted(text)
        }
        return looksLikeLiteral(text) ? quoted(text) : text
    }

    static func value(_ json: JSON) -> String {
        if case .string(let text) = json { return bare(text) }
        return safe(json)
    }

    /// Whether JSON would read it as a number, a truth value or null.
    static func looksLikeLiteral(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return false }
        return switch first {
        case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "t"), UInt8(ascii: "f"),
            UInt8(ascii: "n"):
            (try? JSON(parsing: text)) != nil
        default: false
        }
    }

    private static func quoted(_ text: String) -> String { safe(.string(text)) }

    private static func safe(_ json: JSON) -> String {
        var bytes: [UInt8] = []
        TerminalSafety.append(json: json.encoded(), to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
