import Foundation

/// Runs a program of this machine and reads what it prints.
struct Command {
    var output: [UInt8]
    var status: Int32

    init(_ program: String, _ arguments: [String], input: [UInt8]? = nil) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["LC_ALL"] = "C"
        process.environment = environment
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        output = [UInt8](pipe.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        status = process.terminationStatus
    }

    /// What was printed, line by line, as bytes.
    var lines: [[UInt8]] { output.split(separator: UInt8(ascii: "\n")).map { Array($0) } }

    static func exists(_ program: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: program)
    }
}
