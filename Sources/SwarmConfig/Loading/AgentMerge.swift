import SwarmModel

/// Puts `defaults` of a topology under each of its agents.
enum AgentMerge {
    /// The topology without `defaults`, its agents complete as far as the file goes.
    static func merge(_ topology: JSON) -> JSON {
        guard var object = topology.objectValue else { return topology }
        let defaults = object["defaults"]?.objectValue ?? [:]
        object["defaults"] = nil
        var agents = JSONObject()
        for agent in object["agents"]?.objectValue ?? [:] {
            agents[agent.key] = .object(merge(agent.value.objectValue ?? [:], over: defaults))
        }
        object["agents"] = .object(agents)
        return .object(object)
    }

    /// Objects merge member by member; anything else, lists included, replaces what was there.
    static func merge(_ object: JSONObject, over base: JSONObject) -> JSONObject {
        var merged = base
        for member in object {
            if let inner = member.value.objectValue, let under = base[member.key]?.objectValue {
                merged[member.key] = .object(merge(inner, over: under))
            } else {
                merged[member.key] = member.value
            }
        }
        return merged
    }
}
