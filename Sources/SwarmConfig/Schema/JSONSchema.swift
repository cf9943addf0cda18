public import SwarmModel

/// Fetches a schema document by its absolute address without fragment; nil when there is none.
public typealias SchemaResolver = @Sendable (_ address: String) -> JSON?

/// A JSON Schema (draft 2020-12), compiled once and then used from any number of threads.
///
/// Everything the draft makes mandatory is there. `format` is an annotation unless asked to be
/// checked; `content…` keywords are annotations always. Other versions of JSON Schema are
/// refused rather than half understood. Patterns are ECMAScript's, bounded in time; lookbehind
/// and `\p{Script=…}` are refused.
public struct JSONSchema: Sendable {
    private let graph: SchemaGraph

    /// Checks the schema itself and readies it for use.
    ///
    /// - Parameters:
    ///   - schema: An object, or `true` or `false`.
    ///   - address: Where the schema was found, which relative references start from.
    ///   - assertsFormats: Whether `format` is checked, for the formats known here.
    ///   - resolver: Fetches other documents; without it every reference must lead to the schema
    ///     itself.
    /// - Throws: `SchemaError` for the first mistake in the schema.
    public init(
        compiling schema: JSON,
        address: String = "",
        assertsFormats: Bool = false,
        resolver: @escaping SchemaResolver = { _ in nil }
    ) throws(SchemaError) {
        var compiler = SchemaCompiler(assertsFormats: assertsFormats, resolver: resolver)
        graph = try compiler.compile(schema, address: address)
    }

    /// Whether the value keeps every rule; faster than asking for violations.
    public func isValid(_ value: JSON) -> Bool {
        var evaluation = SchemaEvaluation(graph: graph, collects: false)
        return evaluation.run(on: value)
    }

    /// Every broken rule, in the order of the schema; empty for a valid value.
    ///
    /// When none of several alternatives fits, that is one violation that tells the first thing
    /// wrong with each.
    public func validate(_ value: JSON) -> [SchemaViolation] {
        guard !isValid(value) else { return [] }
        var evaluation = SchemaEvaluation(graph: graph, collects: true)
        _ = evaluation.run(on: value)
        return evaluation.violations
    }
}
