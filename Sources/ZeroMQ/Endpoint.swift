import Glibc

/// Where a socket binds or connects, checked before libzmq sees it.
public enum Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// A unix domain socket at this path.
    case ipc(path: String)
    /// TCP on a loopback address; the port is nil for "any free one".
    case tcp(host: String, port: UInt16?)
    /// Inside one process and one context.
    case inproc(name: String)

    /// The longest path a unix domain socket can have, in bytes.
    public static let maximumPathLength = 107

    /// Reads `ipc://PATH`, `tcp://HOST:PORT` or `inproc://NAME`.
    ///
    /// - Throws: ``ZeroMQError`` for anything else, for paths over 107 bytes, for abstract ipc
    ///   names (no file mode protects them) and for addresses that are not loopback.
    public init(_ text: String) throws(ZeroMQError) {
        if let path = text.dropping(prefix: "ipc://") {
            try Self.check(path: path, of: text)
            self = .ipc(path: path)
        } else if let address = text.dropping(prefix: "tcp://") {
            self = try Self.tcp(address, of: text)
        } else if let name = text.dropping(prefix: "inproc://"), !name.isEmpty {
            self = .inproc(name: name)
        } else {
            throw Self.malformed(text, "is not an endpoint")
        }
    }

    /// The endpoint as libzmq and peers write it.
    public var description: String {
        switch self {
        case .ipc(let path): "ipc://\(path)"
        case .tcp(let host, let port): "tcp://\(host):\(port.map(String.init) ?? "*")"
        case .inproc(let name): "inproc://\(name)"
        }
    }

    private static func check(path: String, of text: String) throws(ZeroMQError) {
        guard !path.isEmpty, path != "*", !path.utf8.contains(0) else {
            throw malformed(text, "names no file")
        }
        guard !path.hasPrefix("@") else {
            throw ZeroMQError(
                .endpointRefused,
                operation: "check endpoint",
                endpoint: text,
                message: "abstract socket names are not protected by file modes",
                hint: "give the path of a file in a directory only you can enter"
            )
        }
        guard path.utf8.count <= maximumPathLength else {
            throw ZeroMQError(
                .pathTooLong,
                operation: "check endpoint",
                endpoint: text,
                message: "the path has \(path.utf8.count) bytes, a unix socket takes at most "
                    + "\(maximumPathLength)",
                hint: "use a shorter state directory, for example under $XDG_RUNTIME_DIR"
            )
        }
    }

    private static func tcp(_ address: String, of text: String) throws(ZeroMQError) -> Endpoint {
        guard let colon = address.lastIndex(of: ":") else {
            throw malformed(text, "has no port")
        }
        let host = String(address[..<colon])
        let portText = address[address.index(after: colon)...]
        let port = UInt16(portText)
        guard port != nil || portText == "*" else {
            throw malformed(text, "has port \"\(portText)\", which is not 0 to 65535 or *")
        }
        guard isLoopback(host) else {
            throw ZeroMQError(
                .endpointRefused,
                operation: "check endpoint",
                endpoint: text,
                message: "\(host.isEmpty ? "an empty host" : host) is not a loopback address; "
                    + "anything else needs CURVE, which is not available yet",
                hint: "use tcp://127.0.0.1:PORT, or ipc:// on this machine"
            )
        }
        return .tcp(host: host, port: port == 0 ? nil : port)
    }

    /// Whether the host is `localhost`, `[::1]` or a dotted quad of 127.0.0.0/8.
    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "[::1]" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                part.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8(part) != nil
            }
    }

    private static func malformed(_ text: String, _ what: String) -> ZeroMQError {
        ZeroMQError(
            .malformedEndpoint,
            operation: "check endpoint",
            endpoint: text,
            message: "\"\(text)\" \(what)",
            hint: "write ipc://PATH or tcp://127.0.0.1:PORT"
        )
    }
}

extension String {
    /// What follows the prefix; nil when the text does not start with it.
    fileprivate func dropping(prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
