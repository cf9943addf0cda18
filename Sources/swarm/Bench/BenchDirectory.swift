import FoundationEssentials
import Glibc
import SwarmModel

/// A private folder that a benchmark works in and takes away.
struct BenchDirectory {
    let path: String

    /// Makes it below `TMPDIR`, or `/tmp`: the disk that is measured is the one it is on.
    init() throws {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(parent)/swarm-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw ErrorDocument(
                .denied,
                "cannot make a folder in \(parent): \(String(cString: strerror(errno)))",
                hint: "set TMPDIR to a folder that can be written"
            )
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Takes it away with all it holds.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
