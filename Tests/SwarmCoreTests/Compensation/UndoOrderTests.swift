import SwarmModel
import Testing

@testable import SwarmCore

@Suite("The order of undoing below one subtask")
struct UndoOrderTests {
    /// What happens to an effect, by its place among those of the test.
    private enum Event { case began(Int), ended(Int) }

    /// In which order effects become free to be undone, each wave as soon as the one before is.
    private func waves(
        _ events: [Event],
        callers: [Int: Int] = [:]
    ) throws -> [[Int]] {
        var ledger = UndoLedger()
        var positions: [Int: Int] = [:]
        for event in events {
            switch event {
            case .began(let effect):
                let position = ledger.open(Int32(effect), capability: "post")
                positions[effect] = Int(position)
                ledger[Int(position)].undo = EffectEntry.Undo(
                    capability: "reverse",
                    template: .inline([]),
                    within: .seconds(1)
                )
            case .ended(let effect):
                ledger.close(try #require(positions[effect]), as: .present)
            }
        }
        let workflow = try Workflow(
            json: JSON(
                parsing: Array(
                    #"{"schema_version":1,"name":"w","subtasks":{"root":{"capability":"c"}}}"#.utf8
                )
            )
        )
        let graph = try DependencyOrder(of: workflow)
        let effects = ledger.indices.map { Int(ledger[$0].subtask) }
        ledger.start(
            graph: graph,
            places: ledger.indices.map { _ in (definition: 0, root: 0) },
            callers: effects.map { effect in
                callers[effect].flatMap { positions[$0] }.map { Int32($0) } ?? -1
            },
            isConfirmed: { _ in false }
        )
        var waves: [[Int]] = []
        while !ledger.released.isEmpty {
            let wave = Array(ledger.released)
            waves.append(wave.map { effects[Int($0)] }.sorted())
            for position in wave { ledger.began(Int(position)) }
            for position in wave { ledger.undone(Int(position), graph) }
        }
        return waves
    }

    @Test("Later calls go before earlier ones, and what went on side by side goes side by side")
    func time() throws {
        let found = try waves([
            .began(1), .ended(1), .began(2), .began(3), .ended(2), .ended(3),
        ])
        #expect(found == [[2, 3], [1]])
    }

    @Test("A caller goes before what it called, even if it was over first")
    func callers() throws {
        let found = try waves([.began(1), .began(2), .ended(1), .ended(2)], callers: [2: 1])
        #expect(found == [[1], [2]])
    }

    @Test("All goes, whatever comes while the call of a caller that is over goes on")
    func noCircle() throws {
        // 2 was called by 1, which is over while 2 goes on; 3 begins and ends meanwhile.
        let found = try waves(
            [.began(1), .began(2), .ended(1), .began(3), .ended(3), .ended(2)],
            callers: [2: 1]
        )
        #expect(found == [[1], [2], [3]])
    }
}
