import SwarmCore
import SwarmModel
import Testing

@Suite struct LoopDetectorTests {
    /// Makes calls through a detector until one is refused.
    struct Caller {
        var detector = LoopDetector(window: 64, similarity: 0.75)
        var threshold = 3
        var made = 0
        private(set) var loop: Loop?

        /// Whether the call was made.
        @discardableResult
        mutating func call(
            _ capability: String,
            _ effect: SideEffect,
            idempotent: Bool = false,
            by caller: UInt64 = 1,
            _ arguments: String,
            answer: String = #"{"ok":true}"#
        ) -> Bool {
            attempt(
                capability,
                effect,
                idempotent,
                caller,
                arguments,
                CanonicalOutcome(result: Array(answer.utf8))
            )
        }

        @discardableResult
        mutating func call(
            _ capability: String,
            _ effect: SideEffect,
            by caller: UInt64 = 1,
            _ arguments: String,
            fails failure: Failure
        ) -> Bool {
            let outcome = CanonicalOutcome(failure: failure)
            return attempt(capability, effect, false, caller, arguments, outcome)
        }

        /// As `call`, and the call does not end.
        @discardableResult
        mutating func start(
            _ capability: String,
            _ effect: SideEffect,
            by caller: UInt64 = 1,
            _ arguments: String
        ) -> Bool {
            attempt(capability, effect, false, caller, arguments, nil)
        }

        private mutating func attempt(
            _ capability: String,
            _ effect: SideEffect,
            _ isIdempotent: Bool,
            _ caller: UInt64,
            _ arguments: String,
            _ outcome: CanonicalOutcome?
        ) -> Bool {
            let call = CanonicalCall(
                capability: capability,
                effect: effect,
                isIdempotent: isIdempotent,
                arguments: Array(arguments.utf8)
            )
            loop = detector.loop(of: call, by: caller, threshold: threshold)
            guard loop == nil else { return false }
            let number = detector.made(call, by: caller)
            if let outcome { detector.ended(number, with: outcome) }
            made += 1
            return true
        }
    }

    // MARK: What must be stopped

    @Test("Of 14,000 rewordings of one cleanup three are made", arguments: 0..<20 as Range<UInt64>)
    func stopsTheCleanup(seed: UInt64) {
        var wordings = Rewordings(seed: seed)
        var caller = Caller()
        var deleted = 0
        for number in 0..<700 {
            // Different agents ask, and each time something else is deleted.
            deleted += wordings.draw(5)
            let arguments = wordings.arguments()
            caller.call(
                "cleanup",
                .destructive,
                by: UInt64(number % 5),
                arguments,
                answer: #"{"deleted":\#(deleted)}"#
            )
            if number >= 3 { #expect(caller.loop != nil, "\(arguments)") }
        }
        #expect(caller.made == 3)
    }

    @Test("A refused call leaves the detector as it was, so each further one is refused too")
    func goesOnRefusing() {
        var caller = Caller()
        for _ in 0..<3 { caller.call("cleanup", .destructive, "{}") }
        let before = caller.detector
        for _ in 0..<10_000 { caller.call("cleanup", .destructive, "{}") }
        #expect(caller.made == 3)
        #expect(caller.detector == before)
    }

    @Test("The threshold is the number of calls that are made", arguments: [1, 2, 3, 10])
    func keepsTheThreshold(threshold: Int) {
        for effect in SideEffect.allCases {
            var caller = Caller(threshold: threshold)
            for _ in 0..<20 { caller.call("work", effect, #"{"id":7}"#) }
            #expect(caller.made == threshold)
            #expect(caller.loop == Loop(pattern: .identical, count: threshold))
        }
    }

    @Test("Additive calls in half the same words are stopped, of one caller")
    func stopsRewordedAdditions() {
        let wordings = [
            "post the adjustment for account rounding", "post an adjustment: account rounding",
            "adjustment for rounding, post it to the account",
            "please post that rounding adjustment",
        ]
        var caller = Caller()
        for (number, text) in wordings.enumerated() {
            let arguments = #"{"account":4711,"text":"\#(text)"}"#
            caller.call("post", .additive, arguments, answer: #"{"entry":\#(number)}"#)
        }
        #expect(caller.made == 3)
        #expect(caller.loop == Loop(pattern: .reworded, count: 3))
    }

    @Test("The same addition by different agents is stopped")
    func stopsAdditionsAcrossAgents() {
        var caller = Caller()
        for agent in 1...9 as ClosedRange<UInt64> {
            caller.call("post", .additive, by: agent, #"{"account":1}"#)
        }
        #expect(caller.made == 3)
    }

    @Test("Two wordings in turn are stopped as one", arguments: SideEffect.allCases)
    func stopsAlternatingWordings(effect: SideEffect) {
        var caller = Caller()
        for number in 0..<50 {
            let text =
                number.isMultiple(of: 2)
                ? "check whether all ledger totals match" : "check if the ledger totals all match"
            caller.call("check", effect, #"{"text":"\#(text)"}"#)
        }
        #expect(caller.made == 3)
        #expect(caller.loop?.pattern == (effect.isHarmless ? .noChange : .reworded))
    }

    @Test("The same error again is stopped, whatever ids its message has")
    func stopsTheSameError() {
        var caller = Caller()
        for number in 0..<9 {
            let failure = Failure(
                .notFound,
                "no record \(number * 7919) in shard s\(number), trace 8f0e1d\(number)c"
            )
            let text =
                number.isMultiple(of: 2) ? "find the lost record" : "please find lost records"
            caller.call("find", .read, #"{"text":"\#(text)"}"#, fails: failure)
        }
        #expect(caller.made == 3)
        #expect(caller.loop == Loop(pattern: .sameError, count: 3))
    }

    @Test("Two agents that take turns with one read are stopped, after a turn more than a lone one")
    func stopsPingPong() {
        var caller = Caller()
        for turn in 0..<20 as Range<UInt64> where caller.loop == nil {
            caller.call("review", .read, by: turn % 2, #"{"draft":7}"#, answer: #"{"ok":false}"#)
        }
        #expect(caller.made == 4)
        #expect(caller.loop == Loop(pattern: .pingPong, count: 4, partner: "review"))
    }

    @Test("Two capabilities asked in turn are stopped after so many rounds, and named")
    func namesPingPongOfCapabilities() {
        var caller = Caller()
        for turn in 0..<20 where caller.loop == nil {
            let capability = turn.isMultiple(of: 2) ? "review" : "revise"
            caller.call(capability, .additive, #"{"draft":7}"#)
        }
        #expect(caller.made == 6)
        #expect(caller.loop == Loop(pattern: .pingPong, count: 6, partner: "revise"))
    }

    @Test("A poll that gets the same answer is stopped, also when the answer has new time stamps")
    func stopsAPollWithoutProgress() {
        var caller = Caller()
        for number in 0..<9 {
            let answer =
                #"{"state":"running","percent":40,"elapsed_ms":\#(number),"now":"x\#(number)","#
                + #""text":"still busy since 2026-03-01T02:47:0\#(number)Z"}"#
            caller.call("status", .read, #"{"job":7}"#, answer: answer)
        }
        #expect(caller.made == 3)
    }

    @Test("Answers that go to and fro are no progress")
    func stopsOscillation() {
        var caller = Caller()
        for number in 0..<99 {
            caller.call("get", .read, #"{"id":1}"#, answer: #"{"on":\#(number % 2 == 0)}"#)
        }
        // The second answer was new; that call and two more.
        #expect(caller.made == 4)
    }

    @Test("Calls under way count as well: what is destructive at once, what reads when identical")
    func countsCallsUnderWay() {
        var caller = Caller()
        for number in 0..<9 {
            caller.start("cleanup", .destructive, #"{"request":"wording number \#(number)"}"#)
        }
        #expect(caller.made == 3)
        for _ in 0..<9 { caller.start("get", .read, "{}") }
        #expect(caller.made == 6)
        for word in ["alpha", "beta", "gamma", "delta", "epsilon"] {
            caller.start("ask", .read, #"{"text":"what is known of the letter \#(word)"}"#)
        }
        #expect(caller.made == 11)
    }

    @Test("Other calls in between hide a loop only when they fill the window")
    func looksBackOverTheWindow() {
        func made(between: Int) -> Int {
            var caller = Caller(detector: LoopDetector(window: 64, similarity: 0.75))
            var cleanups = 0
            for round in 0..<10 {
                guard caller.call("cleanup", .destructive, "{}") else { break }
                cleanups += 1
                for item in 0..<between { caller.call("get", .read, "[\(round),\(item)]") }
            }
            return cleanups
        }
        #expect(made(between: 20) == 3)
        // Three earlier ones are 3 * 22 calls back.
        #expect(made(between: 21) == 10)
    }
}
