/// What a step of a workflow means for undoing a run, as the contract of its capability implies.
///
/// The terms are those of sagas: compensatable steps come before the pivot, retriable ones after.
public enum StepKind: String, Hashable, Sendable, CaseIterable {
    /// It changes nothing, so there is nothing to undo.
    case readOnly = "read_only"
    /// It may be repeated until it succeeds, and is not undone.
    case retriable
    /// Another capability undoes it.
    case compensatable
    /// It may not be repeated, and its contract says aloud that nothing undoes it.
    case irreversible
    /// It may not be repeated, and its contract does not say how it is undone.
    case undeclared
}

extension CapabilityContract {
    /// What a step that calls the capability means for undoing a run.
    public var stepKind: StepKind {
        if sideEffect.isHarmless { return .readOnly }
        switch compensation {
        case .call: return .compensatable
        case .none: return idempotent ? .retriable : .irreversible
        case .keep: return .retriable
        case .undeclared: return idempotent ? .retriable : .undeclared
        }
    }
}
