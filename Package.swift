// swift-tools-version: 6.2

import PackageDescription

/// One list for every target, so that no part of the project is compiled under laxer rules.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
]

let package = Package(
    name: "swarm",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "SwarmWorker", targets: ["SwarmWorker"]),
        .library(name: "SwarmCore", targets: ["SwarmCore", "SwarmModel"]),
        .executable(name: "swarm", targets: ["swarm"]),
        .executable(name: "packages-agent", targets: ["PackagesAgent"]),
        .executable(name: "tables-agent", targets: ["TablesAgent"]),
        .executable(name: "report-agent", targets: ["ReportAgent"]),
        .executable(name: "ledger-agent", targets: ["LedgerAgent"]),
        .executable(name: "echo-agent", targets: ["EchoAgent"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // The pure part: values and decisions.
        .target(name: "SwarmModel", swiftSettings: settings),
        .target(
            name: "SwarmCore",
            dependencies: [
                "SwarmModel",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: settings
        ),

        // The wire.
        .target(name: "CZeroMQ", linkerSettings: [.linkedLibrary("zmq")]),
        .target(
            name: "ZeroMQ",
            dependencies: ["CZeroMQ"],
            swiftSettings: settings + [.strictMemorySafety()]
        ),
        .target(name: "SwarmWire", dependencies: ["SwarmModel"], swiftSettings: settings),

        // The journal.
        .target(
            name: "SwarmJournal",
            dependencies: [
                "SwarmModel", "SwarmCore", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "SwarmJournalSQLite",
            dependencies: [
                "SwarmModel", "SwarmJournal", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings
        ),

        // The simulator: the core and the journal's encoding in a made-up world.
        .target(
            name: "SwarmSimulation",
            dependencies: ["SwarmModel", "SwarmCore", "SwarmJournal"],
            swiftSettings: settings
        ),

        // The shell.
        .target(name: "CSwarmSystem"),
        .target(
            name: "SwarmConfig",
            dependencies: ["SwarmModel", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings
        ),
        .target(
            name: "SwarmRuntime",
            dependencies: [
                "SwarmModel", "SwarmCore", "SwarmWire", "ZeroMQ", "CZeroMQ", "CSwarmSystem",
                "SwarmJournal", "SwarmJournalSQLite", "SwarmConfig",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "SwarmControl",
            dependencies: [
                "SwarmModel", "SwarmRuntime", "SwarmConfig",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "swarm",
            dependencies: [
                "SwarmModel", "SwarmConfig", "SwarmRuntime", "SwarmControl", "SwarmCore", "CZeroMQ",
                "SwarmSimulation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),

        // Workers.
        .target(
            name: "SwarmWorker",
            dependencies: ["SwarmModel", "SwarmWire", "ZeroMQ"],
            swiftSettings: settings
        ),
        .target(
            name: "AgentFiles",
            dependencies: ["SwarmWorker"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "PackagesAgent",
            dependencies: [
                "AgentFiles", "SwarmWorker", .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "agents/packages",
            exclude: ["agent.json"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "TablesAgent",
            dependencies: ["AgentFiles", "SwarmWorker"],
            path: "agents/tables",
            exclude: ["agent.json"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "ReportAgent",
            dependencies: ["AgentFiles", "SwarmWorker"],
            path: "agents/report",
            exclude: ["agent.json"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "LedgerAgent",
            dependencies: [
                "AgentFiles", "SwarmWorker", .product(name: "Crypto", package: "swift-crypto"),
                // The C interface of the system's SQLite, without GRDB.
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            path: "agents/ledger",
            exclude: ["agent.json"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "EchoAgent",
            dependencies: ["SwarmWorker"],
            path: "agents/echo",
            exclude: ["agent.json"],
            swiftSettings: settings
        ),

        // Tests.
        .testTarget(name: "SwarmModelTests", dependencies: ["SwarmModel"], swiftSettings: settings),
        .testTarget(
            name: "SwarmCoreTests",
            dependencies: ["SwarmCore", "SwarmModel"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ZeroMQTests",
            dependencies: ["ZeroMQ", "CZeroMQ"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwarmWorkerTests",
            dependencies: ["SwarmWorker", "SwarmWire", "SwarmModel", "ZeroMQ", "EchoAgent"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwarmWireTests",
            dependencies: ["SwarmWire", "SwarmModel"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwarmJournalTests",
            dependencies: [
                "SwarmJournal", "SwarmJournalSQLite", "SwarmModel", "SwarmCore",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            exclude: ["Fixtures"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwarmConfigTests",
            dependencies: ["SwarmConfig", "SwarmModel"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwarmRuntimeTests",
            dependencies: [
                "SwarmRuntime", "SwarmModel", "SwarmCore", "SwarmJournal",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwarmControlTests",
            dependencies: [
                "SwarmControl", "SwarmRuntime", "SwarmModel", "SwarmConfig",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwarmCommandTests",
            dependencies: ["swarm", "EchoAgent", "SwarmControl", "SwarmModel"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "AgentsTests",
            dependencies: [
                "AgentFiles", "PackagesAgent", "TablesAgent", "ReportAgent", "LedgerAgent",
                "SwarmModel", "SwarmWorker",
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "SwarmModel", "swarm", "EchoAgent", "PackagesAgent", "TablesAgent", "ReportAgent",
                "LedgerAgent",
            ],
            exclude: ["Workers"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SwarmSimulationTests",
            dependencies: ["SwarmSimulation", "SwarmConfig", "SwarmCore", "SwarmModel"],
            swiftSettings: settings
        ),
        .testTarget(name: "TidyTests", swiftSettings: settings),
    ]
)
