import SwarmModel

/// Checks a manifest on its own: what a shape cannot say.
struct ManifestCheck: FileCheck {
    let source: SourceFile
    var diagnostics: [Diagnostic] = []

    init(_ source: SourceFile) { self.source = source }

    /// The version of the worker protocol this coordinator speaks.
    static let protocolVersion = 1

    /// Reports what is wrong with a manifest whose shape was checked.
    mutating func check(_ manifest: JSON) {
        checkAdapter(manifest)
        checkProtocol(manifest)
        var seen: Set<String> = []
        for index in (source.value["capabilities"]?.arrayValue ?? []).indices {
            let path: JSONPath = ["capabilities", .index(index)]
            guard let capability = source.value[path] else { continue }
            checkName(capability, path, &seen)
            checkStrict(capability, path)
            checkSideEffect(capability, path)
            checkOperational(capability, path)
        }
    }

    private mutating func checkAdapter(_ manifest: JSON) {
        guard let word = manifest["adapter"]?.stringValue, let adapter = Adapter(rawValue: word),
            !adapter.isAvailable
        else { return }
        report(
            .unavailable,
            at: ["adapter"],
            "the adapter \"\(word)\" is not available yet",
            expected: "this version runs: native"
        )
    }

    private mutating func checkProtocol(_ manifest: JSON) {
        let low = manifest["protocol"]?["min"]?.integerValue ?? 1
        let high = manifest["protocol"]?["max"]?.integerValue ?? 1
        let spoken = Int64(ManifestCheck.protocolVersion)
        if low > high {
            report(
                .outOfRange,
                at: ["protocol"],
                "\"min\" is \(low) and \"max\" is \(high)",
                expected: "expected min to be no more than max"
            )
        } else if !(low...high).contains(spoken) {
            report(
                .unavailable,
                at: ["protocol"],
                "the agent speaks protocol \(low) to \(high), the coordinator \(spoken)",
                hint: "build the agent with an SDK of this version"
            )
        }
    }

    private mutating func checkName(
        _ capability: JSON,
        _ path: JSONPath,
        _ seen: inout Set<String>
    ) {
        guard let name = capability["function"]?["name"]?.stringValue else { return }
        guard !seen.insert(name).inserted else { return }
        report(
            .duplicateName,
            at: path.appending(keys: "function", "name"),
            "a second capability is named \"\(name)\"",
            hint: "each capability of an agent needs a name of its own"
        )
    }

    private mutating func checkStrict(_ capability: JSON, _ path: JSONPath) {
        guard let function = capability["function"], function["strict"]?.boolValue == true,
            let parameters = function["parameters"]
        else { return }
        let place = path.appending(keys: "function", "parameters")
        if parameters["additionalProperties"]?.boolValue != false {
            report(
                .strictSchema,
                at: place,
                "\"strict\" needs \"additionalProperties\": false",
                hint: "add it, or leave out \"strict\""
            )
        }
        let required = Set((parameters["required"]?.arrayValue ?? []).compactMap(\.stringValue))
        for name in parameters["properties"]?.objectValue?.keys ?? [] where !required.contains(name)
        {
            report(
                .strictSchema,
                atKey: place.appending(keys: "properties", name),
                "\"strict\" needs every property to be required, and \"\(name)\" is not",
                hint: "require it, and write an optional one as a union with null"
            )
        }
    }

    private mutating func checkSideEffect(_ capability: JSON, _ path: JSONPath) {
        guard let name = capability["function"]?["name"]?.stringValue else { return }
        let operational = capability["operational"]
        let place = operational == nil ? path : path.appending(key: "operational")
        guard let word = operational?["side_effect"]?.stringValue else {
            report(
                .pessimisticDefault,
                as: .note,
                at: place,
                "\"\(name)\" says nothing about its side effect and counts as destructive",
                hint: "add \"side_effect\": none, read, additive or destructive"
            )
            return
        }
        guard let sideEffect = SideEffect(rawValue: word), !sideEffect.isHarmless,
            operational?["compensation"] == nil
        else { return }
        report(
            .noCompensation,
            as: .warning,
            at: path.appending(keys: "operational", "side_effect"),
            "\"\(name)\" is \(word) and does not say how it is undone",
            hint: "add \"compensation\" with a capability, \"keep\" when its effect may stay, or "
                + "\"none\""
        )
    }

    private mutating func checkOperational(_ capability: JSON, _ path: JSONPath) {
        guard let operational = capability["operational"] else { return }
        let place = path.appending(key: "operational")
        let isSafe =
            operational["side_effect"] == "additive" && operational["idempotent"]?.boolValue == true
        if operational["compensation"] == "keep", !isSafe {
            report(
                .invalidValue,
                at: place.appending(key: "compensation"),
                "only the effect of a call that is additive and idempotent may be kept",
                hint: "write \"none\" when nothing undoes it: a run that fails then lists it"
            )
        }
        if operational["unknown_outcome"]?.stringValue == "verify",
            operational["verify_with"] == nil
        {
            report(
                .unverifiable,
                at: place.appending(key: "unknown_outcome"),
                "\"unknown_outcome\" is \"verify\", and nothing is named to verify with",
                hint: "add \"verify_with\": the read capability that answers whether it happened"
            )
        }
        checkHedge(operational, at: place)
        checkFailure(operational, at: place, retryKey: "retry_policy")
    }

    private mutating func checkHedge(_ operational: JSON, at path: JSONPath) {
        guard let hedge = operational["hedge"] else { return }
        let place = path.appending(key: "hedge")
        let sideEffect = operational["side_effect"]?.stringValue.flatMap(SideEffect.init(rawValue:))
        if operational["idempotent"]?.boolValue != true, sideEffect?.isHarmless != true {
            report(
                .unsafeRepeat,
                at: place,
                "\"hedge\" may make a call twice, and this one is not safe to repeat",
                expected: "expected \"side_effect\" none or read, or \"idempotent\": true",
                hint: "remove it, or make the capability idempotent"
            )
        }
        let timeout = operational.duration("timeout") ?? .seconds(60)
        guard let after = hedge.duration("after"), after >= timeout else { return }
        report(
            .noEffect,
            as: .warning,
            at: place.appending(key: "after"),
            "\"after\" is no shorter than the timeout of an attempt, "
                + timeout.configurationText,
            hint: "hedge sooner, or remove \"hedge\""
        )
    }
}
