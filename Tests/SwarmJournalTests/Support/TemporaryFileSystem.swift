import Foundation

/// A small file system in memory, for tests of full and read-only disks; root only.
final class TemporaryFileSystem {
    let folder: TemporaryFolder

    /// Whether this process may mount one.
    static let isAvailable: Bool = (try? TemporaryFileSystem(size: "64k")) != nil

    init(size: String) throws {
        folder = try TemporaryFolder()
        try mount(["-t", "tmpfs", "-o", "size=\(size)", "tmpfs", folder.path])
    }

    deinit { _ = try? run("/bin/umount", ["-l", folder.path]) }

    /// Changes its options.
    func remount(_ options: String) throws {
        try mount(["-o", "remount,\(options)", folder.path])
    }

    private func mount(_ arguments: [String]) throws {
        let (status, output) = try run("/bin/mount", arguments)
        guard status == 0 else { throw MountError(output: output) }
    }
}

private struct MountError: Error {
    let output: String
}
