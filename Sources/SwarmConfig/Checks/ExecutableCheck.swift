import SwarmModel

/// Checks that the program of an agent is there and may be started.
struct ExecutableCheck {
    let source: SourceFile
    /// Where `exec` stands in the file.
    let path: JSONPath
    let places: ExecutableResolution.Places

    init(_ source: SourceFile, path: JSONPath, places: ExecutableResolution.Places) {
        self.source = source
        self.path = path
        self.places = places
    }

    /// The one obstacle that keeps the program from starting, if there is any.
    func check(_ exec: [String]) -> [Diagnostic] {
        do throws(ExecutableError) {
            _ = try ExecutableResolution(exec: exec, in: places)
            return []
        } catch {
            let place = path.appending(index: error.element)
            return [
                Diagnostic(
                    .error,
                    .missingExecutable,
                    file: source.displayPath,
                    position: source.position(of: place),
                    path: place,
                    message: error.message,
                    hint: error.hint
                )
            ]
        }
    }
}
