import SwarmModel
import Testing

@testable import SwarmWorker

@Suite("What the environment says")
struct SettingsTests {
    let directory: TemporaryDirectory
    let environment: [String: String]

    init() throws {
        directory = try TemporaryDirectory()
        environment = try directory.environment(endpoint: "ipc:///run/bus")
    }

    private func refusal(_ changes: [String: String?]) -> WorkerSettings.Refusal? {
        let changed = environment.merging(changes.compactMapValues { $0 }) { $1 }
            .filter { changes[$0.key] != .some(nil) }
        do throws(WorkerSettings.Refusal) {
            _ = try WorkerSettings { changed[$0] }
            return nil
        } catch {
            return error
        }
    }

    @Test("A complete environment is read, with defaults for what may be absent")
    func complete() throws {
        let settings = try WorkerSettings { environment[$0] }
        #expect(settings.instance == WorkerID(agent: "echo", replica: 3))
        #expect(settings.token == "secret-of-this-launch")
        #expect(settings.concurrency == 8)
        let shorter = environment.filter {
            !["SWARM_CONCURRENCY", "SWARM_ORPHAN_TIMEOUT_MS", "SWARM_LOG_LEVEL"].contains($0.key)
        }
        let defaults = try WorkerSettings { shorter[$0] }
        #expect(defaults.concurrency == 1)
        #expect(defaults.orphanTimeout == .seconds(30))
        #expect(defaults.logLevel == .info)
    }

    @Test("The level trace, which a topology may ask for, means all there is")
    func trace() throws {
        var changed = environment
        changed["SWARM_LOG_LEVEL"] = "trace"
        #expect(try WorkerSettings { changed[$0] }.logLevel == .debug)
    }

    @Test("No endpoint means that somebody runs the program by hand")
    func byHand() {
        #expect(refusal(["SWARM_ENDPOINT": nil]) == .startedByHand)
    }

    @Test(
        "Anything else that is wrong is named, with what was expected",
        arguments: [
            ("SWARM_ENDPOINT", "udp://1.2.3.4:5", "SWARM_ENDPOINT: udp://1.2.3.4:5"),
            ("SWARM_ENDPOINT", "tcp://10.0.0.1:5", "CURVE, which is not available yet"),
            ("SWARM_PROTOCOL", "2", "speaks version 1 only"),
            ("SWARM_INSTANCE", "echo", "as in pricing-2"),
            ("SWARM_INSTANCE", "echo-0", "as in pricing-2"),
            ("SWARM_CONCURRENCY", "0", "a whole number from 1 to 512"),
            ("SWARM_CONCURRENCY", "many", "a whole number from 1 to 512"),
            ("SWARM_ORPHAN_TIMEOUT_MS", "-1", "a whole number from 0"),
            ("SWARM_LOG_LEVEL", "loud", "expected one of trace, debug, info, warn, error"),
            ("SWARM_TOKEN_FILE", "/nonexistent/token", "No such file or directory"),
        ]
    )
    func misconfigured(name: String, value: String, sentence: String) {
        guard case .misconfigured(let message)? = refusal([name: value]) else {
            Issue.record("\(name)=\(value) was taken")
            return
        }
        #expect(message.hasPrefix(name))
        #expect(message.contains(sentence), "\(message)")
    }

    @Test("Waits double from 0.1 s to 5 s, half more or less, and start anew when asked")
    func backoff() {
        var backoff = Backoff()
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2 {
            for expected in [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000] as [UInt64] {
                let wait = backoff.next(using: &random) / 1_000_000
                #expect((expected / 2...expected * 3 / 2).contains(wait))
            }
            backoff.reset()
        }
    }

    @Test("The last leases are remembered, and only those")
    func recentLeases() {
        var recent = RecentLeases()
        let limit = UInt64(RecentLeases.limit)
        for number in 1...limit + 10 { recent.insert(LeaseID(number)) }
        recent.insert(LeaseID(limit))
        #expect((1...10).allSatisfy { !recent.contains(LeaseID($0)) })
        #expect((11...limit + 10).allSatisfy { recent.contains(LeaseID($0)) })
    }
}
