import Glibc
import SwarmModel

/// A file named on the command line, or standard input.
struct InputFile {
    /// The path; nil for standard input.
    let path: String?

    /// Takes the argument; `-` is standard input.
    init(_ argument: String) { path = argument == "-" ? nil : argument }

    /// What a message calls it.
    var name: String { path ?? "standard input" }

    /// Reads all of it, from a file as well as from a pipe.
    ///
    /// - Parameter limit: The most bytes to read; a larger file is an error.
    /// - Returns: The bytes.
    /// - Throws: `ErrorDocument` when it cannot be read or is too large.
    func read(limit: Int = 64 << 20) throws(ErrorDocument) -> [UInt8] {
        let descriptor = path.map { open($0, O_RDONLY | O_CLOEXEC) } ?? STDIN_FILENO
        guard descriptor >= 0 else { throw failure("cannot read \(name)", errno) }
        defer { if path != nil { close(descriptor) } }
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            var error: Int32 = 0
            let before = bytes.count
            let wanted = 1 << 16
            bytes.append(addingCapacity: wanted) { span in
                span.withUnsafeMutableBufferPointer { room, written in
                    let count = Glibc.read(descriptor, room.baseAddress, wanted)
                    if count < 0 { error = errno }
                    written = max(count, 0)
                }
            }
            if error == EINTR { continue }
            guard error == 0 else { throw failure("cannot read \(name)", error) }
            if bytes.count == before { return bytes }
        }
        throw ErrorDocument(.tooLarge, "\(name) has more than \(limit) bytes")
    }

    private func failure(_ message: String, _ error: Int32) -> ErrorDocument {
        ErrorDocument(.badInput, "\(message): \(String(cString: strerror(error)))")
    }
}
