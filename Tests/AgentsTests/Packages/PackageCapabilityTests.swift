import AgentFiles
import Foundation
import Testing

@testable import PackagesAgent

@Suite("Capabilities of the packages agent")
struct PackageCapabilityTests {
    @Test("Listed is what dpkg knows files of, what takes longest first")
    func list() throws {
        let madeUp = try MadeUpDatabase()
        let result = try ListPackages(cache: DatabaseCache()).run(.init(root: madeUp.root))
        #expect(
            result.packages.map(\.package) == ["alpha:amd64", "gamma:all", "beta:all", "delta:all"]
        )
        #expect(
            result.packages.map(\.status) == [
                "installed", "installed", "config-files", "installed",
            ]
        )
        #expect(result.packages.map(\.files) == [16, 2, 1, 0])
        #expect(result.packages[2].version == "2:1.0-1")
        #expect(result.count == 4 && result.files == 19)
        #expect(result.machine.host == madeUp.root)
    }

    @Test("Without a database the error names the file")
    func noDatabase() throws {
        let scratch = try Scratch()
        let error = #expect(throws: FileError.self) {
            try ListPackages(cache: DatabaseCache()).run(.init(root: scratch.path))
        }
        #expect(
            error?.description
                == "cannot open \(scratch.path)/var/lib/dpkg/status: No such file or directory"
        )
    }

    @Test("What dpkg writes after the list was read is seen by the next check")
    func staleCache() throws {
        let madeUp = try MadeUpDatabase()
        let cache = DatabaseCache()
        #expect(try cache.database(root: madeUp.root).packages.count == 4)
        try madeUp.scratch.write(
            "Package: gamma\nStatus: purge ok not-installed\nArchitecture: all\n",
            to: "var/lib/dpkg/updates/0001"
        )
        #expect(try cache.database(root: madeUp.root).package(named: "gamma") == nil)
    }

    @Test("Findings beyond the limit go to a file that has them all")
    func spill() throws {
        let madeUp = try MadeUpDatabase()
        let capability = CheckPackage(cache: DatabaseCache())
        var arguments = CheckPackage.Arguments(package: "alpha:amd64", root: madeUp.root)
        let whole = try #require(
            try capability.run(arguments, isCancelled: { false }, progress: { _, _ in })
        )
        #expect(whole.more == nil && whole.findingsFile == nil)
        #expect((whole.changed.count, whole.missing.count) == (8, 5))

        arguments.inlineFindings = 2
        arguments.findingsDirectory = madeUp.scratch.at("out/findings")
        let cut = try #require(
            try capability.run(arguments, isCancelled: { false }, progress: { _, _ in })
        )
        #expect(cut.changed == Array(whole.changed.prefix(2)))
        #expect(cut.missing == Array(whole.missing.prefix(2)))
        #expect(cut.more == .init(changed: 6, missing: 3, unreadable: 0))
        let file = try #require(cut.findingsFile)
        let findings = try JSONDecoder().decode(
            CheckPackage.Findings.self,
            from: Data([UInt8](contentsOfFile: file))
        )
        #expect(findings.changed == whole.changed && findings.missing == whole.missing)
        #expect(findings.package == "alpha:amd64")
    }

    @Test("A package name that leads elsewhere does not lead its findings there")
    func escape() throws {
        let scratch = try Scratch()
        try scratch.write(
            "Package: ../../up\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n"
                + "Conffiles:\n /etc/gone \(String(repeating: "0", count: 32))\n",
            to: "root/var/lib/dpkg/status"
        )
        try scratch.write("/etc/gone\n", to: "root/var/lib/up.list")
        try scratch.write("", to: "root/var/lib/dpkg/info/other.list")
        let result = try CheckPackage(cache: DatabaseCache()).run(
            .init(
                package: "../../up:all",
                root: scratch.at("root"),
                inlineFindings: 0,
                findingsDirectory: scratch.at("a/b/findings")
            ),
            isCancelled: { false },
            progress: { _, _ in }
        )
        #expect(result?.more?.missing == 1)
        #expect(result?.findingsFile == scratch.at("a/b/findings/.._.._up:all.json"))
        #expect(Directory(existing: scratch.path).entries == ["a", "root"])
        #expect(Directory(existing: scratch.at("a/b")).entries == ["findings"])
    }

    @Test("A package dpkg does not know has no result")
    func unknown() throws {
        let madeUp = try MadeUpDatabase()
        let capability = CheckPackage(cache: DatabaseCache())
        for name in ["epsilon", "omega", ""] {
            let arguments = CheckPackage.Arguments(package: name, root: madeUp.root)
            let result = try capability.run(
                arguments,
                isCancelled: { false },
                progress: { _, _ in }
            )
            #expect(result == nil)
        }
    }
}

@Suite("dpkg's database")
struct DpkgDatabaseTests {
    @Test("A line that is no field is named with file and line")
    func brokenStatus() throws {
        let error = #expect(throws: DatabaseError.self) {
            try ControlParagraph.parse(Array("Package: a\nnonsense\n".utf8), file: "status")
        }
        #expect(error?.description == "status:2: expected a field written \"Name: value\"")
        #expect(throws: DatabaseError.self) {
            try ControlParagraph.parse(Array(" lost\n".utf8), file: "status")
        }
    }

    @Test("Field names compare without case, values keep their further lines")
    func fields() throws {
        let text = "PACKAGE:   a  b \nDescription: first\n second\n .\n third\n\n\n\nPackage: c"
        let paragraphs = try ControlParagraph.parse(Array(text.utf8), file: "status")
        #expect(paragraphs.count == 2)
        #expect(paragraphs[0].text("Package") == "a  b ")
        #expect(paragraphs[0].text("Description") == "first\n second\n .\n third")
        #expect(paragraphs[1].text("package") == "c")
        #expect(paragraphs[1].text("Version") == nil)
    }

    @Test("A bare name that two architectures share names neither")
    func ambiguous() throws {
        let scratch = try Scratch()
        let package = { (architecture: String) in
            "Package: lib\nStatus: install ok installed\nMulti-Arch: same\n"
                + "Architecture: \(architecture)\nVersion: 1\n\n"
        }
        try scratch.write(package("amd64") + package("i386"), to: "var/lib/dpkg/status")
        let database = try DpkgDatabase(root: scratch.path + "///")
        #expect(database.package(named: "lib") == nil)
        #expect(database.package(named: "lib:i386")?.architecture == "i386")
        #expect(database.root == scratch.path)
    }

    @Test("A local diversion moves every package's file, a package's own stays in place")
    func diversions() throws {
        let diversions = try Diversions(
            Array("/a\n/a.local\n:\n/b\n/b.moved\nowner\n".utf8),
            file: "diversions"
        )
        let scratch = try Scratch()
        try scratch.write(
            "Package: owner\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n",
            to: "var/lib/dpkg/status"
        )
        let owner = try #require(try DpkgDatabase(root: scratch.path).package(named: "owner"))
        #expect(diversions.location(of: Array("/a".utf8), in: owner) == Array("/a.local".utf8))
        #expect(diversions.location(of: Array("/b".utf8), in: owner) == Array("/b".utf8))
        #expect(diversions.location(of: Array("/c".utf8), in: owner) == Array("/c".utf8))
        #expect(throws: DatabaseError.self) {
            try Diversions(Array("/a\n/b\n".utf8), file: "diversions")
        }
    }
}
