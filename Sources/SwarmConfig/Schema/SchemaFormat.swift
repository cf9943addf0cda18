/// The values of `format` that can be checked when that is asked for.
enum SchemaFormat: String, Sendable, CaseIterable {
    case date, time, email, hostname, ipv4, ipv6, uri, uuid, regex, duration
    case dateTime = "date-time"
    case jsonPointer = "json-pointer"
    case uriReference = "uri-reference"

    /// The format in a sentence.
    var sentence: String {
        switch self {
        case .date: "a date like 2026-01-31"
        case .time: "a time like 12:30:00Z"
        case .dateTime: "a date and time like 2026-01-31T12:30:00Z"
        case .duration: "a duration like P1DT12H"
        case .email: "an e-mail address"
        case .hostname: "a host name"
        case .ipv4: "an IPv4 address"
        case .ipv6: "an IPv6 address"
        case .uri: "an absolute URI"
        case .uriReference: "a URI or a relative reference"
        case .uuid: "a UUID"
        case .regex: "a regular expression"
        case .jsonPointer: "a JSON Pointer"
        }
    }

    /// Whether the text has this format.
    func matches(_ text: String) -> Bool {
        switch self {
        case .date: FormatScanner(text).isDate
        case .time: FormatScanner(text).isTime
        case .dateTime:
            FormatScanner.isDateTime(text)
        case .duration: FormatScanner.isDuration(text)
        case .email: FormatScanner.isEmail(text)
        case .hostname: FormatScanner.isHostname(text)
        case .ipv4: FormatScanner.isIPv4(text[...])
        case .ipv6: FormatScanner.isIPv6(text)
        case .uri: FormatScanner.isURIReference(text) && SchemaURI(text).scheme != nil
        case .uriReference: FormatScanner.isURIReference(text)
        case .uuid: FormatScanner.isUUID(text)
        case .regex: (try? Pattern(text)) != nil
        case .jsonPointer: FormatScanner.isJSONPointer(text)
        }
    }
}
