import SwarmModel

/// What the name of a member says about its value, before anyone looks at the value.
enum MemberRole {
    /// Differs with every call and means nothing: a trace id, a nonce, when it was asked.
    case volatile
    /// A moment: volatile when the value is a time stamp, part of the call otherwise.
    case moment
    /// Refers to the message or session a call came with, unless the call is about that.
    case reference
    /// Names a thing, however many words that takes: a title, a path, a command.
    case designation
    /// Says in free words what is wanted or why, however few.
    case wording
    /// Nothing: the value decides.
    case plain

    init(of key: String, in capability: String, _ effect: SideEffect) {
        let words = MemberRole.words(of: key)
        let name = words.joined()
        if MemberRole.isAbout(words, capability) {
            self = .plain
        } else if MemberRole.volatileNames.contains(name) {
            self = .volatile
        } else if name == "time" || name == "ts" {
            self = .moment
        } else if name == "seed", !effect.isHarmless {
            // Simulations fan out over seeds; a call that changes the world does not.
            self = .volatile
        } else if MemberRole.referenceNames.contains(name) {
            self = .reference
        } else if MemberRole.designationNames.contains(MemberRole.singular(words.last ?? "")) {
            self = .designation
        } else if name == "query", !effect.isHarmless {
            // A question to a search engine is free text; a statement to a database is not.
            self = .designation
        } else if MemberRole.reasonNames.contains(MemberRole.singular(name)) {
            self = .wording
        } else if effect == .destructive, MemberRole.wishNames.contains(MemberRole.singular(name)) {
            self = .wording
        } else {
            self = .plain
        }
    }

    private static let volatileNames = [
        "requestid", "traceid", "spanid", "parentspanid", "correlationid", "idempotencykey",
        "traceparent", "tracestate", "nonce", "timestamp", "now", "createdat", "updatedat",
        "requestedat", "sentat", "attempt", "attempts", "retrycount",
    ]
    private static let referenceNames = ["messageid", "callid", "sessionid"]
    private static let designationNames = [
        "address", "cmd", "code", "command", "directory", "email", "expression", "file", "filename",
        "filepath", "filter", "folder", "label", "name", "path", "pattern", "regex", "script",
        "sql", "statement", "title", "uri", "url",
    ]
    private static let reasonNames = [
        "comment", "explanation", "justification", "note", "rationale", "reason", "why",
    ]
    private static let wishNames = ["ask", "instruction", "message", "prompt", "request"]
    /// Members of answers that differ although nothing has changed.
    private static let answerNames = [
        "age", "agems", "ageseconds", "duration", "durationms", "durationseconds", "elapsed",
        "elapsedms", "elapsedseconds", "latency", "latencyms", "took", "tookms", "uptime",
        "uptimems", "uptimeseconds",
    ]

    /// Whether a member of an answer says nothing of the state it describes.
    static func isVolatileAnswer(_ key: String) -> Bool {
        let name = words(of: key).joined()
        return volatileNames.contains(name) || referenceNames.contains(name)
            || answerNames.contains(name)
    }

    /// Whether an id names what the capability is for, as `message_id` does for `delete_message`.
    private static func isAbout(_ words: [String], _ capability: String) -> Bool {
        guard words.count > 1, words.last == "id", let noun = words.dropLast().last else {
            return false
        }
        return MemberRole.words(of: capability).contains { singular($0) == noun }
    }

    private static func singular(_ word: String) -> String {
        word.count > 3 && word.hasSuffix("s") && !word.hasSuffix("ss")
            ? String(word.dropLast()) : word
    }

    /// How many names are looked at in one call or answer.
    static let nameLimit = 2000

    /// `createdAt`, `created_at` and `Created-At` are all `created`, `at`.
    private static func words(of key: String) -> [String] {
        var words: [String] = []
        var word = ""
        var afterSmall = false
        for scalar in key.unicodeScalars.prefix(80) {
            let isCapital = ("A"..."Z").contains(scalar)
            let isLetter = isCapital || ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
            if !isLetter || (isCapital && afterSmall) {
                if !word.isEmpty { words.append(word) }
                word = ""
            }
            if isLetter { word += scalar.properties.lowercaseMapping }
            afterSmall = isLetter && !isCapital
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
