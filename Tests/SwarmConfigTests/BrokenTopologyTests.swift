import SwarmConfig
import SwarmModel
import Testing

/// One mistake in the topology, one report with the exact place.
@Suite("A broken topology")
struct BrokenTopologyTests {
    @Test("Each mistake in the shape is reported where it is", arguments: shape)
    func shapeMistake(_ mistake: Mistake) throws { try mistake.expectReport() }

    @Test(
        "Each mistake in the meaning is reported where it is",
        arguments: BrokenTopologyTests.meaning
    )
    func meaningMistake(_ mistake: Mistake) throws { try mistake.expectReport() }

    static let file = "topology.json"

    private static let shape = [
        Mistake(
            file,
            #""policy": "always""#,
            #"@@"polcy": "always""#,
            """
            error: unknown key "polcy" in @@  (agents.ledger.restart)
              did you mean "policy"? restart takes: policy, backoff; see: swarm config schema topology
            """
        ),
        Mistake(
            file,
            #""x_note": "mine""#,
            #"@@"note": "mine""#,
            """
            error: unknown key "note" in @@
              a topology takes: schema_version, name, description, coordinator, supervision, \
            failure, circuit_breakers, retry_budget, semaphores, approvals, defaults, agents, \
            workflows, telemetry; see: swarm config schema topology
            """
        ),
        Mistake(
            file,
            #""replicas": 2,"#,
            #""replicas": 2, @@"replicas": 3,"#,
            """
            error: duplicate key "replicas" in @@  (agents.pricing)
              the first one is on line 15; keep one of them
            """
        ),
        Mistake(
            file,
            #""replicas": 2"#,
            #""replicas": @@"two""#,
            """
            error: "replicas" is "two" in @@  (agents.pricing.replicas)
              expected an integer from 1 to 1000
            """
        ),
        Mistake(
            file,
            #""replicas": 2"#,
            #""replicas": @@0"#,
            """
            error: "replicas" is 0 in @@  (agents.pricing.replicas)
              expected an integer from 1 to 1000
            """
        ),
        Mistake(
            file,
            #""replicas": 2"#,
            #""replicas": @@1.5"#,
            """
            error: "replicas" is 1.5 in @@  (agents.pricing.replicas)
              expected an integer from 1 to 1000
            """
        ),
        Mistake(
            file,
            #""initial": "1s""#,
            #""initial": @@1"#,
            """
            error: "initial" is the bare number 1 in @@  (agents.ledger.restart.backoff.initial)
              did you mean "1s"? expected a duration with a unit, such as "500ms", "30s" or "1h30m"
            """
        ),
        Mistake(
            file,
            #""initial": "1s""#,
            #""initial": @@"15""#,
            """
            error: "initial" is "15" in @@  (agents.ledger.restart.backoff.initial)
              did you mean "15s"? expected a duration with a unit, such as "500ms", "30s" or "1h30m"
            """
        ),
        Mistake(
            file,
            #""initial": "1s""#,
            #""initial": @@"1 second""#,
            """
            error: "initial" is "1 second" in @@  (agents.ledger.restart.backoff.initial)
              expected a duration with a unit, such as "500ms", "30s" or "1h30m"
            """
        ),
        Mistake(
            file,
            #""within": "60s""#,
            #""within": @@"0s""#,
            """
            error: "within" is "0s" in @@  (supervision.within)
              expected a duration with a unit, at least 1ms
            """
        ),
        Mistake(
            file,
            #""heartbeat": "1s""#,
            #""heartbeat": @@"49ms""#,
            """
            error: "heartbeat" is "49ms" in @@  (defaults.liveness.heartbeat)
              expected a duration with a unit, from 50ms to 1m
            """
        ),
        Mistake(
            file,
            #""heartbeat": "1s""#,
            #""heartbeat": @@"61s""#,
            """
            error: "heartbeat" is "61s" in @@  (defaults.liveness.heartbeat)
              expected a duration with a unit, from 50ms to 1m
            """
        ),
        Mistake(
            file,
            #""run_deadline": "30m" }"#,
            #""run_deadline": "30m" }, "orphan_timeout": @@"25h""#,
            """
            error: "orphan_timeout" is "25h" in @@  (coordinator.orphan_timeout)
              expected a duration with a unit, from 0s to 1d
            """
        ),
        Mistake(
            file,
            #""concurrency": 4"#,
            #""concurrency": @@513"#,
            """
            error: "concurrency" is 513 in @@  (agents.pricing.concurrency)
              expected an integer from 1 to 512
            """
        ),
        Mistake(
            file,
            #""memory": "512MiB""#,
            #""memory": @@512"#,
            """
            error: "memory" is the bare number 512 in @@  (agents.ledger.resources.memory)
              expected a size with a unit, such as "64KiB" or "512MiB"
            """
        ),
        Mistake(
            file,
            #""memory": "512MiB""#,
            #""memory": @@"512M""#,
            """
            error: "memory" is "512M" in @@  (agents.ledger.resources.memory)
              expected a size with a unit, such as "64KiB" or "512MiB"
            """
        ),
        Mistake(
            file,
            #""policy": "always""#,
            #""policy": @@"allways""#,
            """
            error: "policy" is "allways" in @@  (agents.ledger.restart.policy)
              did you mean "always"? expected one of: never, on_failure, always
            """
        ),
        Mistake(
            file,
            #""semaphores": ["ledger-write"]"#,
            #""semaphores": @@"ledger-write""#,
            """
            error: "semaphores" is "ledger-write" in @@  (agents.ledger.semaphores)
              expected an array of strings
            """
        ),
        Mistake(
            file,
            #""schema_version": 1"#,
            #""schema_version": @@2"#,
            """
            error: "schema_version" is 2 in @@  (schema_version)
              expected 1
            """
        ),
        Mistake(
            file,
            #""name": "order-desk""#,
            #""name": @@"Order Desk""#,
            """
            error: "name" is "Order Desk" in @@  (name)
              expected a name like post_entry: a lower-case letter, then up to 63 of a-z, 0-9, _ and -
            """
        ),
        Mistake(
            file,
            #""semaphores": { "ledger-write": { "permits": 1 } }"#,
            #""semaphores": { "ledger-write": @@{ } }"#,
            """
            error: missing key "permits" in @@  (semaphores.ledger-write)
              expected an integer from 1 to 1000000: The number of permits.
            """
        ),
        Mistake(
            file,
            #""resources": {"#,
            #""secrets": { "KEY": @@{ "env": "PATH", "file": "topology.json" } }, "resources": {"#,
            """
            error: "KEY" has both file and env in @@  (agents.ledger.secrets.KEY)
              expected exactly one of: file, env, command
            """
        ),
        Mistake(
            file,
            """
            "name": "order-desk",
              "coordinator": {
            """,
            """
            "name": "order-desk"
              @@"coordinator": {
            """,
            """
            error: expected ',' or '}', found '"' in @@
            """
        ),
    ]
}
