/// The version of this release of Swarm.
public enum SwarmVersion {
    /// As `swarm --version`, `ps` and a worker's WELCOME show it.
    public static let text = "0.1.0"
}
