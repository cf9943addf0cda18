/// A JSON object being read, with the path to it for error messages.
struct Member {
    var object: JSONObject
    var path: String

    init(_ json: JSON, path: String) throws(WorkflowError) {
        guard case .object(let object) = json else {
            throw WorkflowError(path: path, reason: "expected an object")
        }
        self.object = object
        self.path = path
    }

    func string(_ key: String) throws(WorkflowError) -> String {
        guard let text = try optionalString(key) else {
            throw WorkflowError(path: "\(path).\(key)", reason: "expected a string")
        }
        return text
    }

    func optionalString(_ key: String) throws(WorkflowError) -> String? {
        switch object[key] {
        case nil: return nil
        case .string(let text)?: return text
        default: throw WorkflowError(path: "\(path).\(key)", reason: "expected a string")
        }
    }

    func integer(_ key: String) throws(WorkflowError) -> Int? {
        switch object[key] {
        case nil: return nil
        case .integer(let value)?: return Int(value)
        default: throw WorkflowError(path: "\(path).\(key)", reason: "expected an integer")
        }
    }

    func strings(_ key: String) throws(WorkflowError) -> [String] {
        switch object[key] {
        case nil: return []
        case .array(let elements)?:
            var texts: [String] = []
            for element in elements {
                guard case .string(let text) = element else {
                    throw WorkflowError(path: "\(path).\(key)", reason: "expected strings")
                }
                texts.append(text)
            }
            return texts
        default:
            throw WorkflowError(path: "\(path).\(key)", reason: "expected an array of strings")
        }
    }

    func duration(_ key: String) throws(WorkflowError) -> Duration? {
        guard let text = try optionalString(key) else { return nil }
        guard let duration = Duration(configuration: text) else {
            throw WorkflowError(
                path: "\(path).\(key)",
                reason: "expected a duration with a unit, such as \"30s\""
            )
        }
        return duration
    }

    func boolean(_ key: String) throws(WorkflowError) -> Bool? {
        switch object[key] {
        case nil: return nil
        case .bool(let value)?: return value
        default: throw WorkflowError(path: "\(path).\(key)", reason: "expected true or false")
        }
    }

    /// Reads a number of things, `least` or more.
    func count(_ key: String, from least: Int) throws(WorkflowError) -> Int? {
        guard let value = try integer(key) else { return nil }
        guard value >= least else {
            throw WorkflowError(path: "\(path).\(key)", reason: "expected \(least) or more")
        }
        return value
    }

    /// Reads one of an enumeration's words.
    func word<Value: RawRepresentable<String> & CaseIterable>(
        _ key: String
    ) throws(WorkflowError) -> Value? {
        guard let text = try optionalString(key) else { return nil }
        guard let value = Value(rawValue: text) else {
            let words = Value.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            throw WorkflowError(path: "\(path).\(key)", reason: "expected one of \(words)")
        }
        return value
    }

    /// Reads a policy, which topologies and contracts hold too.
    func nested<Value>(
        _ key: String,
        _ read: (JSON) throws(ConfigurationError) -> Value
    ) throws(WorkflowError) -> Value? {
        guard let json = object[key] else { return nil }
        do { return try read(json) } catch { throw WorkflowError(error, below: "\(path).\(key)") }
    }

    func template(_ key: String) throws(WorkflowError) -> Template? {
        guard let json = object[key] else { return nil }
        do { return try Template(json) } catch {
            throw WorkflowError(path: "\(path).\(key)", reason: "\(error)")
        }
    }
}

extension WorkflowError {
    /// A mistake in a policy that stands at `path`.
    fileprivate init(_ error: ConfigurationError, below path: String) {
        self.init(
            path: error.path == .root ? path : "\(path).\(error.path)",
            reason: error.reason
        )
    }
}

extension SubtaskDefinition {
    /// Reads one entry of `subtasks`.
    ///
    /// - Throws: ``WorkflowError`` naming the first problem.
    public init(name: String, json: JSON) throws(WorkflowError) {
        let path = "subtasks.\(name)"
        guard !name.isEmpty, name.allSatisfy(Reference.isNameCharacter), name.utf8.count <= 128,
            !["input", "item", "item_index"].contains(name)
        else {
            throw WorkflowError(
                path: path,
                reason: "expected a name of letters, digits, _ and -, other than input, item and "
                    + "item_index"
            )
        }
        let entry = try Member(json, path: path)
        let failure: FailurePolicy
        do { failure = try FailurePolicy(json: json) } catch {
            throw WorkflowError(error, below: path)
        }
        self.init(
            name: name,
            capability: try entry.string("capability"),
            agent: try entry.optionalString("agent"),
            arguments: try entry.template("args") ?? .constant(.object([:])),
            needs: try entry.strings("needs"),
            forEach: try entry.template("for_each"),
            maximumParallel: try entry.count("max_parallel", from: 1),
            timeout: try entry.duration("timeout"),
            failure: failure,
            isPivot: try entry.boolean("pivot") ?? false,
            isFinally: try entry.boolean("finally") ?? false,
            priority: try entry.integer("priority") ?? 0,
            semaphores: try entry.strings("semaphores")
        )
        guard forEach != nil else {
            for reference in references
            where reference.root == .item || reference.root == .itemIndex {
                throw WorkflowError(
                    path: "\(path).args",
                    reason: "${\(reference)} needs for_each"
                )
            }
            return
        }
    }
}

extension WorkflowLimits {
    /// Reads `limits`; nil gives the defaults.
    ///
    /// - Throws: ``WorkflowError`` naming the first problem.
    public init(json: JSON?) throws(WorkflowError) {
        self.init()
        guard let json else { return }
        let entry = try Member(json, path: "limits")
        deadline = try entry.duration("deadline")
        maximumSubtasks = try entry.count("max_subtasks", from: 1) ?? maximumSubtasks
        delegationDepth = try entry.count("delegation_depth", from: 0)
        children = try entry.count("children", from: 0)
        delegatedSubtasks = try entry.count("delegated_subtasks", from: 0)
        repeatThreshold = try entry.count("repeat_threshold", from: 1)
    }
}
