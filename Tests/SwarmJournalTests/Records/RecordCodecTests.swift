import SwarmCore
import SwarmJournal
import SwarmModel
import Testing

@Suite("Records as JSON")
struct RecordCodecTests {
    private func text(_ record: Record) -> String {
        var encoder = RecordEncoder()
        encoder.append(record)
        return String(decoding: encoder.finish().records.dropFirst().dropLast(), as: UTF8.self)
    }

    @Test("Every kind of record reads back as it was written")
    func roundTrips() throws {
        for record in try RecordSamples.all() {
            let text = text(record)
            #expect(try RecordDecoder.decode(Array(text.utf8)) == record, "\(text)")
            #expect(throws: Never.self, "\(text)") { try JSON(parsing: text) }
        }
    }

    @Test("A batch of all kinds reads back in order and with its numbers")
    func roundTripsBatch() throws {
        let records = try RecordSamples.all()
        var builder = JournalBatchBuilder(
            after: JournalHead(next: 100, hash: HashChain.genesis, epoch: 1)
        )
        for (index, record) in records.enumerated() {
            let sequence = builder.append(record)
            #expect(sequence == 100 + UInt64(index))
        }
        let finished = builder.finish(at: sampleTime)
        let batch = try #require(finished)
        let nothing = builder.finish(at: sampleTime)
        #expect(nothing == nil)
        #expect(builder.next == 100 + UInt64(records.count))
        let sealed = batch.sealed(
            after: JournalHead(next: 100, hash: HashChain.genesis, epoch: 1),
            epoch: 1,
            storing: []
        )
        var decoded: [Record] = []
        try RecordDecoder.decode(sealed) { sequence, record in
            #expect(sequence == 100 + UInt64(decoded.count))
            decoded.append(record)
        }
        #expect(decoded == records)
    }

    @Test("A dispatch is written as documented: names first, readable, units in the keys")
    func documentedForm() {
        #expect(
            text(RecordSamples.subtasks[2]) == #"{"type":"subtask_dispatched","run":"r_17","#
                + #""subtask":"check[42]","worker":"pricing-eu-2","lease":"L91","index":43,"#
                + #""capability":"check_package","attempt":2,"arguments":{"json":{"name":"bash"}},"#
                + #""deadline_us":1767323105000001,"score":10,"alternatives":["#
                + #"{"worker":"pricing-1","score":12},{"worker":"pricing-10","score":-3}]}"#
        )
    }

    @Test("A parked run is written as documented: what stands is named with the reason")
    func parkedForm() {
        let parked = RunParked(
            run: RunID(17),
            failure: Failure(.internal, "no"),
            standing: [RecordSamples.standing[1]]
        )
        #expect(
            text(.runParked(parked)) == #"{"type":"run_parked","run":"r_17","#
                + #""failure":{"kind":"internal","message":"no"},"standing":["#
                + #"{"subtask":"check[42]","index":43,"capability":"post_entry","#
                + #""why":"compensation_failed"}]}"#
        )
    }

    @Test("The samples have every kind of record, as the page of the journal lists them")
    func everyKind() throws {
        let page = try Documentation.read("journal.md").text
        let listed = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
            .compactMap { line in line.split(separator: "|").first }
            .flatMap { cell in cell.split(separator: "`").map(String.init) }
            .filter { !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0 == "_" } }
        let types = try RecordSamples.all().map { record in
            try JSON(parsing: Array(text(record).utf8))["type"]?.stringValue ?? ""
        }
        let missing = Set(types).subtracting(listed)
        #expect(missing.isEmpty, "docs/journal.md does not list \(missing.sorted())")
    }

    @Test("The key order of a record does not matter, but for the type")
    func anyOrder() throws {
        let record = try RecordDecoder.decode(
            Array(#"{"type":"lease_released","lease":"L9","worker":"echo-1"}"#.utf8)
        )
        #expect(record == .leaseReleased(LeaseID(9), WorkerID(agent: "echo", replica: 1)))
    }

    @Test(
        "A record this version does not know is refused as from a newer one",
        arguments: [
            #"{"type":"coin_tossed","worker":"echo-1"}"#, #"{"type":"stopped","mood":"calm"}"#,
        ]
    )
    func unknown(text: String) {
        let error = #expect(throws: JournalError.self) {
            try RecordDecoder.decode(Array(text.utf8), sequence: 12)
        }
        #expect(error?.code == .unknownRecord)
        #expect(error?.message.contains("record 12") == true)
        #expect(error?.hint.contains("newer version") == true)
    }

    @Test(
        "A record that is not of the form of its kind is refused, and its number named",
        arguments: [
            #"{}"#, #"[]"#, #"{"lease":"L9","type":"lease_released"}"#,
            #"{"type":"lease_released"}"#,
            #"{"type":"lease_released","lease":"91","worker":"echo-1"}"#,
            #"{"type":"lease_released","lease":"L091","worker":"echo-1"}"#,
            #"{"type":"lease_released","lease":"L91","worker":"echo"}"#,
            #"{"type":"lease_released","lease":"L99999999999999999999","worker":"echo-1"}"#,
            #"{"type":"stopping","drain":"yes"}"#, #"{"type":"stopping","drain":true"#,
            #"{"type":"subtask_ready","run":"r_1","subtask":"check[x]","index":1}"#,
            #"{"type":"subtask_ready","run":"17","subtask":"check","index":1}"#,
            #"{"type":"subtask_ready","run":"r_1","subtask":"check","index":4294967296}"#,
            #"{"type":"worker_moved","worker":"echo-1","phase":"asleep","reason":""}"#,
            #"{"type":"run_finished","run":"r_1","outcome":"failed","output":{}}"#,
            #"{"type":"run_finished","run":"r_1","outcome":"failed","output":{"sha256":"ab"}}"#,
            #"{"type":"run_finished","run":"r_1","outcome":"failed","output":{"base64":"QQ"}}"#,
            #"{"type":"run_finished","run":"r_1","outcome":"failed","output":{"json":1,"text":""}}"#,
        ]
    )
    func malformed(text: String) {
        let error = #expect(throws: JournalError.self) {
            try RecordDecoder.decode(Array(text.utf8), sequence: 12)
        }
        #expect(error?.code == .malformedRecord)
        #expect(error?.message.contains("record 12") == true)
    }

    @Test("A batch that holds fewer records than it says is refused")
    func miscounted() {
        let batch = JournalBatch(
            first: 5,
            count: 2,
            time: sampleTime,
            records: Array(#"[{"type":"stopped"}]"#.utf8)
        ).sealed(
            after: JournalHead(next: 5, hash: HashChain.genesis, epoch: 1),
            epoch: 1,
            storing: []
        )
        let error = #expect(throws: JournalError.self) {
            try RecordDecoder.decode(batch) { _, _ in }
        }
        #expect(error?.code == .malformedRecord)
    }
}
