// swift-tools-version: 6.2

import PackageDescription

// What scripts/planted-bugs builds, in a temporary folder: copies of the sources with every planted
// bug in them, the simulator, and a driver. No server and no database, so that it is quick.

/// Those of the project's own package.
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
    name: "planted-bugs",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: [
        .target(name: "SwarmModel", swiftSettings: settings),
        .target(
            name: "SwarmCore",
            dependencies: [
                "SwarmModel",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "SwarmJournal",
            dependencies: [
                "SwarmModel", "SwarmCore", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "SwarmSimulation",
            dependencies: ["SwarmModel", "SwarmCore", "SwarmJournal"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "driver",
            dependencies: ["SwarmSimulation"],
            path: "Driver",
            swiftSettings: settings
        ),
    ]
)
