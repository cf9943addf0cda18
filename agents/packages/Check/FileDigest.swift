import AgentFiles
import Crypto
import Glibc

/// Computes MD5 digests of files, one after the other, through one buffer.
///
/// MD5 because that is what dpkg records; it tells accidents and edits apart, not forgeries.
struct FileDigest: ~Copyable {
    private let buffer: UnsafeMutableRawBufferPointer

    /// A digest computer with a buffer of 512 KiB.
    init() {
        buffer = .allocate(byteCount: 512 << 10, alignment: 4096)
    }

    deinit {
        buffer.deallocate()
    }

    /// The digest of a regular file's content, as lowercase hexadecimal digits, and its length.
    ///
    /// - Throws: `FileError` when it cannot be opened or read to its end; `EISDIR` and the like
    ///   when it is not a regular file.
    func md5(ofFile path: [CChar], named name: String) throws(FileError) -> (
        digest: [UInt8], bytes: Int
    ) {
        // Without O_NONBLOCK a named pipe in place of a file would block the check for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw FileError("open", name, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("read", name, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            let isDirectory = status.st_mode & S_IFMT == S_IFDIR
            throw FileError("read", name, code: isDirectory ? EISDIR : EINVAL)
        }
        var hash = Insecure.MD5()
        var bytes = 0
        while true {
            let got = read(descriptor, buffer.baseAddress, buffer.count)
            if got < 0 {
                guard errno != EINTR else { continue }
                throw FileError("read", name, code: errno)
            }
            if got == 0 { break }
            hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<got]))
            bytes += got
            // A short read at the size the file has is its end; asking again would only cost.
            if got < buffer.count, bytes == Int(status.st_size) { break }
        }
        return (hexadecimal(hash.finalize()), bytes)
    }
}

private func hexadecimal(_ digest: some Sequence<UInt8>) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 0xF)]] }
}
