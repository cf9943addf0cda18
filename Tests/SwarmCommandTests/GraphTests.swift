import SwarmModel
import Testing

@testable import swarm

@Suite("Graphs")
struct GraphTests {
    static func workflow() throws -> Workflow {
        try Workflow(
            json: JSON(
                parsing: Array(
                    #"""
                    {
                      "schema_version": 1, "name": "audit", "version": "1",
                      "subtasks": {
                        "list": {"capability": "list_packages", "args": {}},
                        "check": {"capability": "check", "for_each": "${list.packages}",
                                  "args": {"package": "${item}"}},
                        "report": {"capability": "write_report", "needs": ["list"],
                                   "args": {"found": "${check}"}}
                      }
                    }
                    """#.utf8
                )
            )
        )
    }

    static let run = RunDocument(
        run: RunID(17),
        workflow: "audit",
        state: .running,
        submittedAt: Instant(microseconds: 0),
        elapsed: .seconds(1),
        counts: Counts(),
        nodes: [
            NodeDocument(
                name: "list",
                capability: "list_packages",
                needs: [],
                fansOut: false,
                counts: Counts(succeeded: 1)
            ),
            NodeDocument(
                name: "check",
                capability: "check",
                needs: ["list"],
                fansOut: true,
                counts: Counts(running: 2, succeeded: 3, failed: 1)
            ),
            NodeDocument(
                name: "say \"hi\" <b>#1",
                capability: "c\\d",
                needs: ["check"],
                fansOut: false,
                counts: Counts(waiting: 1)
            ),
        ]
    )

    @Test("A workflow is a Mermaid flowchart, dependencies from references and from needs")
    func mermaid() throws {
        #expect(
            try WorkflowGraph(Self.workflow()).mermaid == """
                flowchart TD
                    n0["list<br/>list_packages"]
                    n1[["check[]"]]
                    n2["report<br/>write_report"]
                    n0 --> n1
                    n0 --> n2
                    n1 --> n2
                """
        )
    }

    @Test("A workflow is a Graphviz digraph")
    func dot() throws {
        #expect(
            try WorkflowGraph(Self.workflow()).dot == #"""
                digraph "audit" {
                    rankdir=TB;
                    node [shape=box, style="rounded,filled", fillcolor="#ffffff"];
                    n0 [label="list\nlist_packages"];
                    n1 [label="check[]", peripheries=2];
                    n2 [label="report\nwrite_report"];
                    n0 -> n1;
                    n0 -> n2;
                    n1 -> n2;
                }
                """#
        )
    }

    @Test("A workflow is a document of nodes and edges")
    func document() throws {
        #expect(
            try JSON(encoding: WorkflowGraph(Self.workflow())).description
                == #"{"workflow":"audit","nodes":[{"name":"list","capability":"list_packages","#
                + #""fans_out":false},{"name":"check","capability":"check","fans_out":true},"#
                + #"{"name":"report","capability":"write_report","fans_out":false}],"#
                + #""edges":[{"from":"list","to":"check"},{"from":"list","to":"report"},"#
                + #"{"from":"check","to":"report"}]}"#
        )
    }

    @Test("A run shows how far each node is, and no name breaks the syntax")
    func runs() {
        #expect(
            WorkflowGraph(Self.run).mermaid == """
                flowchart TD
                    n0["list<br/>list_packages"]:::succeeded
                    n1[["check[]<br/>4/6"]]:::failed
                    n2["say #quot;hi#quot; #lt;b#gt;#35;1<br/>c\\d"]:::waiting
                    n0 --> n1
                    n1 --> n2
                    classDef waiting fill:#eeeeee
                    classDef running fill:#fff3bf
                    classDef succeeded fill:#d3f9d8
                    classDef failed fill:#ffc9c9
                """
        )
        #expect(
            WorkflowGraph(Self.run).dot.contains(
                ##"n2 [label="say \"hi\" <b>#1\nc\\d", fillcolor="#eeeeee"];"##
            )
        )
    }
}
