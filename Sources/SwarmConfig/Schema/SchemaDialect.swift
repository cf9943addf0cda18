import SwarmModel

/// Which keywords of a schema mean anything, as its `$schema` says.
struct SchemaDialect: Hashable {
    var hasApplicator = true
    var hasUnevaluated = true
    var hasValidation = true
    var assertsFormats = false

    /// The address of the dialect understood here.
    static let address = "https://json-schema.org/draft/2020-12/schema"

    private static let vocabularies = "https://json-schema.org/draft/2020-12/vocab/"

    /// The dialect of that address; one that is not the standard one says by `$vocabulary`, in
    /// its own document, which parts it consists of.
    init(
        address: String,
        location: String,
        resolver: SchemaResolver
    ) throws(SchemaError) {
        let document = SchemaURI(address).document
        guard document != Self.address else { return }
        let hint = "Write the schema for \(Self.address)"
        guard let metaschema = resolver(document), metaschema["$schema"]?.stringValue != nil else {
            throw SchemaError(
                .unsupportedDialect,
                "the dialect '\(address)' is not known",
                at: location,
                hint: hint
            )
        }
        guard case .object(let vocabulary)? = metaschema["$vocabulary"] else { return }
        func has(_ name: String) -> Bool { vocabulary[Self.vocabularies + name] != nil }
        hasApplicator = has("applicator")
        hasUnevaluated = has("unevaluated")
        hasValidation = has("validation")
        assertsFormats = has("format-assertion")
        let known: Set<String> = [
            "core", "applicator", "unevaluated", "validation", "meta-data", "format-annotation",
            "format-assertion", "content",
        ]
        for (name, isRequired) in vocabulary.lazy.map({ ($0.key, $0.value) })
        where isRequired == true {
            guard name.hasPrefix(Self.vocabularies),
                known.contains(String(name.dropFirst(Self.vocabularies.count)))
            else {
                throw SchemaError(
                    .unsupportedDialect,
                    "the dialect '\(address)' requires the vocabulary '\(name)'",
                    at: location,
                    hint: hint
                )
            }
        }
    }

    /// The standard one.
    init() {}
}
