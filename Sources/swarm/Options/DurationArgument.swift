import ArgumentParser
import SwarmModel

/// A duration with a unit, such as `500ms`, `10s`, `5m` or `2h`.
struct DurationArgument: ExpressibleByArgument {
    let duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = Duration(configuration: argument) else { return nil }
        self.duration = duration
    }
}
