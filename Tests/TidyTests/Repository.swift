import Foundation
import Glibc

/// One tracked text file.
final class SourceFile: Sendable {
    /// From the root of the repository, as in `Sources/SwarmCore/Swarm.swift`.
    let path: String
    let bytes: [UInt8]
    /// The bytes with comments and the insides of strings blanked out, for rules about code.
    let code: [UInt8]
    /// Where each line starts.
    private let starts: [Int]

    init(path: String, text: String) {
        self.path = path
        bytes = Array(text.utf8)
        code = path.hasSuffix(".swift") ? CodeMask.code(of: bytes) : bytes
        starts = [0] + bytes.places(of: "\n").map { $0 + 1 }
    }

    var lineCount: Int { starts.count }

    /// The number, from 1, of the line this byte is in.
    func lineNumber(of place: Int) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= place { low = middle } else { high = middle }
        }
        return low + 1
    }

    /// The bytes of a line, numbered from 1, without its break.
    func line(_ number: Int, codeOnly: Bool = false) -> ArraySlice<UInt8> {
        let end = number < starts.count ? starts[number] - 1 : bytes.count
        return (codeOnly ? code : bytes)[starts[number - 1]..<end]
    }

    func lineText(_ number: Int, codeOnly: Bool = false) -> Substring {
        String(decoding: line(number, codeOnly: codeOnly), as: UTF8.self)[...]
    }

    var lines: [Substring] { (1...lineCount).map { lineText($0) } }

    var codeLines: [Substring] { (1...lineCount).map { lineText($0, codeOnly: true) } }

    func isUnder(_ folders: String...) -> Bool {
        folders.contains { path.hasPrefix($0 + "/") }
    }

    func has(_ suffixes: String...) -> Bool { suffixes.contains { path.hasSuffix($0) } }

    var isShellScript: Bool {
        let first = lineText(1)
        return has(".sh") || (first.hasPrefix("#!") && first.contains("bash"))
    }
}

extension [UInt8] {
    /// Every place where the text stands.
    func places(of text: String) -> [Int] {
        var found: [Int] = []
        withUnsafeBytes { haystack in
            var text = text
            text.withUTF8 { needle in
                guard let base = haystack.baseAddress, let wanted = needle.baseAddress else {
                    return
                }
                var from = 0
                while from + needle.count <= haystack.count,
                    let hit = memchr(base + from, Int32(needle[0]), haystack.count - from)
                {
                    let place = UnsafeRawPointer(hit) - base
                    if place + needle.count <= haystack.count,
                        memcmp(hit, wanted, needle.count) == 0
                    {
                        found.append(place)
                    }
                    from = place + 1
                }
            }
        }
        return found
    }

    /// Every place where the word stands on its own and not as part of a longer one.
    func places(ofWord word: String) -> [Int] {
        let utf8 = Array(word.utf8)
        return places(of: word).filter { place in
            let end = place + utf8.count
            let isCut =
                (place > 0 && Self.isPartOfWord(utf8.first) && Self.isPartOfWord(self[place - 1]))
                || (end < count && Self.isPartOfWord(utf8.last) && Self.isPartOfWord(self[end]))
            return !isCut
        }
    }

    private static func isPartOfWord(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return byte >= 0x80 || byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
            || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }
}

/// The files that git tracks here.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every tracked file that is text, in the order of its path.
    static let files: [SourceFile] = {
        let paths = trackedPaths() ?? allPaths()
        return paths.sorted().compactMap { path in
            let url = root.appendingPathComponent(path)
            guard let data = try? Data(contentsOf: url), !data.contains(0),
                let text = String(validating: data, as: UTF8.self)
            else { return nil }
            return SourceFile(path: path, text: text)
        }
    }()

    private static func trackedPaths() -> [String]? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", root.path, "ls-files", "-z"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        let listing = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0, !listing.isEmpty else { return nil }
        return listing.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Without git, as in an unpacked archive: everything but hidden and built files.
    private static func allPaths() -> [String] {
        let everything = FileManager.default.enumerator(atPath: root.path)?.allObjects ?? []
        return everything.compactMap { $0 as? String }.filter { path in
            !path.split(separator: "/").contains { $0.hasPrefix(".") }
        }
    }
}
