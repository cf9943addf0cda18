import SwarmConfig
import SwarmModel

/// Holds arguments and results to what the contracts of the agents declare.
///
/// A capability without a schema costs nothing: its payloads are never parsed.
struct ContractChecks {
    private struct Key: Hashable {
        let agent: String
        let capability: String
    }

    private var parameters: [Key: JSONSchema] = [:]
    private var returns: [Key: JSONSchema] = [:]

    var hasArgumentSchemas: Bool { !parameters.isEmpty }
    var hasResultSchemas: Bool { !returns.isEmpty }

    init() {}

    /// Compiles the schemas of a plan; those that do not compile were refused when it was loaded.
    init(_ plan: SwarmPlan) {
        for agent in plan.agents {
            for contract in agent.manifest.capabilities {
                let key = Key(agent: agent.name, capability: contract.name)
                if !ContractChecks.acceptsEverything(contract.parameters) {
                    parameters[key] = try? JSONSchema(compiling: contract.parameters)
                }
                if let schema = contract.returns, !ContractChecks.acceptsEverything(schema) {
                    returns[key] = try? JSONSchema(compiling: schema)
                }
            }
        }
    }

    /// What is wrong with the arguments of a call that is about to be made.
    func checkArguments(_ bytes: [UInt8], of capability: String, agent: String) -> Failure? {
        guard let schema = parameters[Key(agent: agent, capability: capability)] else { return nil }
        return check(bytes, against: schema, "the arguments of \"\(capability)\"")
    }

    /// What is wrong with a result that came in.
    func checkResult(_ bytes: [UInt8], of capability: String, agent: String) -> Failure? {
        guard let schema = returns[Key(agent: agent, capability: capability)] else { return nil }
        return check(bytes, against: schema, "the result of \"\(capability)\"")
    }

    private func check(_ bytes: [UInt8], against schema: JSONSchema, _ what: String) -> Failure? {
        let json: JSON
        do { json = try JSON(parsing: bytes) } catch {
            return Failure(.validation, "\(what) is not JSON: \(error)", retryable: false)
        }
        guard let violation = schema.validate(json).first else { return nil }
        return Failure(
            .validation,
            "\(what) breaks its contract: \(violation)",
            retryable: false
        )
    }

    private static func acceptsEverything(_ schema: JSON) -> Bool {
        switch schema {
        case .bool(true): return true
        case .object(let object):
            // `{"type":"object"}` alone is a wish for tools, and not worth parsing every payload.
            return object.allSatisfy { member in
                switch member.key {
                case "type": member.value == .string("object")
                case "title", "description", "examples", "$comment", "default": true
                default: false
                }
            }
        case .null, .bool, .integer, .number, .string, .array: return false
        }
    }
}
