import SwarmConfig
import SwarmModel
import Testing

extension BrokenTopologyTests {
    /// Topologies of the right shape that make no sense.
    static let meaning = [
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
    ]
}
