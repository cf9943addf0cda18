import Glibc

/// A directory of its own for one test, with a short path; removed with everything in it.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/worker-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw CannotPrepare(what: "a temporary directory")
        }
        path = String(cString: made)
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    deinit { remove(path) }

    private func remove(_ directory: String) {
        guard let stream = opendir(directory) else { return }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name != "." && name != ".." else { continue }
            let child = "\(directory)/\(name)"
            var status = stat()
            lstat(child, &status)
            if status.st_mode & S_IFMT == S_IFDIR { remove(child) } else { unlink(child) }
        }
        closedir(stream)
        rmdir(directory)
    }
}
