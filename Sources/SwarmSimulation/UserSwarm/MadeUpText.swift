import SwarmModel

/// Texts that satisfy what a JSON Schema says of a string.
enum MadeUpText {
    /// A text; texts with different numbers differ where the schema leaves room for that.
    static func text(_ schema: JSON, named name: String, number: Int) -> String {
        if let pattern = schema["pattern"]?.stringValue,
            let text = MadeUpPattern(pattern)?.text(number: number)
        {
            return text
        }
        if let format = schema["format"]?.stringValue, let text = formatted(format, name, number) {
            return text
        }
        var text = "\(name)-\(number + 1)"
        let least = min(schema["minLength"]?.integerValue ?? 0, 100_000)
        while text.unicodeScalars.count < least { text += "x" }
        if let most = schema["maxLength"]?.integerValue, text.unicodeScalars.count > most {
            text = String(text.suffix(Int(max(most, 0))))
        }
        return text
    }

    private static func formatted(_ format: String, _ name: String, _ number: Int) -> String? {
        let day = padded(number % 28 + 1, 2)
        switch format {
        case "date": return "2026-01-\(day)"
        case "date-time": return "2026-01-\(day)T12:00:00Z"
        case "time": return "12:00:\(padded(number % 60, 2))Z"
        case "duration": return "PT\(number % 1000 + 1)S"
        case "email", "idn-email": return "\(name)\(number + 1)@example.org"
        case "hostname", "idn-hostname": return "host\(number + 1).example.org"
        case "ipv4": return "192.0.2.\(number % 254 + 1)"
        case "ipv6": return "2001:db8::\(number % 9999 + 1)"
        case "uri", "iri", "uri-reference", "iri-reference":
            return "https://example.org/\(name)/\(number + 1)"
        case "uuid": return "00000000-0000-4000-8000-\(padded(number % 1_000_000, 12))"
        case "path": return "/tmp/simulated/\(name)-\(number + 1)"
        case "json-pointer": return "/\(name)/\(number)"
        case "regex": return "^\(name)$"
        default: return nil
        }
    }

    static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
}

/// A text for the common part of regular expressions: literals, classes, groups, alternatives and
/// repetition.
struct MadeUpPattern {
    private indirect enum Node {
        case oneOf([Unicode.Scalar])
        case sequence([Node])
        case choice([Node])
        case times(Node, Int)
    }

    private var rest: Substring.UnicodeScalarView
    private var isSound = true
    private var tree = Node.sequence([])

    /// Reads a pattern; nil when it uses more than is understood here.
    init?(_ pattern: String) {
        rest = Substring(pattern).unicodeScalars
        tree = choice()
        guard isSound, rest.isEmpty else { return nil }
    }

    /// A text that matches.
    func text(number: Int) -> String {
        var number = number
        return text(of: tree, &number)
    }

    private func text(of node: Node, _ number: inout Int) -> String {
        switch node {
        case .oneOf(let scalars):
            guard !scalars.isEmpty else { return "" }
            defer { number /= scalars.count }
            return String(Character(scalars[number % scalars.count]))
        case .sequence(let nodes):
            // The last places vary first, as in a number.
            var parts: [String] = []
            for node in nodes.reversed() { parts.append(text(of: node, &number)) }
            return parts.reversed().joined()
        case .choice(let nodes): return text(of: nodes[0], &number)
        case .times(let node, let count):
            return (0..<count).map { _ in text(of: node, &number) }.reversed().joined()
        }
    }

    private mutating func choice() -> Node {
        var branches = [sequence()]
        while rest.first == "|" {
            rest.removeFirst()
            branches.append(sequence())
        }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() -> Node {
        var nodes: [Node] = []
        while let next = rest.first, next != "|", next != ")", isSound {
            guard let atom = atom() else { continue }
            nodes.append(repeated(atom))
        }
        return .sequence(nodes)
    }

    private mutating func atom() -> Node? {
        let next = rest.removeFirst()
        switch next {
        case "^", "$": return nil
        case ".": return .oneOf(Array("abcdefgh".unicodeScalars))
        case "[": return set()
        case "(":
            if rest.starts(with: "?:".unicodeScalars) {
                rest.removeFirst(2)
            } else if rest.first == "?" {
                isSound = false
                return nil
            }
            let inner = choice()
            guard rest.first == ")" else {
                isSound = false
                return nil
            }
            rest.removeFirst()
            return inner
        case "\\": return .oneOf(escape())
        case "*", "+", "?", "{": isSound = false
        default: return .oneOf([next])
        }
        return nil
    }

    private mutating func escape() -> [Unicode.Scalar] {
        guard let next = rest.popFirst() else {
            isSound = false
            return []
        }
        switch next {
        case "d": return Array("0123456789".unicodeScalars)
        case "w": return Array("abcdefghijklmnopqrstuvwxyz0123456789_".unicodeScalars)
        case "s": return [" "]
        case "t": return ["\t"]
        case "n": return ["\n"]
        case "b", "B", "D", "W", "S", "p", "P", "u", "x", "k", "1":
            isSound = false
            return []
        default: return [next]
        }
    }

    private mutating func set() -> Node {
        guard rest.first != "^" else {
            isSound = false
            return .sequence([])
        }
        var scalars: [Unicode.Scalar] = []
        while let next = rest.popFirst(), next != "]" {
            let first = next == "\\" ? escape() : [next]
            guard rest.first == "-", rest.dropFirst().first != "]", first.count == 1 else {
                scalars += first
                continue
            }
            rest.removeFirst()
            guard let last = rest.popFirst(), last != "\\", first[0].value <= last.value else {
                isSound = false
                break
            }
            let range = first[0].value...min(last.value, first[0].value + 255)
            scalars += range.compactMap(Unicode.Scalar.init)
        }
        return .oneOf(scalars)
    }

    private mutating func repeated(_ node: Node) -> Node {
        switch rest.first {
        case "*"?, "+"?:
            rest.removeFirst()
            return lazily(.times(node, 2))
        case "?"?:
            rest.removeFirst()
            return lazily(.times(node, 1))
        case "{"?:
            rest.removeFirst()
            let inside = rest.prefix { $0 != "}" }
            rest = rest.dropFirst(inside.count + 1)
            let parts = inside.split(separator: ",", omittingEmptySubsequences: false)
            guard let low = parts.first.flatMap({ Int(String($0)) }), low <= 10_000 else {
                isSound = false
                return node
            }
            let high = parts.count == 2 ? Int(String(parts[1])) ?? low + 1 : low
            // One more than the least leaves room to be different.
            return lazily(.times(node, low > 0 ? low : min(high, 1)))
        default: return node
        }
    }

    /// Swallows the mark that a repetition takes as little as it can.
    private mutating func lazily(_ node: Node) -> Node {
        if rest.first == "?" { rest.removeFirst() }
        return node
    }
}
