import SwarmWire

/// Damages golden messages in ways that broken and hostile peers do.
struct Mutator {
    private var random: SeededGenerator
    private let originals: [[[UInt8]]]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        originals = (GoldenFrames.shared.valid + GoldenFrames.shared.lenient).map(\.frames)
    }

    mutating func next() -> [[UInt8]] {
        var frames = originals.randomElement(using: &random) ?? []
        for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&frames) }
        return frames
    }

    private mutating func mutate(_ frames: inout [[UInt8]]) {
        switch Int.random(in: 0..<100, using: &random) {
        case 0: frames.append([])
        case 1: frames.removeLast(frames.isEmpty ? 0 : 1)
        case 2: frames.shuffle(using: &random)
        case 3..<10: if !frames.isEmpty { flipBit(&frames[0]) }
        case 10..<12: if !frames.isEmpty { frames[0].removeLast(frames[0].isEmpty ? 0 : 1) }
        case 12..<14: if frames.count > 2 { frames[2] = [UInt8](repeating: 0x20, count: 3) }
        case 14:
            if frames.count > 2, random.chance(20) {
                frames[2] = [UInt8](repeating: 0x20, count: WireLimits.payloadBytes + 1)
            }
        default:
            guard frames.count > 1 else { return }
            mutateHeader(&frames[1])
        }
    }

    private mutating func mutateHeader(_ header: inout [UInt8]) {
        switch Int.random(in: 0..<11, using: &random) {
        case 0, 1: flipBit(&header)
        case 2: header.removeLast(Int.random(in: 0...header.count, using: &random))
        case 3: header.insert(UInt8(truncatingIfNeeded: random.next()), at: place(in: header))
        case 4: duplicateSlice(&header)
        case 5: duplicateMember(&header)
        case 6: insertMember(&header)
        case 7: replaceValue(&header)
        case 8: header.insert(contentsOf: bomb(), at: place(in: header))
        case 9: removeMember(&header)
        default:
            let tokens = [
                "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "-", "\\u00", "1e9",
            ]
            let token = tokens.randomElement(using: &random) ?? "{"
            header.insert(contentsOf: token.utf8, at: place(in: header))
        }
    }

    private mutating func flipBit(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
    }

    private mutating func place(in bytes: [UInt8]) -> Int {
        Int.random(in: 0...bytes.count, using: &random)
    }

    private mutating func duplicateSlice(_ bytes: inout [UInt8]) {
        let ends = [place(in: bytes), place(in: bytes)].sorted()
        bytes.insert(contentsOf: bytes[ends[0]..<ends[1]], at: place(in: bytes))
    }

    /// The members of the outermost object, roughly: split at commas before quotation marks.
    private func members(of header: [UInt8]) -> [String] {
        let text = String(decoding: header.dropFirst().dropLast(), as: UTF8.self)
        var members: [String] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if part.first == "\"" || members.isEmpty {
                members.append(String(part))
            } else {
                members[members.count - 1] += "," + part
            }
        }
        return members
    }

    private func header(of members: [String]) -> [UInt8] {
        Array("{\(members.joined(separator: ","))}".utf8)
    }

    private mutating func duplicateMember(_ header: inout [UInt8]) {
        var members = members(of: header)
        guard let member = members.randomElement(using: &random) else { return }
        members.insert(member, at: Int.random(in: 0...members.count, using: &random))
        header = self.header(of: members)
    }

    private mutating func removeMember(_ header: inout [UInt8]) {
        var members = members(of: header)
        guard !members.isEmpty else { return }
        members.remove(at: Int.random(in: 0..<members.count, using: &random))
        header = self.header(of: members)
    }

    private mutating func insertMember(_ header: inout [UInt8]) {
        let foreign = [
            "\"!must\":1", "\"x\":{\"y\":[{}]}", "\"x\":[[[[]]]]", "\"\":null",
            "\"status\":\"error\"",
            "\"lease\":\"L7\"", "\"leases\":[\"L7\"]", "\"n\":1", "\"seq\":0", "\"task\":\"a\"",
            "\"failure\":{\"kind\":\"worker_lost\",\"message\":\"\"}", "\"ct\":\"text/plain\"",
            (0..<65).map { "\"k\($0)\":0" }.joined(separator: ","),
            "\"pad\":\"\(String(repeating: "x", count: WireLimits.headerBytes))\"",
        ]
        var members = members(of: header)
        members.insert(
            foreign.randomElement(using: &random) ?? "",
            at: Int.random(in: 0...members.count, using: &random)
        )
        header = self.header(of: members)
    }

    private mutating func replaceValue(_ header: inout [UInt8]) {
        let values = [
            "null", "-1", "0", "1", "9007199254740993", "1e400", "0.5", "\"\"", "\"L1\"",
            "\"\\ud800\"",
            "[]", "{}", "true", "\"\\u0000\"", "[\"L1\",\"L1\"]",
            String(repeating: "9", count: 400),
        ]
        var members = members(of: header)
        guard let place = members.indices.randomElement(using: &random),
            let colon = members[place].firstIndex(of: ":")
        else { return }
        members[place] =
            members[place][...colon] + (values.randomElement(using: &random) ?? "null")
        header = self.header(of: members)
    }

    private mutating func bomb() -> [UInt8] {
        let unit = Array((random.chance(2) ? "[" : "{\"a\":").utf8)
        let times = Int.random(in: 1...(random.chance(20) ? 2000 : 6), using: &random)
        return (0..<times).flatMap { _ in unit }
    }
}
