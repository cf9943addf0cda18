import Glibc

/// A directory that an agent writes into.
public struct Directory: Hashable, Sendable {
    /// Its path, absolute when the directory was made or found by us.
    public let path: String

    /// The directory at this path, with every missing parent made.
    ///
    /// - Throws: `FileError` when one of them cannot be made or is something else.
    public init(creating path: String) throws(FileError) {
        let absolute = path.utf8.first == UInt8(ascii: "/")
        var partial = absolute ? "" : "."
        for component in path.split(separator: "/") where component != "." {
            partial += "/\(component)"
            guard mkdir(partial, 0o755) != 0, errno != EEXIST else { continue }
            throw FileError("create directory", partial, code: errno)
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw FileError("create directory", path, code: errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw FileError("create directory", path, code: ENOTDIR)
        }
        guard let resolved = realpath(path, nil) else {
            throw FileError("create directory", path, code: errno)
        }
        self.path = String(cString: resolved)
        free(resolved)
    }

    /// The directory at this path, which is taken to be there already.
    public init(existing path: String) {
        self.path = path
    }

    /// A new directory inside this one that nobody else uses, named `prefix` and a random tail.
    ///
    /// - Throws: `FileError` when it cannot be made.
    public func makeUnique(prefix: String) throws(FileError) -> Directory {
        var template = Array<CChar>("\(path)/\(prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw FileError("create directory", "\(path)/\(prefix)", code: errno)
        }
        let bytes = template.dropLast().map { UInt8(bitPattern: $0) }
        return try Directory(creating: String(decoding: bytes, as: UTF8.self))
    }

    /// The path of a file in this directory.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Names of what lies in this directory, in byte order; empty when it cannot be read.
    public var entries: [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes subdirectories named with `prefix` that nobody has changed for this many seconds.
    ///
    /// Only plain files directly inside them are removed; whatever cannot be removed is left.
    public func removeStale(prefix: String, olderThan seconds: Int) {
        let now = time(nil)
        for name in entries where name.hasPrefix(prefix) {
            let stale = "\(path)/\(name)"
            var status = stat()
            guard lstat(stale, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
                now - status.st_mtim.tv_sec > seconds
            else { continue }
            for file in Directory(existing: stale).entries { unlink("\(stale)/\(file)") }
            rmdir(stale)
        }
    }

}
