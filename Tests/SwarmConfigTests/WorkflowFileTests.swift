import SwarmConfig
import SwarmModel
import Testing

/// What is wrong with whole workflow files, or with several of them together.
@Suite("A workflow file as a whole")
struct WorkflowFileTests {
    private let file = "workflows/order.json"

    @Test("A cycle is named in the order of its dependencies, once for each knot")
    func knots() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        let names = ["a", "b", "c", "x", "y"]
        let needs = [["b"], ["c"], ["a", "x"], ["y"], ["x"]]
        let subtasks = zip(names, needs).map { name, needs in
            let list = needs.map { "\"\($0)\"" }.joined(separator: ",")
            return #""\#(name)":{"capability":"quote","args":{"sku":"A"},"needs":[\#(list)]}"#
        }
        try folder.put(
            #"{"schema_version":1,"name":"w","subtasks":{\#(subtasks.joined(separator: ","))}}"#,
            in: "workflows/order.json"
        )
        #expect(
            folder.load().diagnostics.filter { $0.code == .cycle }.map(\.message) == [
                "the subtasks wait for each other: a -> b -> c -> a",
                "the subtasks wait for each other: x -> y -> x",
            ]
        )
    }

    @Test("Two workflow files with one name are an error in the second")
    func sameName() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.put(folder.text(of: "workflows/order.json"), in: "workflows/second.json")
        #expect(
            folder.report(folder.load().diagnostics) == [
                """
                error: a second workflow is named "order" in workflows/second.json:3:11  (name)
                  the first is in workflows/order.json
                """
            ]
        )
    }

    @Test("Without a swarm, a workflow is checked for what it says about itself")
    func alone() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(
            #""capability": "post_entry""#,
            with: #""capability": "post_entri""#,
            in: file
        )
        try folder.replace("${first.cents}", with: "${frist.cents}", in: file)
        let loader = ConfigurationLoader(environment: [:])
        let loaded = loader.loadWorkflow("\(folder.path)/workflows/order.json", against: nil)
        #expect(loaded.workflow == nil)
        #expect(loaded.diagnostics.map(\.code) == [.unknownReference])
    }
}
