import FoundationEssentials
import SwarmModel
import Testing

@testable import SwarmConfig

@Suite("Patterns for file names")
struct GlobPatternTests {
    @Test(
        "A star stands for any part of a name, a question mark for one character",
        arguments: [
            ("*.json", "a.json", true), ("*.json", ".json", true), ("*.json", "a.jsn", false),
            ("a*b*c", "aXbYbZc", true), ("a*b*c", "aXbYbZ", false), ("?.json", "a.json", true),
            ("?.json", "ab.json", false), ("*", "", true), ("", "a", false), ("**", "ab", true),
            ("*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ]
    )
    func names(_ pattern: String, _ name: String, _ fits: Bool) {
        #expect(GlobPattern.match(Array(pattern.utf8), Array(name.utf8)) == fits)
    }

    @Test("Matches are sorted, hidden files are left out, links are not followed in a circle")
    func files() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        for name in ["b.json", "a.json", ".hidden.json", "deep/er/c.json", "deep/d.txt"] {
            try folder.put("{}", in: "w/\(name)")
        }
        try FileManager.default.createSymbolicLink(
            atPath: "\(folder.path)/w/deep/loop",
            withDestinationPath: "\(folder.path)/w"
        )
        #expect(GlobPattern("w/*.json").matches(below: folder.path) == ["w/a.json", "w/b.json"])
        #expect(
            GlobPattern("w/**/*.json").matches(below: folder.path)
                == ["w/a.json", "w/b.json", "w/deep/er/c.json"]
        )
        #expect(
            GlobPattern("\(folder.path)/w/?.json").matches(below: "/nowhere")
                == ["\(folder.path)/w/a.json", "\(folder.path)/w/b.json"]
        )
        #expect(GlobPattern("none/*.json").matches(below: folder.path) == [])
    }
}

@Suite("Paths of configuration files")
struct FilePathTests {
    @Test("Messages show a path from the current folder, the system gets it whole")
    func display() {
        let typed = FilePath("desk/../topology.json", currentDirectory: "/home/ops")
        #expect(typed.display == "desk/../topology.json")
        #expect(typed.absolute == "/home/ops/topology.json")
        let below = FilePath("/home/ops/desk/topology.json", currentDirectory: "/home/ops")
        #expect(below.display == "desk/topology.json")
        let elsewhere = FilePath("/srv/topology.json", currentDirectory: "/home/ops")
        #expect(elsewhere.display == "/srv/topology.json")
    }

    @Test("A path in a file starts at the folder of that file")
    func sibling() {
        let file = FilePath("desk/topology.json", currentDirectory: "/home/ops")
        let manifest = file.sibling("./agents/a/agent.json")
        #expect(manifest.display == "desk/agents/a/agent.json")
        #expect(manifest.absolute == "/home/ops/desk/agents/a/agent.json")
        #expect(manifest.directory == "/home/ops/desk/agents/a")
        #expect(file.sibling("/etc/a.json").absolute == "/etc/a.json")
        #expect(file.sibling("../a.json").absolute == "/home/ops/a.json")
    }
}
