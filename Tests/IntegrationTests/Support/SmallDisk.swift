import Glibc

/// A disk of a few mebibytes in memory, to be filled or made read-only; only root can have one.
struct SmallDisk {
    /// Where it is mounted.
    let path: String

    /// Whether this process may mount anything.
    static let isAllowed: Bool = {
        guard geteuid() == 0 else { return false }
        var template = Array("/tmp/swarm-disk-XXXXXX\0".utf8CString)
        guard mkdtemp(&template) != nil else { return false }
        defer { rmdir(template) }
        guard mount("tmpfs", template, "tmpfs", 0, "size=64k") == 0 else { return false }
        return umount2(template, Int32(MNT_DETACH)) == 0
    }()

    /// Mounts one on a folder, which is made.
    init(at path: String, mebibytes: Int) throws {
        self.path = path
        guard mkdir(path, 0o700) == 0,
            mount("tmpfs", path, "tmpfs", 0, "mode=700,size=\(mebibytes)m") == 0
        else { throw SystemError("mount a disk on \(path)") }
    }

    /// Takes all space that is left.
    func fill() throws {
        let file = open(ballast, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemError("make \(ballast)") }
        defer { close(file) }
        let block = [UInt8](repeating: 0, count: 4096)
        while write(file, block, block.count) > 0 {}
        guard errno == ENOSPC else { throw SystemError("fill \(path)") }
    }

    /// Gives back what ``fill()`` took.
    func free() { unlink(ballast) }

    /// Lets nothing be written any more.
    func makeReadOnly() throws {
        guard mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0
        else { throw SystemError("make \(path) read-only") }
    }

    /// Takes it away.
    func remove() { umount2(path, Int32(MNT_DETACH)) }

    private var ballast: String { "\(path)/ballast" }
}
