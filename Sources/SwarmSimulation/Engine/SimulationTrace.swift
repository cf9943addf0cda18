import SwarmCore
import SwarmJournal
import SwarmModel

/// The readable end of a history, kept only when it is lived again to be shown.
struct SimulationTrace {
    private(set) var lines: [String] = []

    private mutating func add(_ time: Int64, _ text: String) {
        let milliseconds = String(time / 1000)
        let rest = String(time % 1000 + 1000).dropFirst()
        lines.append("\(milliseconds).\(rest) ms  \(text)")
    }

    /// Where the state that lives and the state that was folded first differ.
    mutating func difference(live: Swarm, folded: Swarm, at time: Int64) {
        var texts = ["", ""]
        dump(live, to: &texts[0])
        dump(folded, to: &texts[1])
        // Dictionaries come in any order, so what counts is which lines only one of them has.
        var counts: [Substring: Int] = [:]
        for line in texts[0].split(separator: "\n") { counts[line, default: 0] += 1 }
        for line in texts[1].split(separator: "\n") { counts[line, default: 0] -= 1 }
        for (line, count) in counts.filter({ $0.value != 0 }).sorted(by: { $0.key < $1.key }) {
            add(time, "-- only \(count > 0 ? "lived" : "folded"): \(line)")
        }
    }

    mutating func note(_ text: String, at time: Int64) { add(time, "-- \(text)") }

    mutating func input(_ input: Input, at time: Int64) {
        if case .configured = input { return add(time, "in   configured") }
        if case .submitted(let submission) = input {
            return add(time, "in   submitted \(submission.workflow.name)")
        }
        add(time, "in   \(readable(input).prefix(300))")
    }

    mutating func record(_ record: Record, at time: Int64) {
        if case .configured = record { return add(time, "log  configured") }
        if case .workflowRegistered(_, let workflow) = record {
            return add(time, "log  workflow \(workflow.name)")
        }
        var encoder = RecordEncoder(reservingCapacity: 256)
        encoder.append(record)
        // An array of one, and so without its brackets.
        let line = encoder.finish().records.dropFirst().dropLast()
        add(time, "log  \(String(decoding: line, as: UTF8.self).prefix(400))")
    }

    mutating func effect(_ effect: Effect, at time: Int64) {
        add(time, "do   \(readable(effect).prefix(300))")
    }

    mutating func heard(_ word: WorkerWord, from worker: WorkerID, isKnown: Bool, at time: Int64) {
        if case .beat = word { return }
        let who = isKnown ? "" : " (a stranger)"
        add(time, "hear \(worker)\(who): \(readable(word).prefix(200))")
    }

    /// A value as Swift describes it, without the names of modules, and with bytes as text.
    private func readable(_ value: Any) -> String {
        var text = ""
        var rest = Substring(String(describing: value))
        while let next = rest.first {
            if let module = ["SwarmCore.", "SwarmModel."].first(where: { rest.hasPrefix($0) }) {
                rest = rest.dropFirst(module.count)
            } else if next == "[", let close = rest.firstIndex(of: "]") {
                let inside = rest[rest.index(after: rest.startIndex)..<close]
                let bytes = inside.split(separator: ", ").map { UInt8($0) }
                let isText = bytes.count > 1 && bytes.allSatisfy { $0 != nil }
                text +=
                    isText
                    ? String(decoding: bytes.compactMap(\.self), as: UTF8.self) : "[\(inside)]"
                rest = rest[rest.index(after: close)...]
            } else {
                text.append(next)
                rest = rest.dropFirst()
            }
        }
        return text
    }
}
