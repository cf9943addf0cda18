import SwarmModel
import Testing

extension SwarmFolder {
    /// Asks the journal, as anybody can with SQLite, and gives a row for each row.
    func journal(
        _ query: String,
    ) async throws -> [[JSON]] {
        let script = """
            import json, sqlite3, sys
            journal = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True, timeout=30)
            print(json.dumps(journal.execute(sys.argv[2]).fetchall()))
            """
        let output = try await python(script, "\(state)/journal.db", query)
        let rows = try JSON(parsing: Array(output.utf8)).arrayValue ?? []
        return rows.map { $0.arrayValue ?? [] }
    }

    /// Drops every batch after the first that ends with a record of this type, as a crash right
    /// after its commit would have left the journal of a coordinator that is gone.
    func cutJournal(after type: String) async throws {
        let script = """
            import sqlite3, sys
            journal = sqlite3.connect(sys.argv[1])
            last, = journal.execute("SELECT min(batch) FROM records WHERE type = ?",
                                    (sys.argv[2],)).fetchone()
            journal.execute("DELETE FROM batches WHERE first > ?", (last,))
            journal.commit()
            """
        _ = try await python(script, "\(state)/journal.db", type)
    }

    /// Runs a Python program to its end and gives what it printed.
    private func python(_ script: String, _ arguments: String...) async throws -> String {
        let program = try StartedProgram(
            "/usr/bin/python3",
            ["-c", script] + arguments,
            in: path,
            environment: environment,
            output: "\(path)/query-\(nextNumber())"
        )
        try #require(try await program.end() == 0, "\(program.errorText)")
        return program.outputText
    }
}
