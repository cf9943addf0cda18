import Foundation
import Glibc
import SwarmModel
import Testing

extension IntegrationTests {
    @Suite("The package audit")
    struct PackageAuditTests {
        /// Packages as dpkg records them, below a folder; every tenth has a file that differs, and
        /// every fifteenth one that is gone.
        private func writePackages(_ count: Int, below root: String) throws {
            // printf 'data' | md5sum
            let digest = "8d777f385d3dfec8815d20f7496026dc"
            var status = ""
            for number in 0..<count {
                let name = "made-up-\(number)"
                status += """
                    Package: \(name)
                    Status: install ok installed
                    Maintainer: Nobody <nobody@example.org>
                    Architecture: all
                    Version: 1.0
                    Description: made up


                    """
                let files = ["usr/share/\(name)/one", "usr/share/\(name)/two"]
                let list =
                    ["/.", "/usr", "/usr/share", "/usr/share/\(name)"] + files.map { "/\($0)" }
                try File.write(
                    list.joined(separator: "\n") + "\n",
                    to: "\(root)/var/lib/dpkg/info/\(name).list"
                )
                try File.write(
                    files.map { "\(digest)  \($0)\n" }.joined(),
                    to: "\(root)/var/lib/dpkg/info/\(name).md5sums"
                )
                try File.write(number % 10 == 0 ? "edited" : "data", to: "\(root)/\(files[0])")
                if number % 15 != 0 { try File.write("data", to: "\(root)/\(files[1])") }
            }
            try File.write(status, to: "\(root)/var/lib/dpkg/status")
            try File.write("1\n", to: "\(root)/var/lib/dpkg/info/format")
        }

        @Test(
            "With the coordinator killed at ten moments it finds all that differs, and nothing twice"
        )
        func killed() async throws {
            try await SwarmFolder.with { folder in
                let count = 300
                try writePackages(count, below: "\(folder.path)/root")
                let project = File.project
                let shipped = { (name: String) -> JSON in
                    [
                        "manifest": .string("\(project)/agents/\(name)/agent.json"),
                        "ready": ["timeout": "60s"],
                        "env": ["PYTHONPATH": .string("\(project)/sdk/python")],
                    ]
                }
                try folder.writeTopology(
                    agents: [
                        "packages": shipped("packages").with("replicas", 2).with("concurrency", 2),
                        "report": shipped("report"), "outliers": shipped("outliers"),
                    ],
                    coordinator: ["orphan_timeout": "60s"]
                )
                var topology = try JSON(parsing: Array((File.text(folder.topology) ?? "").utf8))
                topology = topology.with("semaphores", ["disk": ["permits": 4]])
                try folder.write(topology.description, to: "topology.json")

                var chance = SplitMix(seed: 90_000)
                var coordinator = try await folder.coordinator()
                let submitted = try await folder.data(
                    "run",
                    "\(project)/workflows/package-audit.json",
                    "-i",
                    "root=\(folder.path)/root",
                    "-i",
                    "output_dir=\(folder.path)/report",
                    "--detach"
                )
                #expect(submitted["run"] == "r_1")
                var blows = 0
                for blow in 0..<10 {
                    // Each blow waits for a part of the run, so that they spread over all of it.
                    let reached = Int64(blow * count / 11)
                    try await eventually("\(reached) subtasks have succeeded") {
                        let rows = try await folder.journal(
                            "SELECT count(*) FROM records WHERE type = 'subtask_succeeded'"
                        )
                        return rows[0][0].integerValue ?? 0 >= reached
                    }
                    try await Task.sleep(
                        for: .milliseconds(Int64.random(in: 0...30, using: &chance))
                    )
                    coordinator.send(SIGKILL)
                    #expect(try await coordinator.end() == 128 + SIGKILL)
                    blows += 1
                    coordinator = try await folder.coordinator()
                }
                let run = try await folder.ended("r_1")
                #expect(run["state"] == "succeeded", "\(run["failure"] ?? nil)")
                let output = try #require(run["output"])
                #expect(output["packages"] == .integer(Int64(count)))
                #expect(output["changed"] == 30)
                #expect(output["missing"] == 20)
                #expect(output["unreadable"] == 0)
                let accepted = try await folder.journal(
                    """
                    SELECT count(*), count(DISTINCT subtask) FROM records
                    WHERE type = 'subtask_succeeded'
                    """
                )
                #expect(accepted == [[.integer(Int64(count + 3)), .integer(Int64(count + 3))]])
                let report = try #require(output["report_markdown"]?.stringValue.flatMap(File.text))
                for number in stride(from: 0, to: count, by: 10) {
                    #expect(report.contains("/usr/share/made-up-\(number)/one"))
                }
                for number in stride(from: 0, to: count, by: 15) {
                    #expect(report.contains("/usr/share/made-up-\(number)/two"))
                }
                #expect(blows == 10)
            }
        }
    }
}
