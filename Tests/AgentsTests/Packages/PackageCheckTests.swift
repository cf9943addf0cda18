import AgentFiles
import Foundation
import Testing

@testable import PackagesAgent

@Suite("Package checks")
struct PackageCheckTests {
    private static let dpkg = "/usr/bin/dpkg"

    /// The lines `dpkg --verify` would print for what a check found, sorted.
    private func lines(_ outcomes: [PackageCheck.Outcome]) -> [String] {
        outcomes.flatMap { $0.changed + $0.missing + $0.unreadable }.map { finding in
            let verify = finding.verify.padding(toLength: 9, withPad: " ", startingAt: 0)
            let known = ["No such file or directory"]
            let isLost = finding.verify == "missing" && !known.contains(finding.reason)
            return "\(verify) \(finding.conffile == true ? "c" : " ") \(finding.path)"
                + (isLost ? " (\(finding.reason))" : "")
        }.sorted()
    }

    private func check(
        _ database: DpkgDatabase,
        _ packages: [DpkgPackage]
    ) throws -> [PackageCheck.Outcome] {
        try packages.map { package in
            try PackageCheck(database: database, package: package)
                .run(isCancelled: { false }, progress: { _, _ in })
        }
    }

    @Test(
        "A made-up database with every kind of difference is judged as dpkg --verify judges it",
        .enabled(if: Command.exists(dpkg))
    )
    func madeUp() throws {
        let madeUp = try MadeUpDatabase()
        let database = try DpkgDatabase(root: madeUp.root)
        let ours = lines(try check(database, database.packages))
        let verify = try Command(Self.dpkg, ["--root=\(madeUp.root)", "--verify"])
        let theirs = verify.lines.map { String(printablePath: $0) }.sorted()
        #expect(ours == theirs)
        #expect(ours.count == 15)
    }

    @Test(
        "Packages of this machine are judged as dpkg --verify judges them",
        .enabled(if: Command.exists(dpkg))
    )
    func thisMachine() throws {
        let database = try DpkgDatabase(root: "/")
        let isWhole = ProcessInfo.processInfo.environment["SWARM_TEST_WHOLE_MACHINE"] == "1"
        let affordable = try database.packages.filter { package in
            try isWhole || database.recordedDigests(of: package) < 400
        }
        let step = isWhole ? 1 : max(affordable.count / 120, 1)
        let chosen = stride(from: 0, to: affordable.count, by: step).map { affordable[$0] }
        try #require(!chosen.isEmpty)
        let ours = lines(try check(database, chosen))
        let names = isWhole ? [] : chosen.map(\.qualifiedName)
        let verify = try Command(Self.dpkg, ["--verify"] + names)
        #expect(verify.status == 0)
        #expect(ours == verify.lines.map { String(printablePath: $0) }.sorted())
    }

    @Test("Every finding says what is wrong in words")
    func reasons() throws {
        let madeUp = try MadeUpDatabase()
        let database = try DpkgDatabase(root: madeUp.root)
        let alpha = try #require(database.package(named: "alpha"))
        let outcome = try check(database, [alpha])[0]
        let reasons = Dictionary(
            uniqueKeysWithValues: (outcome.changed + outcome.missing).map { ($0.path, $0.reason) }
        )
        #expect(reasons["/etc/changed"] == "content differs")
        #expect(reasons["/etc/gone"] == "No such file or directory")
        #expect(reasons["/usr/share/linked"] == "is a symbolic link to the same content")
        #expect(reasons["/usr/share/linkedother"] == "is a symbolic link to other content")
        #expect(reasons["/usr/share/file/below"] == "Not a directory")
        #expect(
            reasons["/bin/tool"] == nil,
            "a path through a symbolic link to a directory is fine"
        )
        #expect(outcome.unreadable.isEmpty)
        #expect(outcome.paths == 21)
    }

    @Test("A directory or a named pipe in place of a file is a finding and never blocks")
    func wrongTypes() throws {
        let madeUp = try MadeUpDatabase()
        for (name, make) in [
            ("tool", { mkdir($0, 0o755) }), ("late", { mkfifo($0, 0o644) }),
        ] as [(String, (String) -> Int32)] {
            let path = madeUp.scratch.at(name == "tool" ? "usr/bin/tool" : "usr/share/late")
            #expect(unlink(path) == 0)
            #expect(make(path) == 0)
        }
        let database = try DpkgDatabase(root: madeUp.root)
        let alpha = try #require(database.package(named: "alpha:amd64"))
        let changed = try check(database, [alpha])[0].changed
        let tool = try #require(changed.first { $0.path == "/bin/tool" })
        #expect(tool.reason == "is a directory, not a regular file")
        #expect(tool.verify == "?M???????")
        let late = try #require(changed.first { $0.path == "/usr/share/late" })
        #expect(late.reason == "is a named pipe, not a regular file")
    }

    @Test(
        "What may not be looked at is unreadable, and dpkg --verify names it too",
        .enabled(if: Command.exists(dpkg) && Unprivileged.isPossible)
    )
    func unreadable() throws {
        let madeUp = try MadeUpDatabase()
        let scratch = madeUp.scratch
        for name in ["", "/var", "/var/lib", "/var/lib/dpkg", "/var/lib/dpkg/info"] {
            #expect(chmod(scratch.path + name, 0o755) == 0)
        }
        #expect(chmod(scratch.at("etc"), 0) == 0)
        #expect(chmod(scratch.at("usr/bin/tool"), 0) == 0)
        defer { chmod(scratch.at("etc"), 0o755) }
        let outcomes = try Unprivileged.run {
            let database = try DpkgDatabase(root: madeUp.root)
            return try check(database, database.packages)
        }
        let verify = try Unprivileged.command(Self.dpkg, ["--root=\(madeUp.root)", "--verify"])
        #expect(lines(outcomes) == verify.lines.map { String(printablePath: $0) }.sorted())
        let unreadable = outcomes.flatMap(\.unreadable)
        let tool = try #require(unreadable.first { $0.path == "/bin/tool" })
        #expect(tool.verify == "?????????" && tool.reason == "Permission denied")
        let conffile = try #require(unreadable.first { $0.path == "/etc/good" })
        #expect(conffile.verify == "missing" && conffile.reason == "Permission denied")
        #expect(unreadable.count == 8)
    }

    @Test("A check that is no longer wanted stops")
    func cancelled() throws {
        let madeUp = try MadeUpDatabase()
        let database = try DpkgDatabase(root: madeUp.root)
        let alpha = try #require(database.package(named: "alpha"))
        var asked = 0
        #expect(throws: CancellationError.self) {
            try PackageCheck(database: database, package: alpha).run(
                isCancelled: {
                    asked += 1
                    return asked > 3
                },
                progress: { _, _ in }
            )
        }
        #expect(asked == 4)
    }

    @Test("A damaged list of digests is a problem to report, not a clean package")
    func damaged() throws {
        let madeUp = try MadeUpDatabase()
        try madeUp.scratch.write(
            "0123  usr/share/diverted\n",
            to: "var/lib/dpkg/info/gamma.md5sums"
        )
        let database = try DpkgDatabase(root: madeUp.root)
        let gamma = try #require(database.package(named: "gamma"))
        let problems = try check(database, [gamma])[0].problems
        #expect(problems.count == 1)
        #expect(
            problems[0].hasSuffix(
                "gamma.md5sums:1: expected 32 hexadecimal digits, two spaces and a path"
            )
        )
    }
}
