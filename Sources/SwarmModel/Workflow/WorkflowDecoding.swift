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

    func template(_ key: String) throws(WorkflowError) -> Template? {
        guard let json = object[key] else { return nil }
        do { return try Template(json) } catch {
            throw WorkflowError(path: "\(path).\(key)", reason: "\(error)")
        }
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
        let maximumParallel = try entry.integer("max_parallel")
        if let maximumParallel, maximumParallel < 1 {
            throw WorkflowError(path: "\(path).max_parallel", reason: "expected 1 or more")
        }
        var retry: RetryPolicy?
        if let json = entry.object["retry"] {
            do { retry = try RetryPolicy(json: json) } catch {
                throw WorkflowError(path: "\(path).retry", reason: "\(error)")
            }
        }
        self.init(
            name: name,
            capability: try entry.string("capability"),
            agent: try entry.optionalString("agent"),
            arguments: try entry.template("args") ?? .constant(.object([:])),
            needs: try entry.strings("needs"),
            forEach: try entry.template("for_each"),
            maximumParallel: maximumParallel,
            timeout: try entry.duration("timeout"),
            retry: retry,
            priority: try entry.integer("priority") ?? 0,
            semaphores: try entry.strings("semaphores")
        )
        guard forEach != nil else {
            for reference in arguments.references
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
        if let maximum = try entry.integer("max_subtasks") {
            guard maximum > 0 else {
                throw WorkflowError(path: "limits.max_subtasks", reason: "expected 1 or more")
            }
            maximumSubtasks = maximum
        }
    }
}
