import SwarmControl
import SwarmModel

/// Makes a call, and says what it waits for when the answer does not come.
struct CallWatch {
    let client: ControlClient
    let console: Console

    /// How long an answer may take before somebody wants to know why.
    private static let patience = Duration.seconds(2)

    func call(_ request: CallRequest) async throws -> CallDocument {
        guard !console.isJSON else { return try await client.call(request) }
        return try await withThrowingTaskGroup(of: CallDocument?.self) { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { try await client.call(request) }
            tasks.addTask {
                // What cannot be said is no reason to give the call up.
                try? await explain()
                return nil
            }
            while let outcome = try await tasks.next() {
                if let outcome { return outcome }
            }
            throw CancellationError()
        }
    }

    private func explain() async throws {
        try await Task.sleep(for: Self.patience)
        let query = RunListQuery(states: [.running, .asking], workflow: "call", limit: 2)
        let calls = try await client.runs(query).runs.compactMap { RunID($0.run) }
        guard calls.count == 1, let run = calls.first else {
            return console.note("no answer yet; `swarm runs --workflow call` shows what is called")
        }
        _ = try await PlainProgress.ended(run, of: client, on: console)
    }
}
