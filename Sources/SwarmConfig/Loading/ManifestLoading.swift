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
        var shape = ShapeChecker(source, as: .agent)
        clean = shape.check() ?? .object([:])
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

    /// The positions of the capabilities with an error in them.
    fileprivate var brokenCapabilities: Set<Int> {
        var positions: Set<Int> = []
        for diagnostic in diagnostics where diagnostic.severity == .error {
            if case .index(let position)? = diagnostic.path.components.dropFirst().first,
                diagnostic.path.components.first == "capabilities"
            {
                positions.insert(position)
            }
        }
        return positions
    }

    /// The program and its arguments, when the manifest names them.
    var exec: [String]? { clean["exec"].map { _ in clean.strings("exec") } }
}

extension CapabilityIndex {
    /// Adds what a manifest offers, broken contracts by name only, so that one mistake is not
    /// reported again by whoever calls the capability; `allow` are the capabilities the topology
    /// allows, nil allows all.
    mutating func add(_ manifest: ManifestLoading, agent: String, allow: [String]?) {
        let broken = manifest.brokenCapabilities
        for (position, capability) in (manifest.source.value["capabilities"]?.arrayValue ?? [])
            .enumerated()
        {
            guard let name = capability["function"]?["name"]?.stringValue,
                allow?.contains(name) ?? true
            else { continue }
            let contract =
                broken.contains(position) ? nil : try? CapabilityContract(json: capability)
            offers.append(Offer(agent: agent, name: name, contract: contract))
        }
    }
}
