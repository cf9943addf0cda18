public import SwarmModel

/// Which lines of the log somebody wants to see; all conditions must hold.
public struct LogQuery: Hashable, Sendable {
    /// A pattern for the worker's name or its agent's: `pricing`, `pricing-2`, `pri*`.
    public var agent: GlobPattern?
    /// Only this run.
    public var run: RunID?
    /// Only this level and above.
    public var level: LogLevel?
    /// Nothing earlier than this.
    public var since: Instant?
    /// A pattern for the event's name: `worker.*`.
    public var event: GlobPattern?
    /// A text that must occur in the message or the fields; upper and lower case are the same
    /// unless it has a capital letter.
    public var grep: String?
    /// How many lines before and after a match of `grep` are shown with it.
    public var context: Int

    /// A query; what is left out is no condition.
    public init(
        agent: GlobPattern? = nil,
        run: RunID? = nil,
        level: LogLevel? = nil,
        since: Instant? = nil,
        event: GlobPattern? = nil,
        grep: String? = nil,
        context: Int = 0
    ) {
        self.agent = agent
        self.run = run
        self.level = level
        self.since = since
        self.event = event
        self.grep = grep
        self.context = context
    }

    /// Whether every condition but `grep` holds; only such lines can be a match or its context.
    public func admits(_ record: LogRecord) -> Bool {
        if let level, record.level < level { return false }
        if let since, record.time < since { return false }
        if let run, record.run != run { return false }
        if let event, !event.matches(record.event.rawValue) { return false }
        guard let agent else { return true }
        guard let worker = record.worker else { return false }
        return agent.matches(worker.agent) || agent.matches(worker.description)
    }

    /// Whether every condition holds.
    public func matches(_ record: LogRecord) -> Bool { admits(record) && greps(record) }

    /// Whether `grep` occurs in what a person reads of the record.
    func greps(_ record: LogRecord) -> Bool {
        guard let grep else { return true }
        let text = record.text()
        let isExact = grep.contains { $0.isUppercase }
        return isExact
            ? text.utf8.contains(grep.utf8)
            : text.lowercased().utf8.contains(grep.lowercased().utf8)
    }
}

extension String.UTF8View {
    /// Whether `needle` occurs anywhere.
    fileprivate func contains(_ needle: String.UTF8View) -> Bool {
        guard let first = needle.first else { return true }
        var rest = self[...]
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: needle) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}

/// A pattern in which `*` stands for any text, also none, and `?` for one character.
public struct GlobPattern: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The pattern as it was written.
    public let description: String
    private let scalars: [Unicode.Scalar]

    /// Makes a pattern of a text; every text is one.
    public init(_ text: String) {
        description = text
        scalars = Array(text.unicodeScalars)
    }

    /// Makes a pattern of a literal.
    public init(stringLiteral text: String) { self.init(text) }

    /// Whether the whole of `text` fits, in time proportional to both lengths.
    public func matches(_ text: String) -> Bool {
        let text = Array(text.unicodeScalars)
        var position = 0
        var index = 0
        // Where to go on when what follows the last `*` did not fit.
        var retry: (pattern: Int, text: Int)?
        while position < text.count {
            if index < scalars.count, scalars[index] == "*" {
                retry = (index + 1, position)
                index += 1
            } else if index < scalars.count,
                scalars[index] == "?" || scalars[index] == text[position]
            {
                index += 1
                position += 1
            } else if let last = retry {
                index = last.pattern
                position = last.text + 1
                retry = (last.pattern, last.text + 1)
            } else {
                return false
            }
        }
        return scalars[index...].allSatisfy { $0 == "*" }
    }
}

/// A line of the log that a query selected.
public struct LogSelection: Hashable, Sendable {
    /// The line.
    public var record: LogRecord
    /// Whether it is a match itself, and not shown for context.
    public var isMatch: Bool
    /// Whether lines were left out between the one before and this, within the context's reach.
    public var followsGap: Bool

    /// A selected line.
    public init(record: LogRecord, isMatch: Bool, followsGap: Bool) {
        self.record = record
        self.isMatch = isMatch
        self.followsGap = followsGap
    }
}

/// Applies a query to lines as they come: the same for a file read back and for one that grows.
public struct LogFilter: Sendable {
    private let query: LogQuery
    private var before: [LogRecord] = []
    private var after = 0
    private var hasSkipped = false
    private var hasShown = false

    /// A filter that has seen nothing.
    public init(_ query: LogQuery) { self.query = query }

    /// What is to be shown now that `record` came: nothing, the record, or also lines before it.
    public mutating func take(_ record: LogRecord) -> [LogSelection] {
        guard query.admits(record) else { return [] }
        if query.greps(record) {
            var selections = before.map { show($0, isMatch: false) }
            before.removeAll(keepingCapacity: true)
            selections.append(show(record, isMatch: true))
            after = query.context
            return selections
        }
        if after > 0 {
            after -= 1
            return [show(record, isMatch: false)]
        }
        before.append(record)
        if before.count > query.context {
            before.removeFirst()
            hasSkipped = true
        }
        return []
    }

    private mutating func show(_ record: LogRecord, isMatch: Bool) -> LogSelection {
        defer {
            hasSkipped = false
            hasShown = true
        }
        return LogSelection(
            record: record,
            isMatch: isMatch,
            followsGap: query.context > 0 && hasShown && hasSkipped
        )
    }
}
