import AgentFiles
import Glibc

/// Compares what a package left on disk with what dpkg recorded, as `dpkg --verify` does.
///
/// Every path of the package's list must exist; a path with a recorded digest must be a regular
/// file with that content. A diverted file is looked for where the diversion put it, and as dpkg
/// knows no digest for that place, only its existence is checked.
struct PackageCheck {
    /// What a check found.
    struct Outcome: Sendable {
        /// Paths of the package's list.
        var paths = 0
        /// Files read.
        var files = 0
        /// Bytes read.
        var bytes = 0
        var changed: [Finding] = []
        var missing: [Finding] = []
        var unreadable: [Finding] = []
        /// Parts of dpkg's own database that could not be used.
        var problems: [String] = []
    }

    let database: DpkgDatabase
    let package: DpkgPackage

    /// Checks every path.
    ///
    /// - Parameters:
    ///   - isCancelled: asked before each path; the check stops when it says so.
    ///   - progress: told now and then how many paths of how many are done.
    /// - Returns: what was found, findings in the order of the package's list.
    /// - Throws: `CancellationError` when it was told to stop.
    func run(isCancelled: () -> Bool, progress: (Int, Int) -> Void) throws -> Outcome {
        var outcome = Outcome()
        var paths: [[UInt8]] = []
        var digests: [[UInt8]: [UInt8]] = [:]
        do {
            paths = try database.paths(of: package)
            digests = try database.digests(of: package)
        } catch let error as DatabaseError {
            outcome.problems.append(error.description)
        } catch let error as FileError {
            outcome.problems.append(error.description)
        }
        let conffiles = Set(package.conffiles.map(\.path))
        let digest = FileDigest()
        let root = Array(database.root.utf8)
        outcome.paths = paths.count
        for (index, listed) in paths.enumerated() {
            guard !isCancelled() else { throw CancellationError() }
            if index.isMultiple(of: 1000), index > 0 { progress(index, paths.count) }
            let path = database.diversions.location(of: listed, in: package)
            let location = (root + path + [0]).map { CChar(bitPattern: $0) }
            let verdict = verify(
                location,
                recorded: digests[path],
                digest: digest,
                outcome: &outcome
            )
            guard let (kind, verify, reason) = verdict else { continue }
            let finding = Finding(
                path: String(printablePath: path),
                verify: verify,
                conffile: conffiles.contains(path) ? true : nil,
                reason: reason
            )
            switch kind {
            case .changed: outcome.changed.append(finding)
            case .missing: outcome.missing.append(finding)
            case .unreadable: outcome.unreadable.append(finding)
            }
        }
        return outcome
    }

    private typealias Verdict = (kind: Finding.Kind, verify: String, reason: String)

    /// What is wrong with one path, or nil.
    private func verify(
        _ location: [CChar],
        recorded: [UInt8]?,
        digest: borrowing FileDigest,
        outcome: inout Outcome
    ) -> Verdict? {
        var status = stat()
        guard lstat(location, &status) == 0 else {
            let error = FileError("find", "", code: errno)
            return (error.isNotFound ? .missing : .unreadable, "missing", error.reason)
        }
        guard let recorded else { return nil }
        let type = status.st_mode & S_IFMT
        // What a symbolic link leads to is compared too, but a link it stays: mode is wrong.
        guard type == S_IFREG || type == S_IFLNK else {
            return (.changed, "?M???????", "is \(name(of: type)), not a regular file")
        }
        do {
            let (actual, bytes) = try digest.md5(ofFile: location, named: "")
            outcome.files += 1
            outcome.bytes += bytes
            let isSame = actual == recorded
            if type == S_IFLNK {
                let reason =
                    isSame
                    ? "is a symbolic link to the same content"
                    : "is a symbolic link to other content"
                return (.changed, isSame ? "?M.??????" : "?M5??????", reason)
            }
            return isSame ? nil : (.changed, "??5??????", "content differs")
        } catch {
            if type == S_IFLNK {
                return (.changed, "?M???????", "is a symbolic link (\(error.reason))")
            }
            return (.unreadable, "?????????", error.reason)
        }
    }

    private func name(of type: mode_t) -> String {
        switch type {
        case S_IFDIR: "a directory"
        case S_IFIFO: "a named pipe"
        case S_IFSOCK: "a socket"
        case S_IFBLK, S_IFCHR: "a device"
        default: "something else"
        }
    }
}
