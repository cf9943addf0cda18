import AgentFiles
import Glibc

/// Which machine, or which root directory, a database describes.
struct Machine: Codable, Sendable, Equatable {
    /// The machine's name; with another root directory, that directory.
    var host: String
    /// The system's own name for itself, such as `Debian GNU/Linux 12 (bookworm)`.
    var system: String

    /// The machine whose `/` is `root`; empty for this one.
    init(root: String) {
        host = root.isEmpty ? Self.hostName : root
        system = Self.systemName(root: root) ?? "unknown system"
    }

    private static var hostName: String {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown host" }
        return withUnsafeBytes(of: &name.nodename) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// `PRETTY_NAME` of os-release, without its quotes.
    private static func systemName(root: String) -> String? {
        let files = ["\(root)/etc/os-release", "\(root)/usr/lib/os-release"]
        for file in files {
            guard let content = try? [UInt8](contentsOfFile: file) else { continue }
            for line in content.split(separator: UInt8(ascii: "\n")) {
                let text = String(decoding: line, as: UTF8.self)
                guard text.hasPrefix("PRETTY_NAME=") else { continue }
                let value = text.dropFirst("PRETTY_NAME=".count)
                return value.filter { $0 != "\"" && $0 != "'" }
            }
        }
        return nil
    }
}
