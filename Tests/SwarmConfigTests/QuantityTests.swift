import SwarmModel
import Testing

@Suite("Durations and sizes as text")
struct QuantityTests {
    @Test(
        "A duration is whole numbers with units, largest first",
        arguments: [
            ("0s", 0), ("1us", 1), ("500ms", 500_000), ("2m", 120_000_000),
            ("1h30m", 5_400_000_000), ("1d", 86_400_000_000), ("1m1s1ms1us", 61_001_001),
            ("90m", 5_400_000_000), ("999999d", 86_399_913_600_000_000),
        ] as [(String, Int64)]
    )
    func durations(_ text: String, _ microseconds: Int64) {
        #expect(Duration(configuration: text) == .microseconds(microseconds))
    }

    @Test(
        "Anything else is no duration",
        arguments: [
            "", "5", "s", "1.5s", "-1s", "+1s", "1 s", "1S", "30m1h", "1m1m", "1w", "1000000d",
            "1ms5",
            "9999999999s", "١s",
        ]
    )
    func notDurations(_ text: String) { #expect(Duration(configuration: text) == nil) }

    @Test("A duration is written so that it reads back as the same")
    func rendering() {
        #expect(Duration.seconds(5400).configurationText == "1h30m")
        #expect(Duration.zero.configurationText == "0s")
        #expect(Duration.milliseconds(1500).configurationText == "1s500ms")
        #expect(Duration.seconds(-3).configurationText == "0s")
        for microseconds in [1, 999, 1000, 59_999_999, 3_600_000_000, 987_654_321_012] as [Int64] {
            let duration = Duration.microseconds(microseconds)
            #expect(Duration(configuration: duration.configurationText) == duration)
        }
    }

    @Test("A size is a whole number with a unit")
    func sizes() {
        #expect(ByteCount("64MiB")?.bytes == 67_108_864)
        #expect(ByteCount("1KiB")?.bytes == 1024)
        #expect(ByteCount("1GB")?.bytes == 1_000_000_000)
        #expect(ByteCount("2kB")?.bytes == 2000)
        #expect(ByteCount("0B")?.bytes == 0)
        for text in ["", "5", "MiB", "1.5MiB", "1 MiB", "1mib", "1TiB", "1234567890B", "-1B"] {
            #expect(ByteCount(text) == nil, "\(text)")
        }
        #expect(ByteCount.mebibytes(64).description == "64MiB")
        #expect(ByteCount(bytes: 1025).description == "1025B")
        #expect(ByteCount(bytes: 0).description == "0B")
    }

    @Test("A backoff doubles up to its maximum, and chance stays within the jitter")
    func backoff() {
        let backoff = Backoff(
            initial: .milliseconds(200),
            factor: 2,
            maximum: .seconds(1),
            jitter: 0.5
        )
        let waits = (1...5).map { backoff.delay(afterFailures: $0) }
        #expect(
            waits == [
                .milliseconds(200), .milliseconds(400), .milliseconds(800), .seconds(1),
                .seconds(1),
            ]
        )
        #expect(backoff.delay(afterFailures: 1, chance: 0) == .milliseconds(100))
        #expect(backoff.delay(afterFailures: 1, chance: 0.5) == .milliseconds(200))
        #expect(backoff.delay(afterFailures: 1, chance: 1) == .milliseconds(300))
        #expect(backoff.delay(afterFailures: 9, chance: 1) == .seconds(1))
        #expect(backoff.delay(afterFailures: .max, chance: 1) == .seconds(1))
    }
}
