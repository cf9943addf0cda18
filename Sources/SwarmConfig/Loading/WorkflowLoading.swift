import SwarmModel

/// Reads and checks one workflow file.
enum WorkflowLoading {
    static func load(_ path: FilePath, index: CapabilityIndex?) -> LoadedWorkflow {
        switch SourceFile.read(path) {
        case .failure(let error):
            return LoadedWorkflow(path: path.display, diagnostics: [error.diagnostic])
        case .success(let source): return load(source, index: index)
        }
    }

    static func load(_ source: SourceFile, index: CapabilityIndex?) -> LoadedWorkflow {
        var shape = ShapeChecker(source)
        let clean = shape.check(against: .workflow) ?? .object([:])
        var check = WorkflowCheck(source, workflow: clean, index: index)
        check.check()
        var result = LoadedWorkflow(
            path: source.displayPath,
            diagnostics: (shape.diagnostics + check.diagnostics).inFileOrder()
        )
        guard !result.diagnostics.hasErrors else { return result }
        do throws(WorkflowError) {
            result.workflow = try Workflow(json: source.value)
        } catch {
            result.diagnostics.append(
                Diagnostic(
                    .error,
                    .invalidValue,
                    file: source.displayPath,
                    position: source.position(of: .root),
                    path: .root,
                    message: "\(error)"
                )
            )
        }
        return result
    }
}

extension [Diagnostic] {
    /// The same diagnostics from the top of their file to the bottom; what has no place comes first.
    func inFileOrder() -> [Diagnostic] {
        enumerated()
            .sorted { left, right in
                (left.element.position?.offset ?? -1, left.offset)
                    < (right.element.position?.offset ?? -1, right.offset)
            }
            .map(\.element)
    }
}
