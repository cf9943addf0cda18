import Testing

@testable import ReportAgent

@Suite("Markup")
struct MarkupTests {
    @Test(
        "Text put into HTML cannot become markup",
        arguments: [
            "<script>alert(1)</script>", "\" onload=\"x", "' & <b>", "]]>", "<!--", "&lt;",
            "a\u{0}b", "\u{202E}evil",
            "\u{FFFE}", "\u{1B}[31m", "\u{85}\u{2028}",
        ]
    )
    func html(text: String) {
        let html: HTML = "<p title=\"\(text)\">\(text)</p>"
        let content = XMLContent(Array(html.description.utf8))
        #expect(content.problem == nil)
        #expect(content.elements == ["p"])
        #expect(content.text == text.visible)
    }

    @Test(
        "What cannot be seen or deceives is made visible",
        arguments: [
            ("a\u{202E}b", "a\\u{202E}b"), ("a\u{0}b", "a\\u{0}b"), ("a\nb\tc", "a b c"),
            ("\u{200F}", "\\u{200F}"),
            ("plain é \u{1F600}", "plain é \u{1F600}"), ("\u{FEFF}x", "\\u{FEFF}x"),
            ("\u{7F}", "\\u{7F}"),
        ]
    )
    func visible(text: String, expected: String) {
        #expect(text.visible == expected)
    }

    @Test(
        "Text put into Markdown neither formats nor breaks a table",
        arguments: [
            ("a|b", "a\\|b"), ("*b*", "\\*b\\*"), ("[x](y)", "\\[x\\](y)"), ("<b>", "&lt;b&gt;"),
            ("a\nb", "a b"),
            ("`c`", "\\`c\\`"), ("back\\slash", "back\\\\slash"), ("snake_case", "snake\\_case"),
            ("![i](u)", "\\!\\[i\\](u)"),
        ]
    )
    func markdown(text: String, expected: String) {
        let markdown: Markdown = "\(text)"
        #expect(markdown.description == expected)
    }

    @Test(
        "Code is not escaped, save for what would end it",
        arguments: [
            ("/a_b*c", "`/a_b*c`"), ("a|b", "`a\\|b`"), ("a`b", "`` a`b ``"),
            ("``", "``` `` ```"), ("\u{202E}", "`\\u{202E}`"),
        ]
    )
    func code(text: String, expected: String) {
        let markdown: Markdown = "\(code: text)"
        #expect(markdown.description == expected)
    }

    @Test("Pieces of markup go in as they are")
    func nested() {
        let inner: HTML = "<b>\("<")</b>"
        let outer: HTML = "<p>\(inner)\([inner, inner])</p>"
        #expect(outer.description == "<p><b>&lt;</b><b>&lt;</b>\n<b>&lt;</b></p>")
    }
}

@Suite("Numbers for people")
struct NumberTests {
    @Test(
        "Thousands are set apart",
        arguments: [
            (0, "0"), (999, "999"), (1000, "1\u{202F}000"),
            (-1_234_567, "-1\u{202F}234\u{202F}567"),
        ]
    )
    func grouped(number: Int, text: String) {
        #expect(number.grouped == text)
    }

    @Test(
        "Bytes get a unit",
        arguments: [
            (0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1 kB"),
            (1_550_000_000, "1.6 GB"), (123_456, "123.5 kB"),
        ]
    )
    func bytes(number: Int, text: String) {
        #expect(number.byteCount == text)
    }

    @Test(
        "Milliseconds get a unit",
        arguments: [
            (0.25, "250 µs"), (12.34, "12.3 ms"), (1500, "1.5 s"), (150_000, "2.5 min"),
            (100_000, "100 s"), (10, "10 ms"),
        ]
    )
    func milliseconds(number: Double, text: String) {
        #expect(number.milliseconds == text)
    }

    @Test(
        "Decimals are rounded, not cut",
        arguments: [
            (1.005, 1, "1.0"), (-2.25, 1, "-2.3"), (0.999, 2, "1.00"), (7, 0, "7"),
            (-0.04, 1, "0.0"),
        ]
    )
    func fixed(number: Double, decimals: Int, text: String) {
        #expect(number.fixed(decimals: decimals) == text)
    }

    @Test("Nouns follow their number")
    func nouns() {
        #expect(1.of("file") == "1 file")
        #expect(2.of("file") == "2 files")
        #expect(0.of("entry", "entries") == "0 entries")
    }
}
