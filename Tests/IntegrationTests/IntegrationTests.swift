import Testing

/// Real processes throughout, each test in a folder of its own.
///
/// One at a time: they measure out faults, not speed.
@Suite("A swarm of real processes", .serialized, .timeLimit(.minutes(5)))
enum IntegrationTests {}
