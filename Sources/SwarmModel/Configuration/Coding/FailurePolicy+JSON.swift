extension FailurePolicy {
    /// Reads what one level says about failures.
    ///
    /// - Throws: ``ConfigurationError`` naming the first problem.
    public init(json: JSON) throws(ConfigurationError) {
        try self.init(ConfigurationReader(json))
    }

    /// Reads the members of an object that may hold others too; `retryKey` is what it calls its
    /// retries.
    ///
    /// - Throws: ``ConfigurationError`` naming the first problem.
    init(_ reader: ConfigurationReader, retryKey: String = "retry") throws(ConfigurationError) {
        self.init()
        onFailure = try OnFailure(reader)
        if let entry = try reader.nested(retryKey) { retry = try PartialRetryPolicy(entry) }
        unknownOutcome = try reader.word("unknown_outcome")
        onUnavailable = try reader.word("on_unavailable")
    }

    /// The members that say something.
    func members(retryKey: String = "retry") -> [(String, JSON?)] {
        [
            (retryKey, retry?.json),
            ("unknown_outcome", unknownOutcome.map { .string($0.rawValue) }),
            ("on_failure", onFailure?.json),
            ("on_unavailable", onUnavailable.map { .string($0.rawValue) }),
        ]
    }

    /// What the level says, as a file writes it; reads back as the same.
    public var json: JSON { .configuration(members()) }
}

extension OnFailure {
    /// The words a file may write; anything else is an object with `fallback`.
    public static let words: [(name: String, value: OnFailure)] = [
        ("undo", .undo), ("abort", .abort), ("skip", .skip), ("ask", .ask),
    ]

    /// Reads `on_failure` of an object; nil when it is left out.
    init?(_ reader: ConfigurationReader) throws(ConfigurationError) {
        let expected = "\"undo\", \"abort\", \"skip\", \"ask\" or {\"fallback\": …}"
        switch reader.object["on_failure"] {
        case nil: return nil
        case .string(let text)?:
            guard let word = OnFailure.words.first(where: { $0.name == text }) else {
                throw reader.failure("on_failure", expected)
            }
            self = word.value
        case .object?:
            guard let entry = try reader.nested("on_failure")?.nested("fallback") else {
                throw reader.failure("on_failure", expected)
            }
            self = .fallback(try Fallback(entry))
        default: throw reader.failure("on_failure", expected)
        }
    }

    /// The value as a file writes it.
    var json: JSON {
        switch self {
        case .undo: "undo"
        case .abort: "abort"
        case .skip: "skip"
        case .ask: "ask"
        case .fallback(let fallback): ["fallback": fallback.json]
        }
    }
}

extension Fallback {
    init(_ reader: ConfigurationReader) throws(ConfigurationError) {
        self.init(
            capability: try reader.requiredString("capability"),
            agent: try reader.string("agent")
        )
        guard let json = reader.object["args"] else { return }
        do { arguments = try Template(json) } catch {
            throw ConfigurationError(path: reader.path.appending(key: "args"), reason: "\(error)")
        }
    }

    var json: JSON {
        .configuration([
            ("capability", .string(capability)), ("agent", agent.map { .string($0) }),
            ("args", arguments?.json),
        ])
    }
}
