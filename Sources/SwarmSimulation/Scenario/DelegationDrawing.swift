import SwarmModel

/// Writes the script of one subtask.
struct DelegationDrawing {
    /// A call that the subtask is part of, outermost first; its own is the last.
    struct Frame {
        var capability: Int
        var arguments: [UInt8]
    }

    let scenario: Scenario
    let style: DelegationStyle
    let run: UInt64
    let index: Int32
    let frames: [Frame]
    /// What may be called.
    private let work: [Int]
    private var random: SimulationRandom
    private var lastGroup: UInt64 = 0

    init(
        _ scenario: Scenario,
        _ style: DelegationStyle,
        run: UInt64,
        index: Int32,
        frames: [Frame]
    ) {
        self.scenario = scenario
        self.style = style
        self.run = run
        self.index = index
        self.frames = frames
        work = scenario.capabilities.indices.filter { scenario.capabilities[$0].role == .work }
        random = SimulationRandom(
            seed: scenario.seed,
            stream: 0xDE1E_0000 &+ run << 24 &+ UInt64(index)
        )
    }

    /// The script; nil when this subtask delegates nothing.
    mutating func script() -> DelegationScript? {
        let depth = frames.count - 1
        if style.isModest, depth >= style.limits.delegationDepth { return nil }
        guard random.perMille(depth == 0 ? style.share : style.share * 2 / 3) else { return nil }
        var script = DelegationScript()
        for _ in 0..<(random.perMille(700) ? 1 : 2) {
            script.parts += random.perMille(style.hostility) ? hostile() : honest()
        }
        let onFailure = random.pick(
            [.goOn, .goOn, .goOn, .fail(retryable: true), .fail(retryable: false)]
                as [DelegationScript.OnFailure]
        )
        if !style.isModest { script.onFailure = onFailure }
        script.cut = random.below(script.parts.count + 1)
        let actsFirst = random.perMille(400)
        // Who may still say that nothing has happened must not have acted yet.
        if case .goOn = script.onFailure { script.actsFirst = actsFirst }
        return script
    }

    // MARK: Kinds

    private mutating func honest() -> [[PlannedCall]] {
        switch random.below(10) {
        case 0..<5: return (0..<random.within(1...3)).map { _ in items(random.within(1...3)) }
        case 5: return [items(Int(random.spread(4...40)))]
        case 6, 7: return poll(random.within(2...8))
        default: return items(random.within(2...10)).map { [$0] }
        }
    }

    private mutating func hostile() -> [[PlannedCall]] {
        switch random.below(12) {
        case 0, 1: return [[recursion()]]
        case 2, 3: return [[cycle()]]
        case 4: return [repetition(random.within(2...12))]
        case 5, 6: return alternation(random.within(4...12))
        case 7: return refused(random.pick([3, 12, 40]))
        case 8: return [items(40), items(40)]
        default: return repetition(random.within(2...12)).map { [$0] }
        }
    }

    /// Calls for things of their own: never a loop, however alike they are worded.
    private mutating func items(_ count: Int) -> [PlannedCall] {
        let capability = random.pick(work)
        let count = style.isModest ? min(count, style.limits.children, 12) : count
        let words: UInt64? = random.perMille(400) ? random.next() : nil
        let isDoubtful =
            scenario.capabilities[capability].changesWorld
            && scenario.capabilities[capability].isSafe
        return (0..<count).map { item in
            var call = planned(capability, group: newGroup(), item: item, words, replaced: 0)
            // Short ones too, so that some are over while a call waits to be made again.
            if random.perMille(isDoubtful ? 700 : 150) {
                call.timeout = random.spread(
                    isDoubtful ? 200_000...6_000_000 : 1_000_000...20_000_000
                )
            }
            if random.perMille(100) { call.agent = scenario.capabilities[capability].agents[0] }
            return call
        }
    }

    /// The same question again and again, whose answer changes: never a loop.
    private mutating func poll(_ count: Int) -> [[PlannedCall]] {
        let harmless = work.filter { !scenario.capabilities[$0].changesWorld }
        guard !harmless.isEmpty else { return [items(1)] }
        let (capability, group) = (random.pick(harmless), newGroup())
        // Where a call may be made once, even this is a loop.
        let times = style.isModest ? 1 : count
        return (0..<times).map { _ in [planned(capability, group: group, item: 0)] }
    }

    /// The same again, in the same words or in others.
    private mutating func repetition(_ count: Int) -> [PlannedCall] {
        let (capability, group) = (random.pick(work), newGroup())
        let known = scenario.capabilities[capability]
        let isReworded = random.perMille(600)
        let words = random.next()
        let answer = random.pick([.same, .same, .failure, .own] as [PlannedCall.Answer])
        // Of twelve words so many are others: nothing of a wish to destroy need be left.
        let replaced = known.sideEffect == .destructive ? 12 : known.changesWorld ? 3 : 1
        return (0..<count).map { _ in
            var call = planned(
                capability,
                group: group,
                item: 0,
                words,
                replaced: isReworded ? replaced : 0,
                isSpeltAnew: true
            )
            call.isSameWording = !isReworded
            call.answer = answer
            return call
        }
    }

    /// Two capabilities in turn, with the same arguments.
    private mutating func alternation(_ count: Int) -> [[PlannedCall]] {
        let (pair, groups) = ([random.pick(work), random.pick(work)], [newGroup(), newGroup()])
        guard pair[0] != pair[1] else { return repetition(count).map { [$0] } }
        return (0..<count).map { turn in
            var call = planned(pair[turn % 2], group: groups[0], item: 0)
            call.group = groups[turn % 2]
            call.answer = .same
            return [call]
        }
    }

    /// What it was called for itself, with another number each time: only the depth ends it.
    private mutating func recursion() -> PlannedCall {
        planned(frames[frames.count - 1].capability, group: newGroup(), item: frames.count)
    }

    /// A call that one of those above is for already.
    private mutating func cycle() -> PlannedCall {
        let frame = frames[random.below(frames.count)]
        var call = planned(frame.capability, group: newGroup(), item: 0)
        call.arguments = frame.arguments
        call.isCycle = true
        return call
    }

    /// What nobody offers, over and over in new words.
    private mutating func refused(_ count: Int) -> [[PlannedCall]] {
        let words = random.next()
        return (0..<count).map { item in
            var call = planned(work[0], group: newGroup(), item: item, words, replaced: 6)
            call.capability = nil
            call.name = "nowhere"
            return [call]
        }
    }

    // MARK: Calls

    private mutating func newGroup() -> UInt64 {
        lastGroup += 1
        return SimulationRandom.mix(run << 40 ^ UInt64(index) << 16 ^ lastGroup)
    }

    private mutating func planned(
        _ capability: Int,
        group: UInt64,
        item: Int,
        _ words: UInt64? = nil,
        replaced: Int = 0,
        isSpeltAnew: Bool = false
    ) -> PlannedCall {
        let number = "\(item)\(isSpeltAnew && random.perMille(300) ? ".0" : "")"
        var members = [
            "\"n\":\(number)",
            "\"p\":\(index)", "\"g\":\(group >> 16)",
        ]
        if let words {
            var note = DelegationDrawing.note(words, replaced, random.next())
            if isSpeltAnew, random.perMille(300) { note = "  " + note.uppercased() + "." }
            members.append("\"note\":\"\(note)\"")
        }
        if isSpeltAnew, random.perMille(500) { members.swapAt(0, random.below(members.count)) }
        if isSpeltAnew, random.perMille(300) {
            members.append("\"request_id\":\"\(random.next())\"")
        }
        var allowance: Allowance?
        if let spending = scenario.spending, random.perMille(spending.allowances) {
            allowance = SpendingStyle.allowance(&random)
        }
        return PlannedCall(
            capability: capability,
            name: scenario.capabilities[capability].name,
            allowance: allowance,
            arguments: Array("{\(members.joined(separator: ","))}".utf8),
            number: number,
            group: group
        )
    }

    /// Twelve made-up words, of which the last so many are drawn anew.
    private static func note(_ base: UInt64, _ replaced: Int, _ variant: UInt64) -> String {
        (0..<12).map { position in
            let source = position < 12 - replaced ? base : variant
            return word(SimulationRandom.mix(source &+ UInt64(position)))
        }.joined(separator: " ")
    }

    private static func word(_ number: UInt64) -> String {
        let consonants = Array("bdfghklmnprtvwz")
        let vowels = Array("aiou")
        var word = ""
        var rest = number
        for _ in 0..<4 {
            word.append(consonants[Int(rest % 15)])
            word.append(vowels[Int(rest / 15 % 4)])
            rest /= 60
        }
        return word
    }
}
