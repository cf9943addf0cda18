import Glibc
import SwarmModel

/// The names of the log's files.
///
/// The file that is written to is `coordinator.jsonl`. When it is full it gets the next number,
/// once and for all: `coordinator.7.jsonl`. One rename is all that happens, so whoever reads along
/// always finds the file that follows the one just read; shifting `.1` to `.2` would leave moments
/// in which it does not.
enum LogFiles {
    /// The file that is written to.
    static func current(in directory: String) -> String { "\(directory)/coordinator.jsonl" }

    /// A full file.
    static func full(_ number: Int, in directory: String) -> String {
        "\(directory)/coordinator.\(number).jsonl"
    }

    /// The numbers of the full files, in order; the file that is written to will get the next.
    static func numbers(in directory: String) -> [Int] {
        guard let entries = opendir(directory) else { return [] }
        defer { closedir(entries) }
        var numbers: [Int] = []
        while let entry = readdir(entries) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            if parts.count == 3, parts[0] == "coordinator", parts[2] == "jsonl",
                let number = Int(parts[1]), number > 0
            {
                numbers.append(number)
            }
        }
        return numbers.sorted()
    }

    /// The number of the first file that may hold lines of `since` or later.
    static func first(in directory: String, since: Instant?) -> Int {
        let numbers = numbers(in: directory)
        let recent = numbers.first { number in
            var status = stat()
            guard let since, stat(full(number, in: directory), &status) == 0 else { return true }
            // A file is written to for the last time some time after its last line's moment.
            return Int64(status.st_mtim.tv_sec + 1) * 1_000_000 >= since.microseconds
        }
        return recent ?? (numbers.last ?? 0) + 1
    }
}
