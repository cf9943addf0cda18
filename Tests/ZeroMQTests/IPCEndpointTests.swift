import Glibc
import Testing
import ZeroMQ

@Suite("The files of an ipc endpoint", .timeLimit(.minutes(2)))
struct IPCEndpointTests {
    let directory: TemporaryDirectory
    let context: ZeroMQContext

    init() throws {
        directory = try TemporaryDirectory()
        context = try ZeroMQContext()
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test("A bound endpoint is private, and messages pass through the socket we made")
    func bound() throws {
        let state = directory.file("state")
        let endpoint = try IPCEndpoint(path: "\(state)/bus.sock")
        let router = try Socket(.router, context: context)
        try endpoint.bind(router)
        #expect(mode(state) == 0o700)
        #expect(mode(endpoint.path) == 0o600)
        let dealer = try Socket(.dealer, context: context)
        try dealer.connect(endpoint.endpoint)
        _ = try dealer.send([[1], [2]])
        let frames = try router.nextFrames()
        #expect(frames.dropFirst() == [[1], [2]])
        #expect(try router.send([frames[0], [3]]) == .sent)
        #expect(try dealer.nextFrames() == [[3]])
    }

    @Test("A second server cannot steal the endpoint of a live one")
    func stealing() throws {
        let endpoint = try IPCEndpoint(path: directory.file("bus.sock"))
        let first = try Socket(.router, context: context)
        try endpoint.bind(first)
        let second = try Socket(.router, context: context)
        let error = #expect(throws: ZeroMQError.self) { try endpoint.bind(second) }
        #expect(error?.code == .endpointInUse)
        #expect(error?.endpoint == endpoint.path)
        let dealer = try Socket(.dealer, context: context)
        try dealer.connect(endpoint.endpoint)
        _ = try dealer.send([[5]])
        #expect(try first.nextFrames().last == [5])
    }

    @Test("The file a dead server left is replaced")
    func stale() throws {
        let endpoint = try IPCEndpoint(path: directory.file("bus.sock"))
        let dead = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: endpoint.path.utf8) }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(dead, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(status == 0)
        close(dead)
        let router = try Socket(.router, context: context)
        try endpoint.bind(router)
        let dealer = try Socket(.dealer, context: context)
        try dealer.connect(endpoint.endpoint)
        _ = try dealer.send([[6]])
        #expect(try router.nextFrames().last == [6])
        endpoint.remove()
        #expect(mode(endpoint.path) == 0)
    }

    @Test("A file that is no socket is never deleted")
    func foreignFile() throws {
        let endpoint = try IPCEndpoint(path: directory.file("bus.sock"))
        close(open(endpoint.path, O_CREAT | O_WRONLY, 0o600))
        let router = try Socket(.router, context: context)
        let error = #expect(throws: ZeroMQError.self) { try endpoint.bind(router) }
        #expect(error?.code == .endpointInUse)
        #expect(mode(endpoint.path) == 0o600)
    }

    @Test("A directory others could enter is narrowed, one that is none is refused")
    func directories() throws {
        let wide = directory.file("wide")
        mkdir(wide, 0o755)
        chmod(wide, 0o755)
        try IPCEndpoint.prepareDirectory(wide)
        #expect(mode(wide) == 0o700)
        let file = directory.file("file")
        close(open(file, O_CREAT | O_WRONLY, 0o600))
        let error = #expect(throws: ZeroMQError.self) { try IPCEndpoint.prepareDirectory(file) }
        #expect(error?.code == .unsafeDirectory)
        let missing = #expect(throws: ZeroMQError.self) {
            try IPCEndpoint.prepareDirectory(directory.file("none/deep"))
        }
        #expect(missing?.errno == ENOENT)
    }

    @Test("A path that is too long is refused before anything is made")
    func tooLong() {
        let path = directory.file(String(repeating: "x", count: 120))
        let error = #expect(throws: ZeroMQError.self) { try IPCEndpoint(path: path) }
        #expect(error?.code == .pathTooLong)
        #expect(error?.hint?.contains("XDG_RUNTIME_DIR") == true)
    }
}
