import SwarmCore
import SwarmModel
import Testing

@Suite struct DelegationTreeTests {
    private func call(
        _ capability: String,
        _ arguments: String = "{}",
        _ effect: SideEffect = .read
    ) -> CanonicalCall {
        CanonicalCall(capability: capability, effect: effect, arguments: Array(arguments.utf8))
    }

    @Test("The tree knows parents, depths and children; the workflow's own subtasks are roots")
    func knowsTheTree() {
        var tree = DelegationTree()
        // 0 and 1 are the workflow's; 0 delegates 2 and 4, 2 delegates 3, 3 delegates 5.
        tree.add(2, under: 0)
        tree.add(3, under: 2)
        tree.add(4, under: 0)
        tree.add(5, under: 3)
        #expect([0, 1, 2, 3, 4, 5].map { tree.depth(of: $0) } == [0, 0, 1, 2, 1, 3])
        #expect(tree.parent(of: 0) == nil)
        #expect(tree.parent(of: 5) == 3)
        #expect(tree.children(of: 0) == [2, 4])
        #expect(tree.children(of: 1) == [])
        #expect(tree.ancestors(of: 5) == [0, 2, 3])
        #expect(tree.ancestors(of: 1) == [])
        #expect([0, 1, 2, 3, 4, 5].map { tree.childCount(of: $0) } == [2, 0, 1, 1, 0, 0])
        tree.add(6, under: 1)
        tree.add(7, under: 0)
        #expect(tree.children(of: 0) == [2, 4, 7])
        #expect(tree.children(of: 1) == [6])
        #expect(tree.count == 6)
    }

    @Test("A delegation deeper than allowed is refused, and the chain is named")
    func limitsDepth() {
        var tree = DelegationTree()
        let names = ["plan", "research", "read", "parse", "count"]
        for depth in 1...4 as ClosedRange<Int32> { tree.add(depth, under: depth - 1) }
        for (depth, limit) in [(0, 0), (1, 1), (4, 4)] {
            let stack = names.prefix(depth + 1).map { call($0) }
            let refusal = tree.refusal(
                of: call("sum"),
                by: Int32(depth),
                stack: stack,
                limits: RunLimits(delegationDepth: limit)
            )
            #expect(refusal?.rule == .depth(limit: limit))
            #expect(refusal?.failure.kind == .depthExceeded)
            #expect(
                refusal?.path == (names.prefix(depth + 1) + ["sum"]).joined(separator: " -> ")
            )
        }
        let allowed = tree.refusal(
            of: call("sum"),
            by: 3,
            stack: names.prefix(4).map { call($0) },
            limits: RunLimits()
        )
        #expect(allowed == nil)
    }

    @Test("A call that is already under way above itself is refused, in whatever words")
    func findsCycles() {
        func refusal(_ arguments: String, effect: SideEffect = .read) -> DelegationRefusal? {
            var tree = DelegationTree()
            tree.add(1, under: 0)
            let first = #"{"topic":"ledger","text":"find out why the totals of the ledger differ"}"#
            return tree.refusal(
                of: call("plan", arguments, effect),
                by: 1,
                stack: [call("plan", first, effect), call("research", first, effect)],
                limits: RunLimits()
            )
        }
        let same = #"{"text":"Why do totals of the LEDGER differ? Find out!","topic":"Ledger"}"#
        #expect(refusal(same)?.rule == .cycle(of: 2))
        #expect(refusal(same)?.failure.kind == .loopStopped)
        #expect(refusal(same)?.failure.message.hasPrefix("plan -> research -> plan: ") == true)
        // About something else, or a part of it: that is how work is divided.
        #expect(refusal(#"{"topic":"ledger 1","text":"find out why the totals differ"}"#) == nil)
        let part = #"{"topic":"ledger","text":"compare the January pages"}"#
        #expect(refusal(part) == nil)
        // Of something destructive words are no difference.
        #expect(refusal(part, effect: .destructive)?.rule == .cycle(of: 2))
    }

    @Test("One subtask may delegate so often, and a run hold so many delegated subtasks")
    func limitsNumbers() {
        var tree = DelegationTree()
        let limits = RunLimits(children: 3, delegatedSubtasks: 5)
        func rule(_ parent: Int32) -> DelegationRefusal.Rule? {
            tree.refusal(of: call("a"), by: parent, stack: [call("b")], limits: limits)?.rule
        }
        for child in 10...12 as ClosedRange<Int32> {
            #expect(rule(0) == nil)
            tree.add(child, under: 0)
        }
        #expect(rule(0) == .children(limit: 3))
        #expect(rule(1) == nil)
        tree.add(13, under: 1)
        tree.add(14, under: 1)
        #expect(rule(1) == .subtasks(limit: 5))
        #expect(rule(14) == .subtasks(limit: 5))
    }

    @Test("A deadline is never later than the caller's")
    func clipsDeadlines() {
        let now = Instant(microseconds: 5_000_000)
        let later = Instant(microseconds: 9_000_000)
        func deadline(_ timeout: Duration?, _ parent: Instant?) -> Instant? {
            DelegationTree.deadline(timeout, from: now, within: parent)
        }
        #expect(deadline(nil, nil) == nil)
        #expect(deadline(nil, later) == later)
        #expect(deadline(.seconds(1), nil) == Instant(microseconds: 6_000_000))
        #expect(deadline(.seconds(1), later) == Instant(microseconds: 6_000_000))
        #expect(deadline(.seconds(60), later) == later)
        #expect(deadline(.seconds(-60), later) == now)
    }
}
