import Foundation

/// A root directory with a dpkg database and files that differ from it in every way we know.
///
/// The same directory is given to our check and to `dpkg --verify`, which says what is right.
struct MadeUpDatabase: Sendable {
    let scratch: Scratch
    var root: String { scratch.path }

    init() throws {
        scratch = try Scratch()
        let zero = String(repeating: "0", count: 32)
        let empty = "d41d8cd98f00b204e9800998ecf8427e"
        // printf data | md5sum, printf z | md5sum
        let data = "8d777f385d3dfec8815d20f7496026dc"
        let letter = "fbade9e36a3f36d3d676c1b808451dd7"
        try scratch.write(
            """
            Package: alpha
            Status: install ok installed
            Priority: optional
            Section: misc
            Installed-Size: 10
            Maintainer: Nobody <nobody@example.org>
            Architecture: amd64
            Multi-Arch: same
            Version: 1.0
            Conffiles:
             /etc/good \(empty)
             /etc/changed \(empty)
             /etc/gone \(empty)
             /etc/new newconffile
             /etc/old \(zero) obsolete
             /etc/oldgone \(zero) obsolete
            Description: first

            Package: beta
            Status: deinstall ok config-files
            Priority: optional
            Maintainer: Nobody <nobody@example.org>
            Architecture: all
            Version: 2:1.0-1
            Config-Version: 2:1.0-1
            Conffiles:
             /etc/beta \(zero)
            Description: left its configuration behind

            Package: gamma
            Status: install ok installed
            Priority: optional
            Maintainer: Nobody <nobody@example.org>
            Architecture: all
            Version: 3
            Description: diverts a file of alpha
             and says so in
             several lines

            Package: delta
            Status: install ok installed
            Priority: optional
            Maintainer: Nobody <nobody@example.org>
            Architecture: all
            Version: 4
            Description: has neither list nor digests

            Package: epsilon
            Status: purge ok not-installed
            Priority: optional
            Architecture: all

            """,
            to: "var/lib/dpkg/status"
        )
        try scratch.write("", to: "var/lib/dpkg/available")
        try scratch.write("", to: "var/lib/dpkg/statoverride")
        try scratch.write("1\n", to: "var/lib/dpkg/info/format")
        try FileManager.default.createDirectory(
            atPath: scratch.at("var/lib/dpkg/updates"),
            withIntermediateDirectories: true
        )
        try scratch.write(
            "/usr/share/diverted\n/usr/share/diverted.distrib\ngamma\n",
            to: "var/lib/dpkg/diversions"
        )
        try scratch.write(
            """
            /.
            /etc
            /etc/good
            /etc/changed
            /etc/gone
            /etc/new
            /etc/old
            /etc/oldgone
            /bin/tool
            /usr/bin/link
            /usr/bin/nolink
            /usr/share/linked
            /usr/share/linkedother
            /usr/share/dangling
            /usr/share/back\\slash
            /usr/share/spaced name
            /usr/share/\u{202E}bidi
            /usr/share/diverted
            /usr/share/file/below
            /usr/share/nothing/
            /usr/share/late

            """,
            to: "var/lib/dpkg/info/alpha:amd64.list"
        )
        try scratch.write(
            """
            \(data)  bin/tool
            \(data)  usr/share/linked
            \(data)  usr/share/linkedother
            \(data)  usr/share/dangling
            \(letter)  usr/share/back\\slash
            \(zero)  usr/share/spaced name
            \(zero)  usr/share/\u{202E}bidi
            \(zero)  usr/share/diverted
            \(letter)  usr/share/file/below
            \(letter)  ./usr/share/late

            """,
            to: "var/lib/dpkg/info/alpha:amd64.md5sums"
        )
        try scratch.write("/.\n/etc\n/etc/beta\n", to: "var/lib/dpkg/info/beta.list")
        try scratch.write(
            Array("/.\n/usr/share/diverted\n/usr/share/odd".utf8) + [0xFF, 0x0A],
            to: "var/lib/dpkg/info/gamma.list"
        )
        try scratch.write(
            Array("\(letter)  usr/share/diverted\n\(zero)  usr/share/odd".utf8) + [0xFF, 0x0A],
            to: "var/lib/dpkg/info/gamma.md5sums"
        )

        try scratch.write("", to: "etc/good")
        try scratch.write("edited", to: "etc/changed")
        try scratch.write("", to: "etc/new")
        try scratch.write("obsolete", to: "etc/old")
        try scratch.write("data", to: "usr/bin/tool")
        try scratch.write("data", to: "usr/share/real")
        try scratch.write("other", to: "usr/share/other")
        try scratch.write("z", to: "usr/share/back\\slash")
        try scratch.write("z", to: "usr/share/spaced name")
        try scratch.write("z", to: "usr/share/\u{202E}bidi")
        try scratch.write("not looked at", to: "usr/share/diverted.distrib")
        try scratch.write("z", to: "usr/share/diverted")
        try scratch.write("a file where a directory should be", to: "usr/share/file")
        try scratch.write("z", to: "usr/share/late")
        try link("usr/bin", at: "bin")
        try link("tool", at: "usr/bin/link")
        try link("real", at: "usr/share/linked")
        try link("other", at: "usr/share/linkedother")
        try link("nowhere", at: "usr/share/dangling")
        let odd = Array(scratch.at("usr/share/odd").utf8) + [0xFF, 0]
        let descriptor = odd.map { CChar(bitPattern: $0) }.withUnsafeBufferPointer { path in
            path.baseAddress.map { open($0, O_CREAT | O_WRONLY, 0o644) } ?? -1
        }
        close(descriptor)
    }

    private func link(_ target: String, at name: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: scratch.at(name),
            withDestinationPath: target
        )
    }
}
