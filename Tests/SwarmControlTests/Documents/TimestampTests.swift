import SwarmModel
import Testing

@Suite("Timestamps")
struct TimestampTests {
    // Expected texts come from `date -u -d @SECONDS`.
    @Test(
        "A moment is written in RFC 3339 and read back",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999_000, "2000-02-29T23:59:59.999Z"),
            (1_709_164_800_000_000, "2024-02-29T00:00:00.000Z"),
            (1_767_225_599_123_000, "2025-12-31T23:59:59.123Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"),
            (-1_000, "1969-12-31T23:59:59.999Z"),
            (-62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
        ]
    )
    func known(microseconds: Int, text: String) {
        let instant = Instant(microseconds: Int64(microseconds))
        #expect(instant.rfc3339 == text)
        #expect(Instant(rfc3339: text) == instant)
    }

    @Test("Microseconds are dropped downwards")
    func rounding() {
        #expect(Instant(microseconds: 999).rfc3339 == "1970-01-01T00:00:00.000Z")
        #expect(Instant(microseconds: -1).rfc3339 == "1969-12-31T23:59:59.999Z")
        #expect(Instant(rfc3339: "1970-01-01T00:00:00.000001Z") == Instant(microseconds: 1))
        #expect(Instant(rfc3339: "1970-01-01T00:00:01Z") == Instant(microseconds: 1_000_000))
    }

    @Test(
        "Anything else is refused",
        arguments: [
            "", "2026-11-22", "2026-11-22T03:04:05", "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T03:04:05.Z",
            "2026-11-22T03:04:05.1234567Z", "2026-11-22 03:04:05Z", "2026-11-22T03:04:05+00:00",
        ]
    )
    func refused(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }
}
