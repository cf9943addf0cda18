public import SwarmModel

/// One thing that is wrong, or doubtful, in a configuration file.
public struct Diagnostic: Hashable, Sendable {
    /// How serious it is.
    public enum Severity: String, Hashable, Sendable, CaseIterable, Comparable {
        /// Worth knowing; nothing needs to change.
        case note
        /// Doubtful: the swarm starts, and probably does not do what was meant.
        case warning
        /// Wrong: nothing starts.
        case error

        /// Compares by seriousness.
        public static func < (left: Severity, right: Severity) -> Bool {
            left.rank < right.rank
        }

        private var rank: Int {
            switch self {
            case .note: 0
            case .warning: 1
            case .error: 2
            }
        }
    }

    /// The class of a mistake; stable, for scripts that filter.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        // The file itself.
        case unreadableFile = "unreadable_file"
        case syntax
        // The shape of a document.
        case unknownKey = "unknown_key"
        case duplicateKey = "duplicate_key"
        case missingKey = "missing_key"
        case wrongType = "wrong_type"
        case missingUnit = "missing_unit"
        case outOfRange = "out_of_range"
        case invalidValue = "invalid_value"
        case unknownWord = "unknown_word"
        // What a topology says.
        case undefinedVariable = "undefined_variable"
        case unavailable
        case notEnforced = "not_enforced"
        case insecureAddress = "insecure_address"
        case unknownAgent = "unknown_agent"
        case unknownSemaphore = "unknown_semaphore"
        case cycle
        case missingExecutable = "missing_executable"
        case missingSecret = "missing_secret"
        case noMatch = "no_match"
        case missingBudget = "missing_budget"
        // What a manifest says.
        case invalidSchema = "invalid_schema"
        case duplicateName = "duplicate_name"
        case unknownCapability = "unknown_capability"
        case strictSchema = "strict_schema"
        case unverifiable
        case noCompensation = "no_compensation"
        case pessimisticDefault = "pessimistic_default"
        case contractConflict = "contract_conflict"
        case unsafeRepeat = "unsafe_repeat"
        case unsafeUndo = "unsafe_undo"
        // What a workflow says.
        case unknownSubtask = "unknown_subtask"
        case invalidReference = "invalid_reference"
        case unknownReference = "unknown_reference"
        case itemOutsideForEach = "item_outside_for_each"
        case invalidArguments = "invalid_arguments"
        case unusedResult = "unused_result"
        case pivot
        case finally
        case noEffect = "no_effect"
    }

    /// How serious it is.
    public var severity: Severity
    /// The class of the mistake.
    public var code: Code
    /// The file, as a path from where the check was started.
    public var file: String
    /// Where in the file; nil when the file could not be read.
    public var position: JSONPosition?
    /// The path of the value inside the file; the root when it is about the whole file.
    public var path: JSONPath
    /// What is wrong, in one sentence without a full stop.
    public var message: String
    /// The name that was probably meant.
    public var suggestion: String?
    /// What would have been right, or what the surrounding object takes.
    public var expected: String?
    /// What to do about it.
    public var hint: String?

    /// A diagnostic.
    public init(
        _ severity: Severity,
        _ code: Code,
        file: String,
        position: JSONPosition?,
        path: JSONPath,
        message: String,
        suggestion: String? = nil,
        expected: String? = nil,
        hint: String? = nil
    ) {
        self.severity = severity
        self.code = code
        self.file = file
        self.position = position
        self.path = path
        self.message = message
        self.suggestion = suggestion
        self.expected = expected
        self.hint = hint
    }
}

extension Sequence<Diagnostic> {
    /// Whether anything in it keeps a swarm from starting.
    public var hasErrors: Bool { contains { $0.severity == .error } }

    /// How many diagnostics have this severity.
    public func count(of severity: Diagnostic.Severity) -> Int {
        reduce(0) { $1.severity == severity ? $0 + 1 : $0 }
    }
}
