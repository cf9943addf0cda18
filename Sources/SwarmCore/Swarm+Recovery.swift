public import SwarmModel

// What a folded journal needs before it can go on.

extension Swarm {
    /// The payloads that live runs may still look into and whose bytes are not in memory.
    ///
    /// A fold sees digests only. The shell loads these, each once, before the first input.
    public func missingPayloads() -> [Digest] {
        var digests: [Digest] = []
        func note(_ payload: Payload?) {
            guard case .stored(let stored)? = payload, stored.bytes == nil else { return }
            digests.append(stored.digest)
        }
        for slot in runs.live {
            runs.slots[slot].forEachUndoPayload { note($0) }
            for call in runs.slots[slot].calls { note(call.arguments) }
            guard runs.slots[slot].needsValues else { continue }
            note(runs.slots[slot].input)
            for subtask in runs.slots[slot].subtasks { note(subtask.result) }
        }
        return digests
    }

    /// Takes the bytes of payloads that ``missingPayloads()`` asked for.
    ///
    /// - Parameter load: Gives the bytes of a digest, and is called once for each place they are
    ///   needed in.
    public mutating func supplyPayloads(
        _ load: (Digest) throws -> [UInt8]
    ) rethrows {
        func filled(_ payload: Payload?) throws -> Payload? {
            guard case .stored(var stored)? = payload, stored.bytes == nil else { return payload }
            stored.bytes = try load(stored.digest)
            return .stored(stored)
        }
        for slot in runs.live {
            for position in runs.slots[slot].calls.indices {
                let arguments = runs.slots[slot].calls[position].arguments
                runs.slots[slot].calls[position].arguments = try filled(arguments)
            }
            for position in runs.slots[slot].undo.indices {
                guard var undo = runs.slots[slot].undo[position].undo else { continue }
                undo.template = try filled(undo.template)
                undo.arguments = try filled(undo.arguments)
                undo.result = try filled(undo.result)
                runs.slots[slot].undo[position].undo = undo
            }
            guard runs.slots[slot].needsValues else { continue }
            runs.slots[slot].input = try filled(runs.slots[slot].input) ?? runs.slots[slot].input
            for index in runs.slots[slot].subtasks.indices {
                runs.slots[slot].subtasks[index].result = try filled(
                    runs.slots[slot].subtasks[index].result
                )
            }
        }
    }

    /// Processes that may still run after a fold: each must be watched, or reported as ended.
    public var processes: [(worker: WorkerID, incarnation: Incarnation, process: ProcessIdentity)] {
        workers.compactMap { worker in
            guard worker.hasProcess, let process = worker.process else { return nil }
            return (worker.id, worker.incarnation, process)
        }
    }
}
