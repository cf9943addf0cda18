/// Reads the small fixed grammars that `format` names.
struct FormatScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = text[...].utf8 }

    // MARK: Dates and times (RFC 3339)

    var isDate: Bool {
        var copy = self
        return copy.acceptDate() && copy.rest.isEmpty
    }

    var isTime: Bool {
        var copy = self
        return copy.acceptTime() && copy.rest.isEmpty
    }

    static func isDateTime(_ text: String) -> Bool {
        var scanner = FormatScanner(text)
        return scanner.acceptDate() && (scanner.accept("T") || scanner.accept("t"))
            && scanner.acceptTime() && scanner.rest.isEmpty
    }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// Exactly so many ASCII digits.
    private mutating func number(digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let byte = rest.first, (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 0x30)
            rest.removeFirst()
        }
        return value
    }

    private mutating func acceptDate() -> Bool {
        guard let year = number(digits: 4), accept("-"), let month = number(digits: 2),
            (1...12).contains(month), accept("-"), let day = number(digits: 2)
        else { return false }
        let isLeap =
            year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        return (1...lengths[month - 1]).contains(day)
    }

    private mutating func acceptTime() -> Bool {
        guard let hour = number(digits: 2), hour < 24, accept(":"),
            let minute = number(digits: 2), minute < 60, accept(":"),
            let second = number(digits: 2), second <= 60
        else { return false }
        if accept(".") {
            guard number(digits: 1) != nil else { return false }
            while number(digits: 1) != nil {}
        }
        var offset = 0
        if !accept("Z"), !accept("z") {
            let isEast = accept("+")
            guard isEast || accept("-"), let hours = number(digits: 2), hours < 24, accept(":"),
                let minutes = number(digits: 2), minutes < 60
            else { return false }
            offset = (hours * 60 + minutes) * (isEast ? 1 : -1)
        }
        // A leap second ends a day of UTC.
        let utc = (hour * 60 + minute - offset + 2 * 1440) % 1440
        return second < 60 || utc == 1439
    }

    static func isDuration(_ text: String) -> Bool {
        guard text.hasPrefix("P"), text.utf8.allSatisfy({ $0 < 0x80 }) else { return false }
        let halves = text.dropFirst().split(separator: "T", omittingEmptySubsequences: false)
        func isPart(_ part: Substring, _ units: String) -> Bool {
            var digits = 0
            var left = units[...]
            for character in part {
                if ("0"..."9").contains(character) {
                    digits += 1
                } else if digits > 0, let place = left.firstIndex(of: character) {
                    // Units may start late and end early but not be left out in between.
                    guard left == units[...] || place == left.startIndex else { return false }
                    left = left[left.index(after: place)...]
                    digits = 0
                } else {
                    return false
                }
            }
            return digits == 0 && !part.isEmpty
        }
        switch halves.count {
        case 1: return isPart(halves[0], "YMD") || isPart(halves[0], "W")
        case 2:
            return isPart(halves[1], "HMS") && (halves[0].isEmpty || isPart(halves[0], "YMD"))
        default: return false
        }
    }

    // MARK: Addresses

    static func isHostname(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= 253 else { return false }
        return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
                // Two hyphens there announce an encoding, of which only one exists.
                && (!label.dropFirst(2).hasPrefix("--") || isPunycode(label))
        }
    }

    private static func isPunycode(_ label: Substring) -> Bool {
        label.lowercased().hasPrefix("xn--") && label.utf8.count > 4
    }

    static func isEmail(_ text: String) -> Bool {
        guard let at = text.lastIndex(of: "@") else { return false }
        let local = text[..<at]
        var domain = text[text.index(after: at)...]
        let isQuoted = local.utf8.count > 2 && local.hasPrefix("\"") && local.hasSuffix("\"")
        let atoms = local.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = atoms.allSatisfy { atom in
            !atom.isEmpty
                && atom.utf8.allSatisfy {
                    isAlphanumeric($0) || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0)
                }
        }
        guard isQuoted || isPlain else { return false }
        if domain.hasPrefix("["), domain.hasSuffix("]") {
            domain = domain.dropFirst().dropLast()
            if domain.hasPrefix("IPv6:") { return isIPv6(String(domain.dropFirst(5))) }
            return isIPv4(domain)
        }
        return isHostname(String(domain))
    }

    static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                (1...3).contains(part.utf8.count)
                    && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
                    && (part == "0" || !part.hasPrefix("0")) && UInt8(part) != nil
            }
    }

    static func isIPv6(_ text: String) -> Bool {
        var groups = text.split(separator: ":", omittingEmptySubsequences: false)
        guard groups.count >= 3 else { return false }
        var count = 0
        if let last = groups.last, last.contains(".") {
            guard isIPv4(last) else { return false }
            groups.removeLast()
            count = 2
        }
        let hasTail = count == 2
        // A gap is an empty group; at either end it shows as two.
        var gaps = groups.indices.filter { groups[$0].isEmpty }
        if gaps.first == 0 {
            guard groups.count > 1, groups[1].isEmpty else { return false }
            gaps.removeFirst()
            groups.removeFirst()
            gaps = gaps.map { $0 - 1 }
        }
        if !hasTail, let last = gaps.last, last == groups.count - 1, groups.count > 1 {
            guard groups[last - 1].isEmpty else { return false }
            gaps.removeLast()
            groups.removeLast()
        }
        guard gaps.count <= 1 else { return false }
        let isHexadecimal = groups.allSatisfy { group in
            group.isEmpty || (group.utf8.count <= 4 && group.utf8.allSatisfy(Self.isHexadecimal))
        }
        count += groups.count - gaps.count
        return isHexadecimal && (gaps.isEmpty ? count == 8 : count < 8)
    }

    // MARK: Names

    static func isUUID(_ text: String) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && groups.allSatisfy { $0.utf8.allSatisfy(Self.isHexadecimal) }
    }

    static func isJSONPointer(_ text: String) -> Bool {
        guard text.isEmpty || text.hasPrefix("/") else { return false }
        let parts = text.split(separator: "~", omittingEmptySubsequences: false).dropFirst()
        return parts.allSatisfy { $0.hasPrefix("0") || $0.hasPrefix("1") }
    }

    static func isURIReference(_ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard bytes.count >= 2, bytes.prefix(2).allSatisfy(isHexadecimal) else {
                    return false
                }
            } else if !isAlphanumeric(byte), !"-._~:/?#[]@!$&'()*+,;=".utf8.contains(byte) {
                return false
            }
        }
        let uri = SchemaURI(text)
        if let scheme = uri.scheme {
            guard let first = scheme.utf8.first, isAlphanumeric(first), first > 0x39,
                scheme.utf8.allSatisfy({ isAlphanumeric($0) || "+-.".utf8.contains($0) })
            else { return false }
        } else if uri.authority == nil,
            uri.path.split(separator: "/", omittingEmptySubsequences: false).first?.contains(":")
                == true
        {
            return false
        }
        if uri.fragment?.contains("#") == true { return false }
        let hasBrackets = { (part: Substring) in part.contains("[") || part.contains("]") }
        if hasBrackets(uri.path) || hasBrackets(uri.query ?? "") || hasBrackets(uri.fragment ?? "")
        {
            return false
        }
        return uri.authority.map(isAuthority) ?? true
    }

    private static func isAuthority(_ authority: Substring) -> Bool {
        var host = authority
        if let at = host.lastIndex(of: "@") {
            let user = host[..<at]
            guard !user.contains("@"), !user.contains("["), !user.contains("]") else {
                return false
            }
            host = host[host.index(after: at)...]
        }
        if host.hasPrefix("[") {
            guard let close = host.firstIndex(of: "]") else { return false }
            let address = host[host.index(after: host.startIndex)..<close]
            guard isIPv6(String(address)) || address.hasPrefix("v") else { return false }
            let port = host[host.index(after: close)...]
            return port.isEmpty || isPort(port)
        }
        guard !host.contains("["), !host.contains("]") else { return false }
        guard let colon = host.firstIndex(of: ":") else { return true }
        return isPort(host[colon...])
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.hasPrefix(":") && text.dropFirst().utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
}
