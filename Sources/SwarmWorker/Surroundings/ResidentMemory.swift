import Glibc

/// The memory this process keeps resident.
enum ResidentMemory {
    /// Bytes, as the kernel counts them; nil where `/proc` is not mounted.
    static func bytes() -> Int64? {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer in
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            let fields = buffer.prefix(max(count, 0)).split(separator: 0x20)
            guard fields.count > 1,
                let pages = Int64(String(decoding: fields[1], as: UTF8.self))
            else { return nil }
            return pages * Int64(sysconf(CInt(_SC_PAGESIZE)))
        }
    }
}
