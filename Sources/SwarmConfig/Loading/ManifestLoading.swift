import Crypto
import SwarmModel

/// One manifest file: read, its shape checked, and as much of it as can be used.
struct ManifestLoading {
    let source: SourceFile
    /// What is wrong with the manifest on its own.
    private(set) var diagnostics: [Diagnostic]
    /// What is right of the file.
    let clean: JSON
    /// The manifest; nil when it has an error.
    let manifest: AgentManifest?
    /// The SHA-256 of the file.
    let digest: SwarmModel.Digest?

    init(_ source: SourceFile) {
        self.source = source
        digest = SwarmModel.Digest(Array(SHA256.hash(data: source.bytes)))
        var shape = ShapeChecker(source)
        clean = shape.check(against: .manifest) ?? .object([:])
        var check = ManifestCheck(source)
        check.check(clean)
        diagnostics = shape.diagnostics + check.diagnostics
        guard !diagnostics.hasErrors else {
            manifest = nil
            return
        }
        do throws(ConfigurationError) {
            manifest = try AgentManifest(json: clean)
        } catch {
            manifest = nil
            diagnostics.append(
                Diagnostic(
                    .error,
                    .invalidValue,
                    file: source.displayPath,
                    position: source.position(of: error.path),
                    path: error.path,
                    message: error.reason
                )
            )
        }
    }

    /// The agent's own name.
    var name: String? { clean["name"]?.stringValue }

    /// The program and its arguments, when the manifest names them.
    var exec: [String]? { clean["exec"].map { _ in clean.strings("exec") } }
}

extension CapabilityIndex {
    /// Adds what a manifest offers, broken contracts by name only; `allow` are the capabilities the
    /// topology allows, nil allows all.
    mutating func add(_ manifest: ManifestLoading, agent: String, allow: [String]?) {
        for capability in manifest.source.value["capabilities"]?.arrayValue ?? [] {
            guard let name = capability["function"]?["name"]?.stringValue,
                allow?.contains(name) ?? true
            else { continue }
            let contract = manifest.clean["capabilities"]?.arrayValue?.lazy
                .filter { $0["function"]?["name"]?.stringValue == name }
                .compactMap { try? CapabilityContract(json: $0) }.first
            offers.append(Offer(agent: agent, name: name, contract: contract))
        }
    }
}
