import SwarmConfig
import SwarmModel
import Testing

/// Finding a topology and replacing its variables.
@Suite("A topology file")
struct TopologyFileTests {
    @Test("A variable with a value is replaced, and $${ is not")
    func interpolation() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(
            #""env": {"#,
            with: ##""env": { "A": "$${HOME} ${HOME}", "##,
            in: "topology.json"
        )
        let plan = try #require(folder.load(["HOME": "/home/ops", "MODEL_URL": "http://m"]).plan)
        let env = try #require(plan.agent(named: "pricing")).configuration.env
        #expect(
            env == [
                EnvironmentVariable(name: "A", value: "${HOME} /home/ops"),
                EnvironmentVariable(name: "MODEL_URL", value: "http://m"),
            ]
        )
    }

    @Test("The state directory stands for SWARM_RUN_DIR")
    func stateDirectory() throws {
        var folder = try ConfigurationFolder()
        defer { folder.remove() }
        try folder.replace(
            "ipc://bus.sock",
            with: "ipc://${SWARM_RUN_DIR}/bus",
            in: "topology.json"
        )
        var loader = ConfigurationLoader(environment: [:], programFolder: nil)
        loader.stateDirectory = "/run/desk"
        let loaded = loader.load(topology: "\(folder.path)/topology.json")
        #expect(loaded.plan?.topology.coordinator.listen == ["ipc:///run/desk/bus"])
    }

    @Test("A file that is not there is one error, with the name that was probably meant")
    func missingFile() throws {
        let folder = try ConfigurationFolder()
        defer { folder.remove() }
        let loaded = ConfigurationLoader(environment: [:])
            .load(topology: "\(folder.path)/topologgy.json")
        #expect(
            folder.report(loaded.diagnostics) == [
                """
                error: there is no file topologgy.json
                  did you mean "topology.json"? check the path, or create the file
                """
            ]
        )
    }
}
