/// A JSON object being read as a configuration value; each accessor names what it expected.
struct ConfigurationReader {
    let object: JSONObject
    let path: JSONPath

    init(_ json: JSON, at path: JSONPath = .root) throws(ConfigurationError) {
        guard case .object(let object) = json else {
            throw ConfigurationError(path: path, reason: "expected an object")
        }
        self.object = object
        self.path = path
    }

    func failure(_ key: String, _ expected: String) -> ConfigurationError {
        ConfigurationError(path: path.appending(key: key), reason: "expected \(expected)")
    }

    /// Reads a value that may be left out.
    func optional<Value>(
        _ key: String,
        _ expected: String,
        _ read: (JSON) -> Value?
    ) throws(ConfigurationError) -> Value? {
        guard let json = object[key] else { return nil }
        guard let value = read(json) else { throw failure(key, expected) }
        return value
    }

    func string(_ key: String) throws(ConfigurationError) -> String? {
        try optional(key, "a string") { $0.stringValue }
    }

    func requiredString(_ key: String) throws(ConfigurationError) -> String {
        guard let text = try string(key) else { throw failure(key, "a string") }
        return text
    }

    func boolean(_ key: String) throws(ConfigurationError) -> Bool? {
        try optional(key, "true or false") { $0.boolValue }
    }

    func integer(_ key: String) throws(ConfigurationError) -> Int? {
        try optional(key, "an integer") { $0.integerValue.flatMap { Int(exactly: $0) } }
    }

    func number(_ key: String) throws(ConfigurationError) -> Double? {
        try optional(key, "a number") { $0.doubleValue }
    }

    /// Reads a number of things, `least` or more.
    func count(_ key: String, from least: Int = 1) throws(ConfigurationError) -> Int? {
        guard let value = try integer(key) else { return nil }
        guard value >= least else { throw failure(key, "\(least) or more") }
        return value
    }

    /// Reads a share of a whole.
    func share(_ key: String) throws(ConfigurationError) -> Double? {
        guard let value = try number(key) else { return nil }
        guard (0...1).contains(value) else { throw failure(key, "0 to 1") }
        return value
    }

    /// Reads what a wait is multiplied by.
    func factor(_ key: String) throws(ConfigurationError) -> Double? {
        guard let value = try number(key) else { return nil }
        guard value >= 1, value.isFinite else { throw failure(key, "1 or more") }
        return value
    }

    func duration(_ key: String) throws(ConfigurationError) -> Duration? {
        try optional(key, "a duration with a unit, such as \"30s\"") { json in
            json.stringValue.flatMap { Duration(configuration: $0) }
        }
    }

    func size(_ key: String) throws(ConfigurationError) -> ByteCount? {
        try optional(key, "a size with a unit, such as \"64MiB\"") { json in
            json.stringValue.flatMap { ByteCount($0) }
        }
    }

    /// Reads one of an enumeration's words.
    func word<Value: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        as type: Value.Type = Value.self
    ) throws(ConfigurationError) -> Value? {
        let words = type.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        return try optional(key, "one of \(words)") { json in
            json.stringValue.flatMap { Value(rawValue: $0) }
        }
    }

    func strings(_ key: String) throws(ConfigurationError) -> [String]? {
        try optional(key, "an array of strings", ConfigurationReader.texts)
    }

    /// Reads a nested object; nil when it is left out.
    func nested(_ key: String) throws(ConfigurationError) -> ConfigurationReader? {
        guard let json = object[key] else { return nil }
        return try ConfigurationReader(json, at: path.appending(key: key))
    }

    /// Reads an array of objects; empty when it is left out.
    func elements(_ key: String) throws(ConfigurationError) -> [ConfigurationReader] {
        let values = try optional(key, "an array") { $0.arrayValue } ?? []
        var readers: [ConfigurationReader] = []
        for (index, value) in values.enumerated() {
            readers.append(
                try ConfigurationReader(
                    value,
                    at: path.appending(key: key).appending(index: index)
                )
            )
        }
        return readers
    }

    /// Reads an object of objects, in order; empty when it is left out.
    func entries(
        _ key: String
    ) throws(ConfigurationError) -> [(name: String, reader: ConfigurationReader)] {
        guard let map = try nested(key) else { return [] }
        var entries: [(name: String, reader: ConfigurationReader)] = []
        for member in map.object {
            let reader = try ConfigurationReader(
                member.value,
                at: map.path.appending(key: member.key)
            )
            entries.append((member.key, reader))
        }
        return entries
    }

    /// The strings of an array that holds nothing else.
    static func texts(_ json: JSON) -> [String]? {
        guard let elements = json.arrayValue else { return nil }
        let texts = elements.compactMap(\.stringValue)
        return texts.count == elements.count ? texts : nil
    }
}

extension JSON {
    /// An object of the members that have a value.
    static func configuration(_ members: [(String, JSON?)]) -> JSON {
        var object = JSONObject()
        for (key, value) in members { object[key] = value }
        return .object(object)
    }

    /// A number, written as an integer when it is one; infinities, which no file can hold, as null.
    static func configuration(_ number: Double) -> JSON {
        if let whole = Int64(exactly: number) { return .integer(whole) }
        return JSON(number) ?? .null
    }

    /// A duration as text.
    static func configuration(_ duration: Duration) -> JSON { .string(duration.configurationText) }

    /// A size as text.
    static func configuration(_ size: ByteCount) -> JSON { .string(size.description) }

    /// An array of strings.
    static func configuration(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
}
