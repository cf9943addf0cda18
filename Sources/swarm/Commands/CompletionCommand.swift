import ArgumentParser

/// `swarm completion`.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print the completion script of a shell.",
        discussion: """
            EXAMPLES
              swarm completion bash > /etc/bash_completion.d/swarm
              swarm completion zsh > ~/.zfunc/_swarm
              swarm completion fish > ~/.config/fish/completions/swarm.fish
            """
    )

    /// The shells ArgumentParser knows.
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash, zsh, fish

        var completion: CompletionShell {
            switch self {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        }
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        Console(isJSON: false, isPlain: true)
            .print(SwarmCommand.completionScript(for: shell.completion))
    }
}
