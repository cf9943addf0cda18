import AgentFiles

/// Something in a table, or in what was said about it, that cannot be used.
struct TableError: InvalidInput, Hashable, Sendable {
    /// Where and what, ready to be shown: `file:line:column: problem`.
    var description: String

    /// A problem with a file as a whole, or with the arguments.
    init(_ problem: String) {
        description = problem
    }

    /// A problem at one place of a file.
    init(file: String, line: Int, column: Int, problem: String) {
        description = "\(file):\(line):\(column): \(problem)"
    }
}
