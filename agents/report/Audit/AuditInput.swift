/// What the report on an audit of installed packages is made from.
///
/// Field names are those of the results of the capabilities that list, check and look for
/// outliers; fields this report does not show are not read.
struct AuditInput: Codable, Sendable {
    /// One path that is not as its package left it.
    struct Finding: Codable, Sendable, Equatable {
        var path: String
        /// What `dpkg --verify` prints in front of the path.
        var verify: String
        var conffile: Bool?
        var reason: String
    }

    /// All findings of a package, as the file of findings holds them.
    struct Findings: Codable, Sendable {
        var changed: [Finding]
        var missing: [Finding]
        var unreadable: [Finding]
    }

    /// The check of one package.
    struct Check: Codable, Sendable {
        var package: String
        var version: String
        var files: Int
        var bytes: Int
        var durationMilliseconds: Double
        var changed: [Finding]
        var missing: [Finding]
        var unreadable: [Finding]
        var findingsFile: String?
        var more: More?
        var problems: [String]?

        enum CodingKeys: String, CodingKey {
            case package, version, files, bytes, changed, missing, unreadable, more, problems
            case durationMilliseconds = "duration_ms"
            case findingsFile = "findings_file"
        }
    }

    /// How many findings a check left out of its lists.
    struct More: Codable, Sendable {
        var changed: Int
        var missing: Int
        var unreadable: Int
    }

    /// The packages whose measured value stands out.
    struct Outliers: Codable, Sendable {
        struct Outlier: Codable, Sendable {
            var index: Int
            var value: Double
            var score: Double
        }

        var threshold: Double
        var median: Double?
        var outliers: [Outlier]
    }

    /// The machine that was audited.
    struct Machine: Codable, Sendable {
        var host: String
        var system: String
    }

    var machine: Machine
    var checks: [Check]
    var outliers: Outliers
    var outputDirectory: String

    enum CodingKeys: String, CodingKey {
        case machine, checks, outliers
        case outputDirectory = "output_dir"
    }
}
