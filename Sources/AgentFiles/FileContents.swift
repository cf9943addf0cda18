import Glibc

extension [UInt8] {
    /// The whole content of a file.
    ///
    /// - Throws: `FileError` when it cannot be opened or read to its end.
    public init(contentsOfFile path: String) throws(FileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("open", path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("read", path, code: errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            throw FileError("read", path, code: EISDIR)
        }
        var content: [UInt8] = []
        var room = Swift.max(Int(status.st_size) + 1, 4096)
        while true {
            var failure: Int32 = 0
            let start = content.count
            let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                let got = repeatingInterrupted { read(descriptor, buffer.baseAddress, room) }
                failure = got < 0 ? errno : 0
                count = Swift.max(got, 0)
            }
            guard failure == 0 else { throw FileError("read", path, code: failure) }
            guard !chunk.isEmpty else { break }
            if start == 0 { content = chunk } else { content.append(contentsOf: chunk) }
            room = 1 << 16
        }
        self = content
    }

    /// Writes these bytes as the file's whole content, so that a reader sees the old or the new.
    ///
    /// They go to a temporary file in the same directory, which is synced and renamed over `path`;
    /// on failure the temporary file is removed and `path` stays as it was.
    ///
    /// - Throws: `FileError` naming the step that failed.
    public func writeAtomically(to path: String) throws(FileError) {
        var template = Array<CChar>("\(path).XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw FileError("write", path, code: errno) }
        var failure: Int32 = 0
        withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count, failure == 0 {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                let put = repeatingInterrupted { write(descriptor, rest.baseAddress, rest.count) }
                if put < 0 { failure = errno } else { written += put }
            }
        }
        if failure == 0, fchmod(descriptor, 0o644) != 0 { failure = errno }
        if failure == 0, fsync(descriptor) != 0 { failure = errno }
        if close(descriptor) != 0, failure == 0 { failure = errno }
        if failure == 0, rename(template, path) != 0 { failure = errno }
        guard failure == 0 else {
            unlink(template)
            throw FileError("write", path, code: failure)
        }
    }
}

/// Calls again for as long as a signal interrupted the call.
func repeatingInterrupted(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
