import Glibc
import SwarmModel
import SwarmRuntime
import Testing

@Suite("A worker's token")
struct WorkerTokenTests {
    private let worker = WorkerID(agent: "pricing", replica: 2)

    @Test("It is 64 hexadecimal digits, and no two are the same")
    func random() {
        let tokens = (0..<100).map { _ in WorkerToken.generate() }
        #expect(Set(tokens).count == 100)
        for token in tokens {
            #expect(token.text.utf8.count == 64)
            #expect(token.text.allSatisfy { "0123456789abcdef".contains($0) })
        }
    }

    @Test("It is written for this user only, and reads back")
    func file() throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let token = WorkerToken.generate()
        let path = try token.write(for: worker, in: folder.path)
        #expect(path == "\(folder.path)/pricing-2.token")
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(WorkerToken(readFrom: path) == token)

        let next = WorkerToken.generate()
        #expect(try next.write(for: worker, in: folder.path) == path)
        #expect(WorkerToken(readFrom: path) == next)
        WorkerToken.remove(for: worker, in: folder.path)
        #expect(WorkerToken(readFrom: path) == nil)
    }

    @Test("A file others may read, a link, or anything but a token is refused")
    func refused() throws {
        let folder = TemporaryFolder()
        defer { folder.remove() }
        let token = WorkerToken.generate()
        let open = folder.file("open", token.text, mode: 0o644)
        #expect(WorkerToken(readFrom: open) == nil)
        let path = try token.write(for: worker, in: folder.path)
        symlink(path, "\(folder.path)/link")
        #expect(WorkerToken(readFrom: "\(folder.path)/link") == nil)
        let short = folder.file("short", "abc", mode: 0o600)
        #expect(WorkerToken(readFrom: short) == nil)
    }

    @Test("Only the very token matches")
    func matches() {
        let token = WorkerToken.generate()
        #expect(token.matches(token.text.utf8))
        #expect(!token.matches(token.text.utf8.dropLast()))
        #expect(!token.matches((token.text + "0").utf8))
        #expect(!token.matches("".utf8))
        #expect(!token.matches(WorkerToken.generate().text.utf8))
    }

    @Test("A folder that cannot be written is a clear error")
    func unwritable() {
        #expect {
            try WorkerToken.generate().write(for: worker, in: "/proc/nowhere")
        } throws: { ($0 as? LaunchError)?.message.contains("/proc/nowhere") == true }
    }
}
