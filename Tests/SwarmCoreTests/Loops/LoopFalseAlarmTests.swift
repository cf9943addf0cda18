import SwarmCore
import SwarmModel
import Testing

/// What looks like a loop and is work.
@Suite struct LoopFalseAlarmTests {
    typealias Caller = LoopDetectorTests.Caller

    @Test(
        "A fan-out over 1,000 different items is never stopped, whatever the calls do",
        arguments: [
            #"{"id":%}"#, #"{"id":"%"}"#, #"{"amount":0.%}"#, #"{"invoice":"INV-%"}"#,
            #"{"file":"reports/2026/%.csv"}"#, #"{"path":"My holiday photos/picture %.jpg"}"#,
            #"{"title":"Minutes of the meeting of group %"}"#, #"[%]"#, "%",
            #"{"items":[{"sku":"a","n":1},{"sku":"b","n":%}]}"#, #"{"account":{"bank":{"no":%}}}"#,
            #"{"id":%,"text":"please clean this record up"}"#, #"{"message_id":%}"#,
            #"{"command":"convert page %.png into page %.pdf"}"#,
            #"{"sql":"UPDATE ledger SET checked = 1 WHERE id = %"}"#,
        ]
    )
    func letsFanOutsPass(template: String) {
        for effect in SideEffect.allCases {
            var caller = Caller()
            for item in 1000..<2000 {
                caller.call("work", effect, template.replacing("%", with: "\(item)"))
            }
            #expect(caller.made == 1000, "\(effect)")
        }
    }

    @Test("A fan-out over free titles is never stopped", arguments: SideEffect.allCases)
    func letsTitlesPass(effect: SideEffect) {
        let people = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Leslie", "Tony"]
        let places = ["Berlin", "Paris", "Rome", "Oslo", "Lisbon", "Vienna", "Prague", "Dublin"]
        var caller = Caller()
        for person in people {
            for place in places {
                caller.call("work", effect, #"{"title":"\#(person)'s report on \#(place)"}"#)
            }
        }
        #expect(caller.made == 64)
    }

    func letsClassificationPass() {
        let texts = [
            "printer in the lobby prints nothing", "the coffee machine leaks again",
            "I cannot log in to the wiki", "monitor flickers after an hour",
            "keyboard lost three keys", "network is slow on the second floor",
            "my badge opens no door", "the phone rings without end",
        ]
        var caller = Caller()
        for text in texts {
            caller.call("classify", .none, #"{"text":"\#(text)"}"#, answer: #"{"label":"fault"}"#)
        }
        #expect(caller.made == 8)
    }

    @Test("A poll that makes progress is never stopped", arguments: SideEffect.allCases)
    func letsPollsPass(effect: SideEffect) {
        // Only what is harmless or idempotent can be polled.
        let isIdempotent = !effect.isHarmless
        var caller = Caller()
        for step in 0..<1000 {
            let answer = #"{"state":"running","percent":\#(Double(step) / 10)}"#
            caller.call("status", effect, idempotent: isIdempotent, #"{"job":7}"#, answer: answer)
        }
        #expect(caller.made == 1000)
        let told = ["waiting for a slot", "copying the files", "checking the sums", "nearly done"]
        for text in told {
            caller.call("wait", .read, "{}", answer: #"{"text":"\#(text)"}"#)
        }
        #expect(caller.made == 1004)
    }

    @Test("A poll with a threshold of its own may wait longer")
    func takesAThreshold() {
        var caller = Caller(threshold: 50)
        for _ in 0..<100 { caller.call("status", .read, "{}") }
        #expect(caller.made == 50)
    }

    @Test("Pages of one listing are no loop, however alike their contents")
    func letsPaginationPass() {
        var caller = Caller()
        for page in 0..<200 {
            let cursor = String(page, radix: 36)
            caller.call("list", .read, #"{"table":"t","cursor":"c\#(cursor)"}"#)
            caller.call("list", .read, #"{"table":"t","offset":\#(page * 100)}"#)
        }
        #expect(caller.made == 400)
    }

    @Test("What every item of a fan-out looks up alike is no loop")
    func letsSharedLookupsPass() {
        var caller = Caller()
        for item in 0..<500 as Range<UInt64> {
            caller.call("rates", .read, by: item, #"{"currency":"EUR"}"#)
            caller.call("folder", .additive, idempotent: true, by: item, #"{"path":"/out"}"#)
        }
        #expect(caller.made == 1000)
    }

    @Test("Items named only in prose pass when something with a digit names them")
    func letsDesignationsPass() {
        var caller = Caller()
        for item in 1...100 {
            caller.call("notify", .additive, #"{"text":"the import of shard s\#(item) is done"}"#)
        }
        #expect(caller.made == 100)
    }

    @Test("A review that leads to another draft each time is no ping-pong")
    func letsRevisionsPass() {
        var caller = Caller()
        for draft in 0..<100 {
            caller.call("review", .read, #"{"draft":\#(draft)}"#)
            caller.call("revise", .additive, #"{"draft":\#(draft)}"#)
        }
        #expect(caller.made == 200)
    }

    @Test("Taking a lock and giving it back three times is allowed")
    func letsPairsPass() {
        var caller = Caller()
        for _ in 0..<3 {
            caller.call("lock", .additive, #"{"id":1}"#)
            caller.call("unlock", .destructive, #"{"id":1}"#)
        }
        #expect(caller.made == 6)
    }

    @Test("The detector keeps no more than its window, however long the run")
    func staysSmall() {
        var caller = Caller(detector: LoopDetector(window: 8, similarity: 0.75))
        for item in 0..<5000 { caller.call("work", .additive, "[\(item)]") }
        #expect(Mirror(reflecting: caller.detector).descendant("entries").map(count) == 8)
        #expect(caller.detector.count == 5000)
        // An end that comes after its call was forgotten changes nothing.
        let before = caller.detector
        caller.detector.ended(0, with: CanonicalOutcome(result: []))
        #expect(caller.detector == before)
    }

    private func count(_ any: Any) -> Int { Mirror(reflecting: any).children.count }
}
