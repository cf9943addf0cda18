import AgentFiles

/// One package of dpkg's status file.
struct DpkgPackage: Sendable {
    /// A configuration file that dpkg keeps for the package, and the digest it had when unpacked.
    struct Conffile: Sendable {
        var path: [UInt8]
        /// Thirty-two hexadecimal digits, or a word such as `newconffile` that no file can match.
        var digest: [UInt8]
    }

    var name: String
    var architecture: String
    var version: String
    /// The last word of the status field: `installed`, `config-files`, `unpacked` and so on.
    var status: String
    /// Whether the package can be installed for several architectures at once.
    var isMultiArchSame: Bool
    /// What the package says it takes up, in KiB; an estimate of how long a check will take.
    var installedKibibytes: Int
    var conffiles: [Conffile]

    /// The name that tells this package from the same one for another architecture.
    var qualifiedName: String { "\(name):\(architecture)" }

    /// The package a paragraph describes, or nil when it says nothing is there any more.
    init?(_ paragraph: ControlParagraph, file: String) throws(DatabaseError) {
        guard let name = paragraph.text("Package"), let status = paragraph.text("Status") else {
            throw DatabaseError(
                file: file,
                line: 0,
                problem: "a package without the fields Package and Status"
            )
        }
        guard let state = status.split(separator: " ").last, state != "not-installed" else {
            return nil
        }
        self.name = name
        self.status = String(state)
        architecture = paragraph.text("Architecture") ?? "all"
        version = paragraph.text("Version") ?? ""
        isMultiArchSame = paragraph.text("Multi-Arch") == "same"
        installedKibibytes = paragraph.text("Installed-Size").flatMap { Int($0) } ?? 0
        conffiles = Self.conffiles(paragraph.bytes("Conffiles") ?? [])
    }

    /// Reads lines of the form ` /etc/name digest [obsolete] [remove-on-upgrade]`.
    private static func conffiles(_ field: ArraySlice<UInt8>) -> [Conffile] {
        field.split(separator: UInt8(ascii: "\n")).compactMap { line in
            var words = line.split(separator: UInt8(ascii: " "))
            while words.count > 2, let flag = words.last, isFlag(flag) { words.removeLast() }
            guard words.count >= 2, let digest = words.popLast() else { return nil }
            let path = words.joined(separator: CollectionOfOne(UInt8(ascii: " ")))
            return Conffile(path: normalizedPath(Array(path)), digest: Array(digest))
        }
    }

    private static func isFlag(_ word: ArraySlice<UInt8>) -> Bool {
        word.elementsEqual("obsolete".utf8) || word.elementsEqual("remove-on-upgrade".utf8)
    }
}

/// A path as dpkg keeps it: one leading slash, no `./` in front of the first name.
func normalizedPath(_ path: [UInt8]) -> [UInt8] {
    let slash = UInt8(ascii: "/")
    var rest = path[...]
    while let first = rest.first {
        if first == slash {
            rest = rest.dropFirst()
        } else if first == UInt8(ascii: "."), rest.dropFirst().first == slash {
            rest = rest.dropFirst(2)
        } else {
            break
        }
    }
    return [slash] + rest
}
