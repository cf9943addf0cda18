import Glibc

/// What a worker says to somebody who runs it by hand.
enum HandGuide {
    static func text(program: String, capabilities: [String]) -> String {
        let name = program.split(separator: "/").last.map(String.init) ?? program
        let list = capabilities.map { "  \($0)\n" }.joined()
        return """
            \(name) is a worker of a Swarm. It does nothing by itself: a coordinator starts it,
            gives it subtasks and restarts it when it fails.

            It offers:
            \(list)
            To use it, name it in a topology.json and start the swarm:
              "agents": { "NAME": { "manifest": "PATH/agent.json" } }
              swarm up
            To call it once:
              swarm call NAME.\(capabilities.first ?? "CAPABILITY") '{}'

            """
    }
}
