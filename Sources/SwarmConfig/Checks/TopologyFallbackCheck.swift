import SwarmModel

/// Checks what the topology's `failure` says about capabilities, once all manifests are read.
struct TopologyFallbackCheck: FileCheck {
    let source: SourceFile
    let index: CapabilityIndex
    var diagnostics: [Diagnostic] = []

    init(_ source: SourceFile, index: CapabilityIndex) {
        self.source = source
        self.index = index
    }

    /// What is wrong with it.
    consuming func check() -> [Diagnostic] {
        checkFallback(
            source.value["failure"]?["on_failure"]?["fallback"],
            at: ["failure", "on_failure", "fallback"],
            index: index
        )
        return diagnostics
    }
}
