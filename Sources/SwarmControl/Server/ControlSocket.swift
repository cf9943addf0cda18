import Glibc
public import SwarmModel
import ZeroMQ

/// Where the control API listens: a unix socket that only its owner may use.
///
/// The socket is bound inside a private directory and moved into place by one rename, so there is
/// no moment at which it can be opened by others, nor one at which it is there and nobody listens.
/// The same rename replaces what a killed coordinator left behind.
public struct ControlSocket: Sendable {
    /// Absolute path of the socket.
    public let path: String

    /// The longest path a unix socket may have here, in bytes.
    public static let pathLimit = 107

    /// The name of the socket in a state directory.
    public static let name = "control.sock"

    /// The socket at `path`.
    ///
    /// - Throws: An `ErrorDocument` when the path is longer than the system allows.
    public init(path: String) throws(ErrorDocument) {
        guard path.utf8.count <= Self.pathLimit else {
            throw ErrorDocument(
                .badInput,
                "the control socket \(path) has a path of \(path.utf8.count) bytes; the system "
                    + "allows \(Self.pathLimit)",
                hint: "choose a shorter state directory with --state-dir"
            )
        }
        self.path = path
    }

    /// The socket in a state directory.
    public init(stateDirectory: String) throws(ErrorDocument) {
        try self.init(path: "\(stateDirectory)/\(Self.name)")
    }

    /// Whether a server answers on the socket now.
    public var isServed: Bool {
        let descriptor = socket(
            AF_UNIX,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
            0
        )
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { buffer in
            buffer.copyBytes(from: path.utf8.prefix(buffer.count - 1))
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, size) == 0
            }
        }
    }

    /// A private directory in which the socket is bound before it is published.
    struct Staging: Sendable {
        let directory: String
        let socketPath: String
    }

    /// Makes the private directory, after checking that nobody serves.
    func stage() throws(ErrorDocument) -> Staging {
        guard !isServed else {
            throw ErrorDocument(
                .conflict,
                "a coordinator already answers on \(path)",
                hint: "`swarm ps` shows it, `swarm down` ends it"
            )
        }
        let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        var template = Array("\(parent)/.c-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Self.refusal("cannot make a directory in \(parent)", errno)
        }
        let directory = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
        let socketPath = "\(directory)/s"
        guard socketPath.utf8.count <= Self.pathLimit else {
            rmdir(directory)
            throw ErrorDocument(
                .badInput,
                "the path of the state directory \(parent) is too long for a unix socket",
                hint: "choose a shorter state directory with --state-dir"
            )
        }
        return Staging(directory: directory, socketPath: socketPath)
    }

    /// Moves the bound socket to its path, in place of whatever was there.
    ///
    /// - Returns: Which file is there now.
    func publish(_ staging: Staging) throws(ErrorDocument) -> FileIdentity? {
        guard chmod(staging.socketPath, 0o600) == 0 else {
            throw Self.refusal("cannot restrict \(staging.socketPath)", errno)
        }
        let identity = FileIdentity(path: staging.socketPath)
        guard rename(staging.socketPath, path) == 0 else {
            throw Self.refusal("cannot move the control socket to \(path)", errno)
        }
        rmdir(staging.directory)
        return identity
    }

    /// Removes the socket, unless another has taken its place, and what is left of its staging.
    func withdraw(_ staging: Staging, _ published: FileIdentity?) {
        if let published, FileIdentity(path: path) == published { unlink(path) }
        unlink(staging.socketPath)
        rmdir(staging.directory)
    }

    private static func refusal(_ what: String, _ code: Int32) -> ErrorDocument {
        ErrorDocument(
            code == EACCES || code == EPERM || code == EROFS ? .denied : .internal,
            "\(what): \(String(cString: strerror(code)))",
            hint: "the state directory must be writable by the user who runs the coordinator"
        )
    }
}
