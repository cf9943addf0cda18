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
