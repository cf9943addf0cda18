/// Who need not keep a rule, and why.
///
/// An exemption that nothing needs fails a test.
enum Exemptions {
    static let unstructuredTasks: [TidyRule.Exemption] = [
        .init(
            path: "Sources/SwarmWorker/Handlers/HandlerPool.swift",
            about: "Task.detached",
            reason: "the socket thread is no task, so a handler it starts cannot have a parent"
        ),
        .init(
            path: "Sources/SwarmControl/Client/ControlClient+Streams.swift",
            about: "Task {",
            reason: "fills a stream, and ends with it by its termination handler"
        ),
    ]

    static let bareZeroMQ: [TidyRule.Exemption] = [
        .init(
            path: "Sources/swarm/Bench/FloorBenchmark.swift",
            reason: "measures bare libzmq, without any wrapper"
        )
    ]

    static let lineLength: [TidyRule.Exemption] = []

    static let unorderedState: [TidyRule.Exemption] = [
        ("Breakers/BreakerTable.swift", "positions"),
        ("Routing/CapabilityRouter.swift", "capabilityPositions"),
        ("Routing/SemaphoreTable.swift", "positions"),
        ("Runs/Run.swift", "places"),
        ("Runs/WorkflowTable.swift", "positions"),
        ("Runs/WorkflowTable.swift", "places"),
        ("Swarm.swift", "workerSlots"),
        ("Runs/Run.swift", "items"),
        ("Runs/Run.swift", "results"),
        ("Runs/Run.swift", "arrays"),
    ].map { path, name in
        .init(
            path: "Sources/SwarmCore/\(path)",
            about: "'\(name)'",
            reason: "looked up by key; the values themselves are kept in an array, or rebuilt"
        )
    }

    static let unorderedIteration: [TidyRule.Exemption] = [
        .init(
            path: "Sources/SwarmModel/Documents/Coding/JSONTreeDecoder.swift",
            about: "'keys'",
            reason: "the list of keys of an object, in its order; a set has the same name"
        )
    ]

    static let wallTime: [TidyRule.Exemption] = [
        .init(
            path: "Tests/SwarmJournalTests/Store/JournalWriterTests.swift",
            about: ".now",
            reason: "looks that nothing has happened yet; a slow machine only looks less hard"
        )
    ]
}
