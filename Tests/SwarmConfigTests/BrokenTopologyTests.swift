import SwarmConfig
import SwarmModel
import Testing

/// One mistake in the topology, one report with the exact place.
@Suite("A broken topology")
struct BrokenTopologyTests {
    @Test("Each mistake in the shape is reported where it is", arguments: shape)
    func shapeMistake(_ mistake: Mistake) throws { try mistake.expectReport() }

    @Test("Each mistake in the meaning is reported where it is", arguments: meaning)
    func meaningMistake(_ mistake: Mistake) throws { try mistake.expectReport() }

    private static let file = "topology.json"

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
            semaphores, approvals, defaults, agents, workflows, telemetry; see: swarm config schema \
            topology
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

    private static let meaning = [
        Mistake(
            file,
            "${MODEL_URL:-http://127.0.0.1:8080}\"",
            "${MODEL_URL}\"",
            """
            error: the variable MODEL_URL has no value in topology.json:17:29  \
            (agents.pricing.env.MODEL_URL)
              set it, or write ${MODEL_URL:-default}
            """
        ),
        Mistake(
            file,
            #""x_note": "mine""#,
            #""telemetry": { "otlp": @@"${1BAD}" }"#,
            """
            error: "${1BAD}" is not a variable in @@  (telemetry.otlp)
              expected ${NAME} or ${NAME:-default}
            """
        ),
        Mistake(
            file,
            #""x_note": "mine""#,
            #""telemetry": { "otlp": @@"http://${HOST" }"#,
            """
            error: "${" has no closing "}" in @@  (telemetry.otlp)
              write $${ for the characters themselves
            """
        ),
        Mistake(
            file,
            #""replicas": 2,"#,
            #""replicas": 2, "adapter": @@"mcp-stdio","#,
            """
            error: the adapter "mcp-stdio" is not available yet in @@  (agents.pricing.adapter)
              this version runs: native
            """
        ),
        Mistake(
            file,
            #"["ledger-write"]"#,
            #"[@@"ledger-wirte"]"#,
            """
            error: there is no semaphore "ledger-wirte" in @@  (agents.ledger.semaphores[0])
              did you mean "ledger-write"? there are: ledger-write
            """
        ),
        Mistake(
            file,
            #"{ "pricing": { "condition": "ready" } }"#,
            #"{ @@"princing": { "condition": "ready" } }"#,
            """
            error: there is no agent "princing" in @@  (agents.ledger.depends_on.princing)
              did you mean "pricing"? there are: pricing, ledger
            """
        ),
        Mistake(
            file,
            #""replicas": 2,"#,
            #""replicas": 2, "depends_on": { @@"ledger": {} },"#,
            """
            error: the agents wait for each other: pricing -> ledger -> pricing in @@  \
            (agents.pricing.depends_on.ledger)
              remove one of these dependencies
            """
        ),
        Mistake(
            file,
            #""manifest": "agents/ledger/agent.json""#,
            #""manifest": @@"agents/ledger/agnet.json""#,
            """
            error: there is no file agents/ledger/agnet.json in @@  (agents.ledger.manifest)
              did you mean "agent.json"? create the manifest, or correct "manifest"
            """
        ),
        Mistake(
            file,
            #"["workflows/*.json"]"#,
            #"[@@"workflow/*.json"]"#,
            """
            warning: no file matches "workflow/*.json" in @@  (workflows[0])
              patterns are relative to the folder of this file
            """
        ),
        Mistake(
            file,
            #"["ipc://bus.sock"]"#,
            #"[@@"tcp://0.0.0.0:7000"]"#,
            """
            error: "0.0.0.0:7000" is not a loopback address in @@  (coordinator.listen[0])
              expected 127.0.0.1, [::1] or localhost; other addresses need authentication, which \
            this version does not have
            """
        ),
        Mistake(
            file,
            #"["ipc://bus.sock"]"#,
            #"[@@"bus.sock"]"#,
            """
            error: "bus.sock" is not an endpoint in @@  (coordinator.listen[0])
              expected ipc://PATH or tcp://127.0.0.1:PORT
            """
        ),
        Mistake(
            file,
            #""journal": {"#,
            #""http": { "listen": @@"127.0.0.1" }, "journal": {"#,
            """
            warning: "http" is kept, and this version listens on the unix socket only in \
            topology.json:7:13  (coordinator.http)
              the control API is on control.sock in the state directory
            """,
            """
            error: "127.0.0.1" has no port in @@  (coordinator.http.listen)
              expected an address such as 127.0.0.1:7333
            """
        ),
        Mistake(
            file,
            #""initial": "1s""#,
            #""initial": @@"2m""#,
            """
            error: "initial" is longer than "max", 1m in @@  (agents.ledger.restart.backoff.initial)
              expected initial to be no more than max
            """
        ),
        Mistake(
            file,
            #""resources": {"#,
            #""secrets": { "API_KEY": { "file": @@"secrets/key" } }, "resources": {"#,
            """
            error: there is no file secrets/key in @@  (agents.ledger.secrets.API_KEY.file)
              create it with mode 0600
            """
        ),
        Mistake(
            file,
            #""resources": {"#,
            #""secrets": { "API_KEY": { "env": @@"NO_SUCH_KEY" } }, "resources": {"#,
            """
            error: the variable NO_SUCH_KEY has no value in @@  (agents.ledger.secrets.API_KEY.env)
              set it before the swarm starts
            """
        ),
        Mistake(
            file,
            #""resources": {"#,
            #""allow": ["post_entry", "get_entry", "reverse_entry", @@"drop_entry"], "resources": {"#,
            """
            error: the manifest has no capability "drop_entry" in @@  (agents.ledger.allow[3])
              there are: post_entry, get_entry, reverse_entry
            """
        ),
        Mistake(
            file,
            #""x_note": "mine""#,
            #""approvals": { "rules": @@[ { "approvers": ["ops"] } ] }"#,
            """
            warning: "rules" are kept, and this version does not ask anyone in @@  (approvals.rules)
              leave out the agents whose calls need approval
            """
        ),
        Mistake(
            file,
            #""run_deadline": "30m""#,
            #""run_deadline": "30m", "run_budget": @@{ "calls": 5 }"#,
            """
            warning: "run_budget" is kept, and this version does not enforce it in @@  \
            (coordinator.limits.run_budget)
              run_deadline is enforced
            """
        ),
    ]
}
