/// Why a text is no pattern that is understood here.
struct PatternError: Error, Hashable {
    /// One sentence.
    var message: String
    /// Where in the pattern, in characters from 0.
    var offset: Int
}

/// A pattern as its grammar has it.
indirect enum PatternNode {
    case empty
    case scalar(UInt32)
    case set(ScalarSet)
    case sequence([PatternNode])
    case alternatives([PatternNode])
    case capture(Int, PatternNode)
    case repetition(PatternNode, minimum: Int, maximum: Int?, isLazy: Bool)
    case start, end
    case wordBoundary(isNegated: Bool)
    case backreference(Int)
    case lookahead(PatternNode, isNegated: Bool)
}

/// Reads ECMAScript regular expressions in their Unicode mode, the dialect JSON Schema names.
///
/// A brace or closing bracket that can only be meant literally is taken so. Lookbehind and
/// `\p{Script=…}` are not understood, and said so.
struct PatternParser {
    private let scalars: [Unicode.Scalar]
    private var offset = 0
    private var depth = 0
    private(set) var captureCount = 0
    private var names: [String: Int] = [:]
    private var backreferences: [(index: Int?, name: String?, offset: Int)] = []

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    mutating func parse() throws(PatternError) -> PatternNode {
        // Names may be used before the group they name.
        var scout = self
        let first = try scout.parseAlternatives()
        guard scout.offset == scalars.count else {
            throw PatternError(message: "')' without '('", offset: scout.offset)
        }
        for reference in scout.backreferences {
            if let name = reference.name, scout.names[name] == nil {
                throw PatternError(
                    message: "no group is named '\(name)'",
                    offset: reference.offset
                )
            }
            if let index = reference.index, index > scout.captureCount {
                throw PatternError(
                    message: "there is no group \(index)",
                    offset: reference.offset
                )
            }
        }
        guard scout.backreferences.contains(where: { $0.name != nil }) else {
            captureCount = scout.captureCount
            return first
        }
        names = scout.names
        return try parseAlternatives()
    }

    private func error(_ message: String) -> PatternError {
        PatternError(message: message, offset: offset)
    }

    private var next: Unicode.Scalar? { offset < scalars.count ? scalars[offset] : nil }

    private mutating func accept(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard scalars[offset...].starts(with: wanted) else { return false }
        offset += wanted.count
        return true
    }

    private mutating func parseAlternatives() throws(PatternError) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 100 else { throw error("groups are nested more than 100 deep") }
        var alternatives = [try parseSequence()]
        while accept("|") { alternatives.append(try parseSequence()) }
        return alternatives.count == 1 ? alternatives[0] : .alternatives(alternatives)
    }

    private mutating func parseSequence() throws(PatternError) -> PatternNode {
        var parts: [PatternNode] = []
        while let scalar = next, scalar != "|", scalar != ")" {
            let (atom, repeats) = try parseAtom()
            parts.append(repeats ? try parseQuantifier(of: atom) : atom)
        }
        switch parts.count {
        case 0: return .empty
        case 1: return parts[0]
        default: return .sequence(parts)
        }
    }

    private mutating func parseQuantifier(of atom: PatternNode) throws(PatternError) -> PatternNode
    {
        let minimum: Int
        let maximum: Int?
        if accept("*") {
            (minimum, maximum) = (0, nil)
        } else if accept("+") {
            (minimum, maximum) = (1, nil)
        } else if accept("?") {
            (minimum, maximum) = (0, 1)
        } else if let bounds = acceptBounds() {
            (minimum, maximum) = bounds
            if let maximum, maximum < minimum { throw error("the bounds are out of order") }
        } else {
            return atom
        }
        let isLazy = accept("?")
        if let scalar = next, "*+?".unicodeScalars.contains(scalar) {
            throw error("nothing to repeat")
        }
        return .repetition(atom, minimum: minimum, maximum: maximum, isLazy: isLazy)
    }

    /// `{2}`, `{2,}` or `{2,5}`; nothing is taken when it is none of them.
    private mutating func acceptBounds() -> (Int, Int?)? {
        let start = offset
        guard accept("{"), let minimum = acceptNumber() else {
            offset = start
            return nil
        }
        if accept("}") { return (minimum, minimum) }
        guard accept(",") else {
            offset = start
            return nil
        }
        if accept("}") { return (minimum, nil) }
        guard let maximum = acceptNumber(), accept("}") else {
            offset = start
            return nil
        }
        return (minimum, maximum)
    }

    private mutating func acceptNumber() -> Int? {
        let start = offset
        var number = 0
        while let scalar = next, ("0"..."9").contains(scalar), number < 1_000_000 {
            number = number * 10 + Int(scalar.value - 0x30)
            offset += 1
        }
        return offset > start ? number : nil
    }

    /// One atom, and whether it may be repeated.
    private mutating func parseAtom() throws(PatternError) -> (PatternNode, Bool) {
        guard let scalar = next else { return (.empty, false) }
        switch scalar {
        case "^":
            offset += 1
            return (.start, false)
        case "$":
            offset += 1
            return (.end, false)
        case "(": return try parseGroup()
        case "[": return (.set(try parseClass()), true)
        case ".":
            offset += 1
            return (.set(ScalarSet.lineTerminators.inverted), true)
        case "*", "+", "?": throw error("nothing to repeat")
        case "{":
            if acceptBounds() != nil { throw error("nothing to repeat") }
        case "\\": return try parseEscape()
        default: break
        }
        offset += 1
        return (.scalar(scalar.value), true)
    }

    private mutating func parseGroup() throws(PatternError) -> (PatternNode, Bool) {
        let opening = offset
        var capture: Int?
        var lookahead: Bool?
        if accept("(?:") {
        } else if accept("(?=") {
            lookahead = false
        } else if accept("(?!") {
            lookahead = true
        } else if accept("(?<=") || accept("(?<!") {
            throw PatternError(message: "lookbehind is not supported", offset: opening)
        } else if accept("(?<") {
            captureCount += 1
            capture = captureCount
            let name = try parseName()
            if let other = names[name], other != captureCount {
                throw error("two groups are named '\(name)'")
            }
            names[name] = captureCount
        } else if accept("(?") {
            throw PatternError(message: "unknown kind of group", offset: opening)
        } else {
            offset += 1
            captureCount += 1
            capture = captureCount
        }
        let body = try parseAlternatives()
        guard accept(")") else {
            throw PatternError(message: "'(' without ')'", offset: opening)
        }
        if let lookahead { return (.lookahead(body, isNegated: lookahead), false) }
        if let capture { return (.capture(capture, body), true) }
        return (body, true)
    }

    private mutating func parseName() throws(PatternError) -> String {
        var name = ""
        while let scalar = next, scalar != ">" {
            let isStart = scalar.properties.isIDStart || scalar == "$" || scalar == "_"
            guard isStart || (!name.isEmpty && scalar.properties.isIDContinue) else {
                throw error("a group's name is made of letters, digits, '_' and '$'")
            }
            name.unicodeScalars.append(scalar)
            offset += 1
        }
        guard !name.isEmpty, accept(">") else { throw error("a group's name is not closed") }
        return name
    }

    private mutating func parseEscape() throws(PatternError) -> (PatternNode, Bool) {
        let start = offset
        if accept("\\b") { return (.wordBoundary(isNegated: false), false) }
        if accept("\\B") { return (.wordBoundary(isNegated: true), false) }
        if accept("\\k<") {
            let name = try parseName()
            backreferences.append((nil, name, start))
            return (.backreference(names[name] ?? 0), true)
        }
        if let digit = offset + 1 < scalars.count ? scalars[offset + 1] : nil,
            ("1"..."9").contains(digit)
        {
            offset += 1
            let index = acceptNumber() ?? 0
            backreferences.append((index, nil, start))
            return (.backreference(index), true)
        }
        switch try parseClassEscape() {
        case .range(let range): return (.scalar(range.lowerBound), true)
        case .set(let set): return (.set(set), true)
        case .category(let category): return (.set(ScalarSet([.category(category)])), true)
        }
    }

    /// An escape that stands for one character or for a set of them.
    private mutating func parseClassEscape() throws(PatternError) -> ScalarSet.Item {
        offset += 1
        guard let letter = next else { throw error("a backslash at the end") }
        offset += 1
        func single(_ value: UInt32) -> ScalarSet.Item { .range(value...value) }
        switch letter {
        case "d": return .set(.digits)
        case "D": return .set(.digits.inverted)
        case "w": return .set(.words)
        case "W": return .set(.words.inverted)
        case "s": return .set(.spaces)
        case "S": return .set(.spaces.inverted)
        case "p", "P": return try parseProperty(isNegated: letter == "P")
        case "t": return single(0x09)
        case "n": return single(0x0a)
        case "v": return single(0x0b)
        case "f": return single(0x0c)
        case "r": return single(0x0d)
        case "0":
            guard next.map({ ("0"..."9").contains($0) }) != true else {
                throw error("octal escapes are not supported")
            }
            return single(0)
        case "c":
            guard let control = next, ("a"..."z").contains(control) || ("A"..."Z").contains(control)
            else { throw error("\\c takes a letter") }
            offset += 1
            return single(control.value % 32)
        case "x": return single(try parseHexadecimal(digits: 2))
        case "u": return single(try parseUnicodeEscape())
        default:
            guard !letter.properties.isAlphabetic, !("1"..."9").contains(letter) else {
                offset -= 1
                throw error("there is no escape '\\\(letter)'")
            }
            return single(letter.value)
        }
    }

    private mutating func parseProperty(isNegated: Bool) throws(PatternError) -> ScalarSet.Item {
        guard accept("{"), let close = scalars[offset...].firstIndex(of: "}") else {
            throw error("\\p takes a name in braces")
        }
        var name = ""
        name.unicodeScalars.append(contentsOf: scalars[offset..<close])
        guard let category = ScalarCategory(name) else {
            throw error("the property '\(name)' is not supported")
        }
        offset = close + 1
        return isNegated
            ? .set(ScalarSet([.category(category)], negated: true)) : .category(category)
    }

    private mutating func parseUnicodeEscape() throws(PatternError) -> UInt32 {
        if accept("{") {
            guard let close = scalars[offset...].firstIndex(of: "}"), close > offset else {
                throw error("\\u{ takes hexadecimal digits and '}'")
            }
            let value = try parseHexadecimal(digits: close - offset)
            offset = close + 1
            guard value <= 0x10ffff else { throw error("no character has this number") }
            return value
        }
        let high = try parseHexadecimal(digits: 4)
        guard high & 0xfffffc00 == 0xd800 else { return high }
        let start = offset
        guard accept("\\u"), let low = try? parseHexadecimal(digits: 4), low & 0xfffffc00 == 0xdc00
        else {
            offset = start
            return high
        }
        return 0x10000 + (high & 0x3ff) << 10 + (low & 0x3ff)
    }

    private mutating func parseHexadecimal(digits: Int) throws(PatternError) -> UInt32 {
        guard offset + digits <= scalars.count, digits <= 8 else {
            throw error("expected \(digits) hexadecimal digits")
        }
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars[offset..<offset + digits])
        guard text.first != "+", text.first != "-", let value = UInt32(text, radix: 16) else {
            throw error("expected \(digits) hexadecimal digits")
        }
        offset += digits
        return value
    }

    private mutating func parseClass() throws(PatternError) -> ScalarSet {
        let opening = offset
        offset += 1
        let isNegated = accept("^")
        var items: [ScalarSet.Item] = []
        while let scalar = next {
            if accept("]") { return ScalarSet(items, negated: isNegated) }
            let first = try parseClassAtom(scalar)
            guard next == "-", offset + 1 < scalars.count, scalars[offset + 1] != "]" else {
                items.append(first)
                continue
            }
            offset += 1
            let last = try parseClassAtom(scalars[offset])
            guard case .range(let low) = first, case .range(let high) = last else {
                throw error("a range needs a single character at both ends")
            }
            guard low.lowerBound <= high.upperBound else {
                throw error("the range is out of order")
            }
            items.append(.range(low.lowerBound...high.upperBound))
        }
        throw PatternError(message: "'[' without ']'", offset: opening)
    }

    private mutating func parseClassAtom(
        _ scalar: Unicode.Scalar
    ) throws(PatternError) -> ScalarSet.Item {
        if accept("\\b") { return .range(8...8) }
        if scalar == "\\" { return try parseClassEscape() }
        offset += 1
        return .range(scalar.value...scalar.value)
    }
}
