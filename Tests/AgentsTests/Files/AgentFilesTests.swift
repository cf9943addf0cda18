import AgentFiles
import Foundation
import SwarmWorker
import Testing

@Suite("Files of agents")
struct AgentFilesTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    @Test(
        "What is written is read back whole, empty and large",
        arguments: [0, 1, 4096, 3_000_001]
    )
    func roundTrip(count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try bytes.writeAtomically(to: scratch.at("file"))
        #expect(try [UInt8](contentsOfFile: scratch.at("file")) == bytes)
    }

    @Test("Writing replaces the file, leaves nothing else behind and lets others read it")
    func replace() throws {
        try Array("old, and longer".utf8).writeAtomically(to: scratch.at("file"))
        try Array("new".utf8).writeAtomically(to: scratch.at("file"))
        #expect(try [UInt8](contentsOfFile: scratch.at("file")) == Array("new".utf8))
        #expect(Directory(existing: scratch.path).entries == ["file"])
        let attributes = try FileManager.default.attributesOfItem(atPath: scratch.at("file"))
        #expect(attributes[.posixPermissions] as? Int == 0o644)
    }

    @Test("A file that cannot be replaced keeps its place, and no temporary file stays")
    func blocked() throws {
        _ = try Directory(creating: scratch.at("taken/inside"))
        let error = #expect(throws: FileError.self) {
            try Array("x".utf8).writeAtomically(to: scratch.at("taken"))
        }
        #expect(error?.description == "cannot write \(scratch.at("taken")): Is a directory")
        #expect(Directory(existing: scratch.path).entries == ["taken"])
    }

    @Test("Reading a directory or nothing says so")
    func unreadable() {
        let directory = #expect(throws: FileError.self) {
            try [UInt8](contentsOfFile: scratch.path)
        }
        #expect(directory?.description == "cannot read \(scratch.path): Is a directory")
        let nothing = #expect(throws: FileError.self) {
            try [UInt8](contentsOfFile: scratch.at("none"))
        }
        #expect(nothing?.isNotFound == true)
        #expect(nothing?.failure.kind == .notFound)
    }

    @Test("Missing parents are made, and paths become absolute")
    func directories() throws {
        let made = try Directory(creating: scratch.at("a/./b//c"))
        #expect(made.path == scratch.at("a/b/c"))
        #expect(made.file("x") == scratch.at("a/b/c/x"))
        try scratch.write("", to: "file")
        let error = #expect(throws: FileError.self) {
            try Directory(creating: scratch.at("file/x"))
        }
        #expect(error?.reason == "Not a directory")
        #expect(throws: FileError.self) { try Directory(creating: scratch.at("file")) }
    }

    @Test("Only stale directories with the prefix are removed")
    func stale() throws {
        let directory = try Directory(creating: scratch.path)
        for name in ["run-old/rows", "run-new/rows", "other-old/rows"] {
            try scratch.write("x", to: name)
        }
        for name in ["run-old", "other-old"] {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -1000)],
                ofItemAtPath: scratch.at(name)
            )
        }
        directory.removeStale(prefix: "run-", olderThan: 500)
        #expect(directory.entries == ["other-old", "run-new"])
    }

    @Test("Paths are shown as they are, save for bytes that are no text")
    func printable() {
        #expect(
            String(printablePath: Array("/usr/share/é\u{1F600} x\\y".utf8))
                == "/usr/share/é\u{1F600} x\\y"
        )
        #expect(String(printablePath: [0x2F, 0xFF, 0x61, 0xC3]) == "/\\xFFa\\xC3")
        #expect(String(printablePath: [0x61, 0x0A, 0x1B, 0x7F]) == "a\\x0A\\x1B\\x7F")
        #expect(String(printablePath: []) == "")
    }
}
