public import SwarmModel

/// Who has delegated to whom in one run, and what keeps that from growing without end.
///
/// Subtasks are known by their index in the run. Those of the workflow itself are the roots, at
/// depth 0; only delegated ones are kept.
public struct DelegationTree: Hashable, Sendable {
    struct Node: Hashable {
        let subtask: Int32
        let parent: Int32
        let depth: Int32
    }

    /// By rising index, for delegated subtasks are added at the end of a run's list.
    private var nodes: [Node] = []

    /// A tree in which nobody has delegated yet.
    public init() {}

    /// How many subtasks have been delegated in all.
    public var count: Int { nodes.count }

    /// The delegated subtask at this place in the order they were added.
    subscript(position: Int) -> Node { nodes[position] }

    /// Adds a delegated subtask; its index is larger than that of any before.
    public mutating func add(_ subtask: Int32, under parent: Int32) {
        precondition(nodes.last.map { $0.subtask < subtask } ?? true, "added out of order")
        precondition(parent < subtask, "a subtask cannot come before the one that delegates it")
        nodes.append(
            Node(subtask: subtask, parent: parent, depth: Int32(depth(of: parent) + 1))
        )
    }

    /// The subtask that delegated this one; nil for one of the workflow itself.
    public func parent(of subtask: Int32) -> Int32? {
        position(of: subtask).map { nodes[$0].parent }
    }

    /// How many delegations deep a subtask is; 0 for one of the workflow itself.
    public func depth(of subtask: Int32) -> Int {
        position(of: subtask).map { Int(nodes[$0].depth) } ?? 0
    }

    /// The subtasks this one has delegated itself, in order.
    public func children(of subtask: Int32) -> [Int32] {
        nodes.compactMap { $0.parent == subtask ? $0.subtask : nil }
    }

    /// The subtasks above this one, outermost first, without its own.
    public func ancestors(of subtask: Int32) -> [Int32] {
        var ancestors: [Int32] = []
        var next = parent(of: subtask)
        while let current = next {
            ancestors.append(current)
            next = parent(of: current)
        }
        return ancestors.reversed()
    }

    /// Which rule stands against a further delegation; nil when none does.
    ///
    /// - Parameters:
    ///   - call: What is to be called.
    ///   - parent: Who asks.
    ///   - stack: The calls the new one would be part of, outermost first, the asker's own last.
    ///   - limits: How deep and how far a run may delegate, and what similar means.
    /// - Returns: The first of these rules that is broken: depth, cycle, children, all subtasks.
    public func refusal(
        of call: CanonicalCall,
        by parent: Int32,
        stack: [CanonicalCall],
        limits: RunLimits
    ) -> DelegationRefusal? {
        let chain = stack.map(\.capability) + [call.capability]
        func refuse(_ rule: DelegationRefusal.Rule) -> DelegationRefusal {
            DelegationRefusal(rule: rule, chain: chain)
        }
        if depth(of: parent) >= limits.delegationDepth {
            return refuse(.depth(limit: limits.delegationDepth))
        }
        if let origin = stack.lastIndex(where: {
            call.repeats($0, similarity: limits.loopSimilarity)
        }) {
            return refuse(.cycle(of: stack.count - origin))
        }
        if children(of: parent).count >= limits.children {
            return refuse(.children(limit: limits.children))
        }
        if count >= limits.delegatedSubtasks {
            return refuse(.subtasks(limit: limits.delegatedSubtasks))
        }
        return nil
    }

    /// When a delegated call must have ended: as soon as it asks for, and never later than the
    /// call it is part of.
    ///
    /// - Parameters:
    ///   - timeout: What it asks for; nil for no more than its caller has.
    ///   - now: The moment it is delegated.
    ///   - parent: When its caller must have ended; nil for never.
    /// - Returns: The moment; nil for never.
    public static func deadline(
        _ timeout: Duration?,
        from now: Instant,
        within parent: Instant?
    ) -> Instant? {
        guard let timeout else { return parent }
        let own = now + max(timeout, .zero)
        return parent.map { min($0, own) } ?? own
    }

    private func position(of subtask: Int32) -> Int? {
        var (low, high) = (0, nodes.count)
        while low < high {
            let middle = (low + high) / 2
            if nodes[middle].subtask < subtask { low = middle + 1 } else { high = middle }
        }
        guard low < nodes.count, nodes[low].subtask == subtask else { return nil }
        return low
    }
}

/// Why a delegation is refused.
public struct DelegationRefusal: Hashable, Sendable {
    /// The rule it would break.
    public enum Rule: Hashable, Sendable {
        /// It would be nested deeper than this.
        case depth(limit: Int)
        /// The same call is under way this many calls up.
        case cycle(of: Int)
        /// Its caller has delegated as often as one may.
        case children(limit: Int)
        /// The run has as many delegated subtasks as it may.
        case subtasks(limit: Int)
    }

    /// The rule it would break.
    public var rule: Rule
    /// The capabilities from the outermost call to the one refused.
    public var chain: [String]

    /// The chain in one line: `plan -> research -> plan`.
    public var path: String { chain.joined(separator: " -> ") }

    /// What the caller is told.
    public var failure: Failure {
        switch rule {
        case .depth(let limit):
            Failure(
                .depthExceeded,
                "\(path): agents may delegate \(limit) deep here (delegation_depth)",
                retryable: false
            )
        case .cycle:
            Failure(
                .loopStopped,
                "\(path): \"\(chain.last ?? "")\" is already under way with these arguments, "
                    + "and this call is part of it",
                retryable: false
            )
        case .children(let limit):
            Failure(
                .depthExceeded,
                "\(path): one subtask may delegate \(limit) calls (children)",
                retryable: false
            )
        case .subtasks(let limit):
            Failure(
                .depthExceeded,
                "\(path): a run may hold \(limit) delegated subtasks (delegated_subtasks)",
                retryable: false
            )
        }
    }
}
