import CZeroMQ
import Glibc

/// The file side of an ipc endpoint: its directory, its modes, and whose it is.
///
/// libzmq's own bind deletes whatever has the path, so that a second coordinator would steal the
/// endpoint in silence, and leaves the file's mode to the umask. Here the socket is made by us,
/// private from its first moment, and handed over listening.
public struct IPCEndpoint: Hashable, Sendable {
    /// The path of the unix socket.
    public let path: String

    /// Names the endpoint and checks the path at once, long before anything is started.
    ///
    /// - Throws: ``ZeroMQError`` when the path is over 107 bytes, empty or abstract.
    public init(path: String) throws(ZeroMQError) {
        _ = try Endpoint("ipc://\(path)")
        self.path = path
    }

    /// The endpoint as peers write it.
    public var endpoint: Endpoint { .ipc(path: path) }

    private var directory: String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes a directory that only its owner can enter, or narrows one that is ours already.
    ///
    /// Only the last component is made; its parent must exist.
    ///
    /// - Throws: ``ZeroMQError`` when the path is something else or belongs to another user.
    public static func prepareDirectory(_ directory: String) throws(ZeroMQError) {
        if unsafe mkdir(directory, 0o700) != 0 && Glibc.errno != EEXIST {
            throw .last("mkdir", endpoint: directory)
        }
        var status = stat()
        guard unsafe stat(directory, &status) == 0 else {
            throw .last("stat", endpoint: directory)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw ZeroMQError(
                .unsafeDirectory,
                operation: "prepare directory",
                endpoint: directory,
                message: "is not a directory",
                hint: "remove it or choose another directory"
            )
        }
        guard status.st_uid == geteuid() else {
            throw ZeroMQError(
                .unsafeDirectory,
                operation: "prepare directory",
                endpoint: directory,
                message: "belongs to user \(status.st_uid), not to us (\(geteuid()))",
                hint: "choose a directory of your own"
            )
        }
        if status.st_mode & 0o077 != 0, unsafe chmod(directory, 0o700) != 0 {
            throw .last("chmod", endpoint: directory)
        }
    }

    /// Serves the endpoint with this socket; the file has mode 0600.
    ///
    /// A file left by a dead process is replaced. Hold a ``LockFile`` of the same directory, so
    /// that two starting at once cannot both find it dead.
    ///
    /// - Throws: ``ZeroMQError`` with code `endpointInUse` when a live process serves it, or the
    ///   path is taken by something that is not a socket.
    public func bind(_ socket: Socket, backlog: Int = 256) throws(ZeroMQError) {
        try Self.prepareDirectory(directory)
        try removeStale()
        let descriptor = try listen(backlog: backlog)
        do throws(ZeroMQError) {
            try socket.bind(descriptor: descriptor, path: path)
        } catch {
            Glibc.close(descriptor)
            remove()
            throw error
        }
    }

    /// Deletes the socket file, which libzmq leaves when the socket closes.
    ///
    /// Harmless when it is gone.
    public func remove() {
        _ = unsafe unlink(path)
    }

    private func listen(backlog: Int) throws(ZeroMQError) -> CInt {
        let descriptor = try Self.unixSocket(path)
        // Linux takes the new file's mode from the socket's inode, less the umask: set before
        // bind, there is no moment in which others could connect.
        guard fchmod(descriptor, 0o600) == 0,
            unsafe withAddress({ unsafe Glibc.bind(descriptor, $0, $1) }) == 0,
            unsafe chmod(path, 0o600) == 0,
            Glibc.listen(descriptor, CInt(clamping: backlog)) == 0
        else {
            let error = ZeroMQError.last("bind", endpoint: path)
            Glibc.close(descriptor)
            throw error
        }
        return descriptor
    }

    private func removeStale() throws(ZeroMQError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw ZeroMQError(
                .endpointInUse,
                operation: "bind",
                endpoint: path,
                message: "is in the way and not a socket",
                hint: "move it or choose another path"
            )
        }
        let probe = try Self.unixSocket(path)
        defer { Glibc.close(probe) }
        let result = unsafe withAddress { unsafe Glibc.connect(probe, $0, $1) }
        let number = Glibc.errno
        guard result != 0 && (number == ECONNREFUSED || number == ENOENT) else {
            throw ZeroMQError(
                .endpointInUse,
                operation: "bind",
                endpoint: path,
                message: "another process serves this endpoint",
                hint: "stop it first, or choose another state directory"
            )
        }
        remove()
    }

    private static func unixSocket(_ path: String) throws(ZeroMQError) -> CInt {
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw .last("socket", endpoint: path) }
        return descriptor
    }

    private func withAddress(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: path.utf8)
        }
        return unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
