import SwarmModel

/// What makes the life of a user's swarm different from one that a seed drew.
struct UserSwarmLife {
    /// Whether there is somebody who answers.
    var operators: UserSwarmOptions.Operators
    /// How often somebody looks after the swarm, in microseconds.
    var visits: Int64
    /// The faults that strike by themselves, and when one of them does.
    var sudden: [FaultKind]
    var strikes: [Int64]
    /// How long everything may take once faults have ended, in microseconds.
    var patience: Int64
    /// Whether semaphores shorten attempts.
    var limitsHolds: Bool
}

extension FaultPlan {
    /// The faults a user asks for.
    ///
    /// - Parameters:
    ///   - faults: The kinds.
    ///   - rate: The share of calls that go wrong, shared evenly among the kinds that concern
    ///     calls. A call takes about ten messages and commits, so each of these goes wrong a tenth
    ///     as often.
    init(_ faults: [UserFault], rate: Double) {
        kinds = FaultSet(faults.map(\.kind))
        errorsMayPass = true
        let concerned = max(faults.filter { $0.concerns == .calls }.count, 1)
        let share = max(Int((rate * 1000 / Double(concerned)).rounded()), 1)
        let tenth = max(Int((rate * 100).rounded()), 1)
        for fault in faults {
            switch fault.kind {
            case .fail: failShare = share
            case .refuse: refuseShare = share
            case .invalid: invalidShare = share
            case .hang: hangShare = share
            case .slow: slowShare = share
            case .quit: quitShare = share
            case .giveback: giveBackShare = share
            case .deaf: deafShare = 1000
            case .loss: lossShare = tenth
            case .delay: delayShare = tenth
            case .twice: twiceShare = tenth
            case .stall: stallShare = tenth
            case .disk: diskShare = max(tenth / 5, 1)
            case .launch: launchShare = Int((rate * 1000).rounded())
            case .slowstart: slowStartShare = Int((rate * 1000).rounded())
            case .crashloop: crashLoopShare = Int((rate * 1000).rounded())
            default: break
            }
        }
    }
}
