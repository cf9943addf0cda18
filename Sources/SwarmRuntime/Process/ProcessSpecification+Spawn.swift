import CSwarmSystem
import Glibc

extension ProcessSpecification {
    /// Starts the process with these descriptors as its 0, 1 and 2.
    func spawn(
        input: Int32,
        output: Int32,
        error: Int32
    ) throws(LaunchError) -> swarm_spawn_result {
        var result = swarm_spawn_result()
        var number: Int32 = 0
        let variables = environment.map { "\($0.name)=\($0.value)" }
        CStringArray.with([executable] + arguments) { argumentList in
            CStringArray.with(variables) { variableList in
                executable.withCString { path in
                    let directory = workingDirectory.map { strdup($0) } ?? nil
                    defer { free(directory) }
                    var request = swarm_spawn_request(
                        executable: path,
                        arguments: argumentList,
                        environment: variableList,
                        directory: directory,
                        input: input,
                        output: output,
                        error: error,
                        open_files: limits.openFiles ?? 0,
                        address_space: limits.memory ?? 0
                    )
                    number = swarm_spawn(&request, &result)
                }
            }
        }
        guard number == 0 else {
            throw .spawning(self, stage: result.failed_stage, errno: number)
        }
        return result
    }
}

/// A list of strings as the system wants it: pointers, with a null after the last.
private enum CStringArray {
    static func with(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Void
    ) {
        var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
