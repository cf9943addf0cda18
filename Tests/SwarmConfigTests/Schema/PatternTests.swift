import Testing

@testable import SwarmConfig

@Suite struct PatternTests {
    @Test(
        "Patterns are found as ECMAScript finds them",
        arguments: [
            ("abc", "xabcx", true), ("abc", "ab", false), ("", "", true), ("^$", "", true),
            ("^$", "\n", false), ("^a$", "a\n", false), ("a|b|", "", true),
            ("^(a|bc)$", "bc", true),
            ("^a?b$", "b", true), ("^a*$", "aaaa", true), ("^a+$", "", false),
            ("^a{2,3}$", "aa", true),
            ("^a{2,3}$", "aaaa", false), ("^a{2}$", "aa", true), ("^a{2,}$", "aaaaa", true),
            ("^a{2,}$", "a", false), ("^a+?b", "aab", true), ("^[a-c]$", "b", true),
            ("^[a-c]$", "d", false),
            ("^[^a-c]$", "d", true), ("^[^a]$", "🐝", true), ("^[]$", "a", false),
            ("^[^]$", "\n", true),
            ("^[a\\-z]$", "-", true), ("^[-a]$", "-", true), ("^[a-]$", "-", true),
            ("^[\\]]$", "]", true),
            ("^.$", "🐝", true), ("^.$", "\n", false), ("^.$", "\u{2028}", false),
            ("^..$", "🐝", false),
            ("^\\d+$", "09", true), ("^\\d$", "٣", false), ("^\\D$", "٣", true),
            ("^\\w$", "_", true),
            ("^\\w$", "é", false), ("^\\W$", "é", true), ("^\\s$", "\u{a0}", true),
            ("^\\s$", "\u{feff}", true),
            ("^\\S$", "\u{2003}", false), ("^[\\d\\s]+$", "1 2", true), ("^[^\\d]+$", "a1", false),
            ("\\bcat\\b", "a cat.", true), ("\\bcat\\b", "concat", false),
            ("\\Bcat", "concat", true),
            ("^(.)\\1$", "aa", true), ("^(.)\\1$", "ab", false), ("^(?<q>.)x\\k<q>$", "axa", true),
            ("^\\k<q>(?<q>.)$", "a", true), ("^(?:a(?=b))b$", "ab", true), ("^(?!a)", "ab", false),
            ("^(?!.*secret)", "no secret", false), ("^(?=.*\\d)(?=.*[a-z]).{3,}$", "ab1", true),
            ("^\\x41\\u0042\\u{43}\\cJ\\t$", "ABC\n\t", true), ("^\\ud83d\\udc1d$", "🐝", true),
            ("^\\p{Lu}\\p{Letter}$", "Éa", true), ("^\\P{L}$", "a", false),
            ("^[\\p{Nd}_]+$", "٣_", true),
            ("^(a*)*$", "aaab", false), ("^(a*)*b$", "aaab", true),
            ("^(?:a|ab)(?:c|bcd)$", "abcd", true),
            ("^{a}$", "{a}", true), ("^a{,2}$", "a{,2}", true), ("^\\$\\.\\/$", "$./", true),
            ("^(?:(a)|b)*$", "ab", true), ("(?=(a+))a*b\\1", "baaabac", true),
        ]
    )
    func finds(pattern: String, text: String, isFound: Bool) throws {
        #expect(try Pattern(pattern).search(text) == (isFound ? .found : .absent))
    }

    @Test(
        "What is no pattern is refused with its place",
        arguments: [
            ("(", 0), (")", 0), ("a)", 1), ("[a", 0), ("*a", 0), ("a**", 2), ("{2}", 3),
            ("a{3,2}", 6),
            ("[b-a]", 4), ("\\", 1), ("\\a", 1), ("\\Z", 1), ("\\1", 0), ("(a)\\2", 3),
            ("\\k<x>", 0),
            ("(?<a>.)(?<a>.)", 12), ("(?<=a)b", 0), ("(?i)a", 0), ("\\u12", 2), ("\\u{110000}", 10),
            ("\\xg0", 2), ("\\c1", 2), ("\\p{Nope}", 3), ("[\\d-z]", 5), ("\\01", 2),
        ]
    )
    func refuses(pattern: String, offset: Int) {
        let error = #expect(throws: PatternError.self) { try Pattern(pattern) }
        #expect(error?.offset == offset, "\(String(describing: error))")
    }

    @Test("A pattern that would take for ever gives up")
    func givesUp() throws {
        let text = String(repeating: "a", count: 40)
        #expect(try Pattern("^(a|a)*$").search(text + "b") == .gaveUp)
        #expect(try Pattern("^(a|a)*$").search(text) == .found)
        #expect(try Pattern("(x+x+)+y").search(String(repeating: "x", count: 60)) == .gaveUp)
    }

    @Test("A pattern too large to be meant is refused")
    func limitsSize() {
        #expect(throws: PatternError.self) { try Pattern("(a{1000}){1000}") }
        #expect(throws: PatternError.self) { try Pattern("a{1000000}") }
        #expect(throws: PatternError.self) {
            try Pattern(String(repeating: "(", count: 500) + String(repeating: ")", count: 500))
        }
    }
}
