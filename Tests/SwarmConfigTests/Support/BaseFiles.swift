extension ConfigurationFolder {
    /// The files of the correct swarm.
    static let baseFiles = [
        "topology.json": topology,
        "agents/ledger/agent.json": ledger,
        "agents/pricing/agent.json": pricing,
        "agents/ledger/ledger.sh": "#!/bin/sh\n",
        "agents/pricing/pricing.sh": "#!/bin/sh\n",
        "workflows/order.json": workflow,
    ]

    private static let topology = """
        {
          // A desk that prices orders and posts them.
          "schema_version": 1,
          "name": "order-desk",
          "coordinator": {
            "listen": ["ipc://bus.sock"],
            "journal": { "durability": "full" },
            "limits": { "run_deadline": "30m" }
          },
          "supervision": { "max_restarts": 5, "within": "60s" },
          "semaphores": { "ledger-write": { "permits": 1 } },
          "defaults": { "liveness": { "heartbeat": "1s", "missed": 4 } },
          "agents": {
            "pricing": {
              "replicas": 2,
              "concurrency": 4,
              "env": { "MODEL_URL": "${MODEL_URL:-http://127.0.0.1:8080}" }
            },
            "ledger": {
              "manifest": "agents/ledger/agent.json",
              "semaphores": ["ledger-write"],
              "depends_on": { "pricing": { "condition": "ready" } },
              "restart": { "policy": "always", "backoff": { "initial": "1s", "max": "60s" } },
              "resources": { "memory": "512MiB", "open_files": 1024 }
            },
          },
          "workflows": ["workflows/*.json"],
          "x_note": "mine"
        }

        """

    private static let ledger = """
        {
          "schema_version": 1,
          "name": "ledger",
          "version": "1.4.0",
          "exec": ["./ledger.sh"],
          "capabilities": [
            {
              "type": "function",
              "function": {
                "name": "post_entry",
                "strict": true,
                "parameters": {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["account", "amount_cents"],
                  "properties": {
                    "account": { "type": "string" },
                    "amount_cents": { "type": "integer" }
                  }
                }
              },
              "returns": {
                "type": "object",
                "additionalProperties": false, "required": ["entry_id"],
                "properties": { "entry_id": { "type": "string" } }
              },
              "operational": {
                "side_effect": "additive",
                "idempotent": true,
                "timeout": "5s",
                "retry_policy": { "max_attempts": 4, "retry_on": ["transient"] },
                "unknown_outcome": "verify",
                "verify_with": "get_entry",
                "compensation": { "capability": "reverse_entry" }
              }
            },
            {
              "type": "function",
              "function": { "name": "get_entry" },
              "operational": { "side_effect": "read" }
            },
            {
              "type": "function",
              "function": { "name": "reverse_entry" },
              "operational": { "side_effect": "additive", "compensation": "none", "idempotent": true }
            }
          ]
        }

        """

    private static let pricing = """
        {
          "schema_version": 1,
          "name": "pricing",
          "exec": ["./pricing.sh"],
          "protocol": { "min": 1, "max": 1 },
          "capabilities": [
            {
              "type": "function",
              "function": {
                "name": "quote",
                "parameters": {
                  "type": "object",
                  "additionalProperties": false,
                  "required": ["sku"],
                  "properties": {
                    "sku": { "type": "string" },
                    "quantity": { "type": "integer", "minimum": 1 }
                  }
                }
              },
              "returns": {
                "type": "object",
                "required": ["cents"],
                "properties": {
                  "cents": { "type": "integer" },
                  "offers": { "type": "array", "items": { "type": "object" } }
                }
              },
              "operational": { "side_effect": "none" }
            }
          ]
        }

        """

    private static let workflow = """
        {
          "schema_version": 1,
          "name": "order",
          "version": "3",
          "input": {
            "type": "object",
            "required": ["orders", "account"],
            "properties": {
              "orders": {
                "type": "array",
                "items": { "type": "object", "properties": { "sku": { "type": "string" } } }
              },
              "account": { "type": "string" }
            }
          },
          "subtasks": {
            "prices": {
              "capability": "quote",
              "for_each": "${input.orders}",
              "max_parallel": 8,
              "args": { "sku": "${item.sku}", "quantity": 1 }
            },
            "first": { "capability": "quote", "args": { "sku": "A" } },
            "post": {
              "capability": "post_entry",
              "args": { "account": "${input.account}", "amount_cents": "${first.cents}" },
              "needs": ["prices"],
              "timeout": "10s",
              "retry": { "max_attempts": 2 }
            }
          },
          "output": { "entry": "${post.entry_id}", "all": "${prices[*].cents}" }
        }

        """
}
