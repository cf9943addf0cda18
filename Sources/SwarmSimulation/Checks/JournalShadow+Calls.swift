import SwarmCore
import SwarmModel

// What calls are about, and what they returned.

extension JournalShadow {
    /// What a call is for.
    func role(run: UInt64, index: Int32) -> Scenario.Role {
        guard let place = runs[Int(run) - 1].calls[index] else { return .work }
        switch runs[Int(run) - 1].subtasks[Int(place)].origin {
        case .workflow, .delegated: return .work
        case .undo: return .undo
        case .verify: return .verify
        }
    }

    /// Whether the effect of a subtask may stay when its run is undone.
    func isKept(_ subtask: Subtask, in run: Int) -> Bool {
        let lane =
            subtask.lane >= 0
            ? Int(subtask.lane) : laneOf[runs[run].workflow][Int(subtask.definition)]
        return scenario.capabilities[lanes[lane].capability].isKept
    }
}

extension JournalShadow.Run {
    /// The values a definition's subtasks returned, in the order of the elements.
    func values(of definition: Int) -> [Int64] {
        // What was left out is not even a list.
        if groups[definition].isSkipped { return [ScenarioWorkflow.missing] }
        let base = Int(groups[definition].base)
        return (base..<(base + Int(groups[definition].count))).map { subtasks[$0].value }
    }
}
