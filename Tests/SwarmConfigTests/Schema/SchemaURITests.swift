import Testing

@testable import SwarmConfig

@Suite struct SchemaURITests {
    @Test(
        "References resolve as the examples of RFC 3986 say",
        arguments: [
            ("g:h", "g:h"), ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"), ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"), ("./", "http://a/b/c/"), ("..", "http://a/b/"),
            ("../", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"),
            ("../../g", "http://a/g"), ("../../../g", "http://a/g"), ("/./g", "http://a/g"),
            ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), ("..g", "http://a/b/c/..g"),
            ("./g/.", "http://a/b/c/g/"), ("g/../h", "http://a/b/c/h"),
            ("g;x=1/../y", "http://a/b/c/y"), ("#s", "http://a/b/c/d;p?q"),
        ]
    )
    func resolves(reference: String, expected: String) {
        #expect(SchemaURI("http://a/b/c/d;p?q").resolving(reference).document == expected)
    }

    @Test("Fragments are decoded, names without a hierarchy keep theirs")
    func decodesFragments() {
        #expect(SchemaURI("x#/a%25b%22c").decodedFragment == "/a%b\"c")
        #expect(SchemaURI("x#%ff").decodedFragment == nil)
        #expect(SchemaURI("x#a%").decodedFragment == "a%")
        #expect(SchemaURI("x").decodedFragment?.isEmpty == true)
        let name = SchemaURI("urn:uuid:1").resolving("#a")
        #expect(name.document == "urn:uuid:1")
        #expect(name.fragment == "a")
    }
}
