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
        var shape = ShapeChecker(source, as: .workflow)
        let clean = shape.check() ?? .object([:])
        var check = WorkflowCheck(
            source,
            workflow: clean,
            isReadable: !shape.diagnostics.hasErrors,
            index: index
        )
        check.check()
        var diagnostics = shape.diagnostics + check.diagnostics
        var workflow: Workflow?
        if !diagnostics.hasErrors {
            do throws(WorkflowError) {
                let read = try Workflow(json: source.value)
                let before = check.diagnostics.count
                check.checkSafety(of: read)
                diagnostics += check.diagnostics[before...]
                workflow = read
            } catch {
                diagnostics.append(
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
        }
        return LoadedWorkflow(
            path: source.displayPath,
            workflow: diagnostics.hasErrors ? nil : workflow,
            diagnostics: diagnostics.inFileOrder()
        )
    }

    /// Refuses a workflow whose name another file has taken: `swarm run` could not tell them apart.
    static func refuse(_ result: inout LoadedWorkflow, file: FilePath, same other: String) {
        guard case .success(let source) = SourceFile.read(file), let workflow = result.workflow
        else { return }
        result.workflow = nil
        result.diagnostics.append(
            Diagnostic(
                .error,
                .duplicateName,
                file: result.path,
                position: source.position(of: ["name"]),
                path: ["name"],
                message: "a second workflow is named \"\(workflow.name)\"",
                hint: "the first is in \(other)"
            )
        )
    }
}

extension [Diagnostic] {
    /// The same diagnostics file by file, in the order the files were first mentioned, each from
    /// top to bottom; what has no place in its file comes first.
    func inFileOrder() -> [Diagnostic] {
        var ranks: [String: Int] = [:]
        for diagnostic in self where ranks[diagnostic.file] == nil {
            ranks[diagnostic.file] = ranks.count
        }
        return enumerated()
            .map { (ranks[$1.file] ?? 0, $1.position?.offset ?? -1, $0, $1) }
            .sorted { ($0.0, $0.1, $0.2) < ($1.0, $1.1, $1.2) }
            .map(\.3)
    }
}
