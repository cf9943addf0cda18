import Glibc
import SwarmModel
import SwarmWire
import ZeroMQ

/// What a launched worker is told by its environment.
struct WorkerSettings: Sendable {
    var endpoint: Endpoint
    var instance: WorkerID
    var token: String
    var concurrency = 1
    var orphanTimeout: Duration = .seconds(30)
    var logLevel = WorkerLog.Level.info

    /// Why a process cannot be a worker of any swarm.
    enum Refusal: Error, Hashable {
        /// No coordinator started it: somebody ran it by hand.
        case startedByHand
        /// The environment says something that cannot be right.
        case misconfigured(String)
    }

    /// Reads the variables `SWARM_*` through `variable`.
    init(reading variable: (String) -> String?) throws(Refusal) {
        guard let endpointText = variable("SWARM_ENDPOINT") else { throw .startedByHand }
        do {
            endpoint = try Endpoint(endpointText)
        } catch {
            throw .misconfigured("SWARM_ENDPOINT: \(error)")
        }
        if let version = variable("SWARM_PROTOCOL"), version != "1" {
            throw .misconfigured(
                "SWARM_PROTOCOL is \"\(version)\"; this worker speaks version 1 only"
            )
        }
        let instanceText = variable("SWARM_INSTANCE") ?? ""
        guard let instance = WorkerID(instanceText) else {
            throw .misconfigured(
                "SWARM_INSTANCE is \"\(instanceText)\"; expected an agent's name, a hyphen and a "
                    + "replica number, as in pricing-2"
            )
        }
        self.instance = instance
        token = try Self.token(at: variable("SWARM_TOKEN_FILE"))
        concurrency = try Self.number(
            "SWARM_CONCURRENCY",
            variable,
            1...WireLimits.credit,
            default: 1
        )
        orphanTimeout = .milliseconds(
            try Self.number(
                "SWARM_ORPHAN_TIMEOUT_MS",
                variable,
                0...86_400_000,
                default: 30_000
            )
        )
        if let level = variable("SWARM_LOG_LEVEL") {
            // A worker has nothing finer to say than debug: trace is all there is.
            guard let known = level == "trace" ? .debug : WorkerLog.Level(rawValue: level) else {
                let words = (["trace"] + WorkerLog.Level.allCases.map(\.rawValue)).joined(
                    separator: ", "
                )
                throw .misconfigured("SWARM_LOG_LEVEL is \"\(level)\"; expected one of \(words)")
            }
            logLevel = known
        }
    }

    private static func number(
        _ name: String,
        _ variable: (String) -> String?,
        _ range: ClosedRange<Int>,
        default value: Int
    ) throws(Refusal) -> Int {
        guard let text = variable(name) else { return value }
        guard let number = Int(text), range.contains(number) else {
            throw .misconfigured(
                "\(name) is \"\(text)\"; expected a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound)"
            )
        }
        return number
    }

    /// Reads the launch token, without the line end an editor may have added.
    private static func token(at path: String?) throws(Refusal) -> String {
        guard let path else {
            throw .misconfigured("SWARM_TOKEN_FILE is not set, so no coordinator would admit us")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .misconfigured(
                "SWARM_TOKEN_FILE: \(path): \(String(cString: strerror(errno)))"
            )
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: WireLimits.tokenBytes + 2)
        let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        bytes.removeSubrange(max(count, 0)...)
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        guard !bytes.isEmpty, bytes.count <= WireLimits.tokenBytes,
            let token = String(validating: bytes, as: UTF8.self)
        else {
            throw .misconfigured(
                "SWARM_TOKEN_FILE: \(path): expected 1 to \(WireLimits.tokenBytes) bytes of text"
            )
        }
        return token
    }
}
