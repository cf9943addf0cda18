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
        fileprivate var children = Children()
        /// The position of the next one with the same parent; -1 for none.
        fileprivate var next: Int32 = -1
    }

    /// The delegated subtasks of one parent, as positions among the nodes; -1 for none.
    fileprivate struct Children: Hashable {
        var first: Int32 = -1
        var last: Int32 = -1
        var count: Int32 = 0
    }

    private struct Root: Hashable {
        let subtask: Int32
        var children = Children()
    }

    /// By rising index, for delegated subtasks are added at the end of a run's list.
    private var nodes: [Node] = []
    /// Subtasks of the workflow that have delegated, by rising index.
    private var roots: [Root] = []

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
        let position = Int32(nodes.count)
        nodes.append(
            Node(subtask: subtask, parent: parent, depth: Int32(depth(of: parent) + 1))
        )
        let previous: Int32
        if let known = self.position(of: parent) {
            previous = link(position, to: &nodes[known].children)
        } else {
            previous = link(position, to: &roots[root(of: parent)].children)
        }
        if previous >= 0 { nodes[Int(previous)].next = position }
    }

    /// Appends a child to a list; the one that was last before it is given back.
    private func link(_ position: Int32, to children: inout Children) -> Int32 {
        let previous = children.last
        if children.first < 0 { children.first = position }
        children.last = position
        children.count += 1
        return previous
    }

    /// The position of a subtask of the workflow among those that delegated, made if need be.
    private mutating func root(of subtask: Int32) -> Int {
        let position = roots.firstPosition { $0.subtask >= subtask }
        if position == roots.count || roots[position].subtask != subtask {
            roots.insert(Root(subtask: subtask), at: position)
        }
        return position
    }

    private func links(of subtask: Int32) -> Children {
        if let position = position(of: subtask) { return nodes[position].children }
        let position = roots.firstPosition { $0.subtask >= subtask }
        guard position < roots.count, roots[position].subtask == subtask else { return Children() }
        return roots[position].children
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
        let links = links(of: subtask)
        guard links.count > 0 else { return [] }
        var children: [Int32] = []
        children.reserveCapacity(Int(links.count))
        var next = links.first
        while next >= 0 {
            children.append(nodes[Int(next)].subtask)
            next = nodes[Int(next)].next
        }
        return children
    }

    /// How many subtasks this one has delegated itself.
    public func childCount(of subtask: Int32) -> Int { Int(links(of: subtask).count) }

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
        if childCount(of: parent) >= limits.children {
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
        let position = nodes.firstPosition { $0.subtask >= subtask }
        guard position < nodes.count, nodes[position].subtask == subtask else { return nil }
        return position
    }
}

extension Array {
    /// The first position from which on all elements match, in an array in such an order.
    fileprivate func firstPosition(where matches: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if matches(self[middle]) { high = middle } else { low = middle + 1 }
        }
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
