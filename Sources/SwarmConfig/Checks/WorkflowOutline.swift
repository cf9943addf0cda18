import SwarmModel

/// A workflow as far as it could be read: what the checks between subtasks look at.
struct WorkflowOutline {
    /// One subtask.
    struct Subtask {
        var name: String
        var path: JSONPath
        var capability: String?
        var agent: String?
        var args: JSON?
        var needs: [String]
        var forEach: JSON?
        /// Whether there is a `for_each`, readable or not.
        var fansOut: Bool
        var hasParallelLimit: Bool
        var semaphores: [String]
        /// The references in `args` and `for_each`.
        var argumentScan: TemplateScan
        var forEachScan: TemplateScan
        /// The call to make instead, and the references in its `args`.
        var fallback: JSON?
        var fallbackScan: TemplateScan

        /// Where the fallback stands.
        var fallbackPath: JSONPath { path.appending(keys: "on_failure", "fallback") }
    }

    var subtasks: [Subtask] = []
    /// Where each name is among the subtasks.
    var positions: [String: Int] = [:]
    var input: JSON?
    var output: JSON?
    var outputScan: TemplateScan

    /// Outlines a workflow; `clean` is what its shape let through, `written` the whole file.
    init(clean: JSON, written: JSON) {
        input = clean["input"]
        output = clean["output"]
        outputScan = TemplateScan(output ?? .null, at: ["output"])
        for member in clean["subtasks"]?.objectValue ?? [:] {
            let path: JSONPath = ["subtasks", .key(member.key)]
            let entry = member.value
            let fallback = entry["on_failure"]?["fallback"]
            positions[member.key] = subtasks.count
            subtasks.append(
                Subtask(
                    name: member.key,
                    path: path,
                    capability: entry["capability"]?.stringValue,
                    agent: entry["agent"]?.stringValue,
                    args: entry["args"],
                    needs: entry.strings("needs"),
                    forEach: entry["for_each"],
                    fansOut: written[path.appending(key: "for_each")] != nil,
                    hasParallelLimit: entry["max_parallel"] != nil,
                    semaphores: entry.strings("semaphores"),
                    argumentScan: TemplateScan(
                        entry["args"] ?? .null,
                        at: path.appending(key: "args")
                    ),
                    forEachScan: TemplateScan(
                        entry["for_each"] ?? .null,
                        at: path.appending(key: "for_each")
                    ),
                    fallback: fallback,
                    fallbackScan: TemplateScan(
                        fallback?["args"] ?? .null,
                        at: path.appending(keys: "on_failure", "fallback", "args")
                    )
                )
            )
        }
        // A subtask that is no object at all still is a name that others may refer to.
        for key in written["subtasks"]?.objectValue?.keys ?? [] where positions[key] == nil {
            unreadable.insert(key)
        }
    }

    /// Subtasks that are in the file and of which nothing could be read.
    private(set) var unreadable: Set<String> = []

    /// The names of the subtasks, in the order of the file.
    var names: [String] { subtasks.map(\.name) }

    /// Whether a subtask of this name is in the file, readable or not.
    func hasSubtask(named name: String) -> Bool {
        positions[name] != nil || unreadable.contains(name)
    }

    /// For each subtask the positions of those it waits for, each once.
    var dependencies: [[Int]] {
        subtasks.map { subtask in
            var seen: Set<Int> = []
            let scans = [subtask.argumentScan, subtask.forEachScan, subtask.fallbackScan]
            let references = scans.flatMap(\.found).map(\.reference)
            let names =
                subtask.needs
                + references.compactMap { reference in
                    if case .subtask(let name) = reference.root { name } else { nil }
                }
            return names.compactMap { positions[$0] }.filter { seen.insert($0).inserted }
        }
    }
}
