/// The faults of one seed: which kinds there are, and how often.
///
/// Swarm testing (Groce and others, 2012): with every kind always on, the strong ones hide what the
/// weak ones would find. So each seed draws a subset, and for each kind how often it strikes.
struct FaultPlan {
    /// Whether a kind can happen at all; indexed as the cases of ``FaultKind``.
    let kinds: FaultSet
    /// How often a handler misbehaves in a way, in a thousand.
    var failShare = 0
    var refuseShare = 0
    var invalidShare = 0
    var hangShare = 0
    var slowShare = 0
    var quitShare = 0
    var giveBackShare = 0
    var deafShare = 0
    var lieShare = 0
    var twiceShare = 0
    var lossShare = 0
    var delayShare = 0
    var stallShare = 0
    var launchShare = 0
    var slowStartShare = 0
    var crashLoopShare = 0
    /// How often the coordinator is killed at a commit, in a thousand.
    var crashShare = 0
    /// The same at a commit that brings a delegated call.
    var crashAtCallShare = 0
    var diskShare = 0
    /// Whether every failure a handler reports may pass, and no policy has to name it.
    var errorsMayPass = false
    /// The mean time between the faults that come by themselves, in microseconds.
    var interval: Int64 = 1_000_000

    /// Draws the kinds and how often they strike, among those that are allowed.
    init(allowed: FaultSet, random: inout SimulationRandom) {
        // A seed in eight sees no fault at all: what fails then fails by itself.
        let share = [0, 150, 250, 350, 500, 500, 700, 900][random.below(8)]
        var drawn: [FaultKind] = []
        for kind in FaultKind.allCases {
            let isOn = random.perMille(share)
            if isOn, allowed.contains(kind) { drawn.append(kind) }
        }
        kinds = FaultSet(drawn)
        interval = random.spread(200_000...8_000_000)
        failShare = draw(.fail, 10...300, &random)
        refuseShare = draw(.refuse, 1...30, &random)
        invalidShare = draw(.invalid, 2...60, &random)
        hangShare = draw(.hang, 1...30, &random)
        slowShare = draw(.slow, 2...80, &random)
        quitShare = draw(.quit, 1...20, &random)
        giveBackShare = draw(.giveback, 5...150, &random)
        deafShare = draw(.deaf, 100...1000, &random)
        lieShare = draw(.lie, 5...100, &random)
        twiceShare = draw(.twice, 20...400, &random)
        lossShare = draw(.loss, 1...20, &random)
        delayShare = draw(.delay, 5...100, &random)
        stallShare = draw(.stall, 5...100, &random)
        launchShare = draw(.launch, 50...500, &random)
        slowStartShare = draw(.slowstart, 50...600, &random)
        crashLoopShare = draw(.crashloop, 100...800, &random)
        crashShare = draw(.crash, 1...15, &random)
        diskShare = draw(.disk, 1...8, &random)
        let aimed = draw(.crash, 30...300, &random)
        // What counts calls is found wanting only when it must be made anew between two of them.
        crashAtCallShare = random.perMille(400) ? max(aimed, crashShare) : crashShare
    }

    /// Draws always, so that switching a kind off shifts nothing else.
    private func draw(
        _ kind: FaultKind,
        _ range: ClosedRange<Int>,
        _ random: inout SimulationRandom
    ) -> Int {
        let share = Int(random.spread(Int64(range.lowerBound)...Int64(range.upperBound)))
        return kinds.contains(kind) ? share : 0
    }
}
