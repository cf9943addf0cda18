import AgentFiles

/// A line of dpkg's database that cannot be understood.
struct DatabaseError: InvalidInput, Hashable, Sendable {
    var file: String
    var line: Int
    var problem: String

    var description: String { "\(file):\(line): \(problem)" }
}
