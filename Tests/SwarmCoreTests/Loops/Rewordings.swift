/// Ever new wordings of one wish: clean up the ledger.
///
/// Synonyms, another order, politeness, added ids and times, letter case and white space, as a
/// model produces them that has lost its way. Seeded, so that a failing wording can be made again.
struct Rewordings {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func draw(_ bound: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }

    mutating func pick(_ words: [String]) -> String { words[draw(words.count)] }

    mutating func uuid() -> String {
        let digits = Array("0123456789abcdef")
        return String((0..<36).map { "8-13-18-23-".contains("\($0)-") ? "-" : digits[draw(16)] })
    }

    mutating func hexadecimal(_ count: Int) -> String {
        String((0..<count).map { _ in Array("0123456789abcdef")[draw(16)] })
    }

    mutating func two() -> String {
        let number = draw(60)
        return number < 10 ? "0\(number)" : "\(number)"
    }

    mutating func wish() -> String {
        let opening = pick([
            "", "", "please ", "Kindly ", "could you ", "I need you to ", "now ", "Once more: ",
            "It is urgent, ", "hello, would you please ",
        ])
        let verb = pick([
            "clean up", "tidy", "purge", "remove", "delete", "wipe", "sweep", "get rid of", "clear",
            "dedupe", "scrub", "drop",
        ])
        let thing = pick([
            "the duplicates", "duplicate entries", "all stale rows", "orphaned records",
            "the old postings", "everything superfluous", "the leftovers", "those odd lines",
        ])
        let place = pick([
            "in the ledger", "from our books", "of the general ledger", "in accounting",
            "from the journal", "of this month", "before closing",
        ])
        var text = draw(3) == 0 ? "\(place) \(verb) \(thing)" : "\(verb) \(thing) \(place)"
        text = opening + text
        switch draw(9) {
        case 0: text += " (attempt \(draw(20000)))"
        case 1: text += " [request \(uuid())]"
        case 2: text += " at 02:\(two()):\(two())"
        case 3: text += " ref \(hexadecimal(8))"
        case 4: text += ", 2026-03-01T02:\(two()):\(two())Z"
        case 5: text += " ticket \(draw(100_000))"
        default: break
        }
        switch draw(8) {
        case 0: text = text.uppercased()
        case 1: text = text.replacing(" ", with: "\u{2003}")
        case 2: text = "\u{200b} " + text.replacing(" ", with: "  \t") + "\n"
        case 3: text = text.replacing("e", with: "E")
        default: break
        }
        return text + pick(["", ".", "!", "...", "!!"])
    }

    /// The arguments of one request, members in any order and with volatile ones among them.
    mutating func arguments() -> String {
        var members = [
            "\"scope\": \(pick(["\"ledger\"", "\"Ledger\"", "\" LEDGER \""]))",
            "\"limit\": \(pick(["100", "100.0", "1e2", "\"100\""]))",
            "\"request\": \(escaped(wish()))",
        ]
        if draw(2) == 0 { members.append("\"request_id\": \"\(uuid())\"") }
        if draw(2) == 0 { members.append("\"timestamp\": \(1_700_000_000 + draw(1_000_000))") }
        if draw(3) == 0 {
            members.append("\"reason\": \(escaped(pick(["dirty", "it is still so"])))")
        }
        if draw(3) == 0 { members.append("\"meta\": {\"traceId\": \"\(hexadecimal(16))\"}") }
        if draw(3) == 0 { members.append("\"note\": null") }
        for position in members.indices.dropLast() {
            members.swapAt(position, position + draw(members.count - position))
        }
        return "{\(members.joined(separator: pick([",", " , ", ",\n  "])))}"
    }

    private func escaped(_ text: String) -> String {
        "\"\(text.replacing("\t", with: "\\t").replacing("\n", with: "\\n"))\""
    }
}
