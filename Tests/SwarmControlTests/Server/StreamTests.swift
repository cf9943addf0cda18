import SwarmControl
import SwarmModel
import Testing

@Suite("Event streams", .timeLimit(.minutes(2)))
struct StreamTests {
    static func event(_ number: Int, run: String? = nil, level: String = "info") -> EventDocument {
        EventDocument(
            seq: UInt64(number),
            at: ScriptedSwarm.epoch,
            level: level,
            event: "subtask.succeeded",
            run: run,
            subtask: "check[\(number)]",
            worker: "pricing-1",
            message: "done",
            fields: ["n": .integer(Int64(number))]
        )
    }

    @Test("A subscriber gets every event in order")
    func order() async throws {
        try await ServedSwarm.run { served in
            var events = served.client.events().makeAsyncIterator()
            try await eventually { served.events.isObserved }
            for number in 1...500 { served.events.publish(Self.event(number)) }
            var seen: [UInt64] = []
            while seen.count < 500, case .event(let event)? = try await events.next() {
                seen.append(event.seq ?? 0)
            }
            #expect(seen == Array(1...500))
        }
    }

    @Test("A subscriber that comes back takes up after the last event it saw")
    func resumption() async throws {
        try await ServedSwarm.run { served in
            for number in 1...10 { served.events.publish(Self.event(number)) }
            let position = EventPosition(epoch: served.events.epoch, id: 7)
            var events = served.client.events(after: position).makeAsyncIterator()
            var seen: [UInt64] = []
            while seen.count < 3, case .event(let event)? = try await events.next() {
                seen.append(event.id)
            }
            #expect(seen == [8, 9, 10])
        }
    }

    @Test("A subscriber that comes back too late is told how much it missed")
    func lateResumption() async throws {
        try await ServedSwarm.run(retaining: 4) { served in
            for number in 1...10 { served.events.publish(Self.event(number)) }
            let position = EventPosition(epoch: served.events.epoch, id: 2)
            var events = served.client.events(after: position).makeAsyncIterator()
            #expect(
                try await events.next() == .gap(EventGapDocument(missed: 4, resumesAt: 7))
            )
            guard case .event(let event)? = try await events.next() else {
                Issue.record("expected an event after the gap")
                return
            }
            #expect(event.id == 7)
        }
    }

    @Test("A subscriber of an earlier coordinator gets what is kept, after a gap of unknown size")
    func foreignPosition() async throws {
        try await ServedSwarm.run { served in
            served.events.publish(Self.event(1))
            let position = EventPosition(epoch: 1, id: 2000)
            var events = served.client.events(after: position).makeAsyncIterator()
            #expect(
                try await events.next() == .gap(EventGapDocument(missed: nil, resumesAt: 1))
            )
            guard case .event(let event)? = try await events.next() else {
                Issue.record("expected the kept event")
                return
            }
            #expect(event.id == 1)
        }
    }

    @Test("A filter lets through only what was asked for")
    func filter() async throws {
        try await ServedSwarm.run { served in
            for number in 1...6 {
                served.events.publish(Self.event(number, run: number % 2 == 0 ? "r_2" : "r_1"))
            }
            let start = EventPosition(epoch: served.events.epoch, id: 0)
            var events = served.client.events(after: start, run: RunID(2)).makeAsyncIterator()
            var seen: [UInt64] = []
            while seen.count < 3, case .event(let event)? = try await events.next() {
                seen.append(event.id)
            }
            #expect(seen == [2, 4, 6])
        }
    }

    @Test("A subscriber that goes away is noticed without another event")
    func departure() async throws {
        try await ServedSwarm.run { served in
            let subscriber = Task {
                for try await _ in served.client.events() {}
            }
            try await eventually { served.events.isObserved }
            subscriber.cancel()
            try await eventually { !served.events.isObserved }
            #expect(!served.events.isObserved)
        }
    }

    @Test("A subscriber that never reads costs the others nothing")
    func slowSubscriber() async throws {
        try await ServedSwarm.run { served in
            try await StuckClient.with(served.client.socket.path, requesting: "/v1/events") {
                try await eventually { served.events.isObserved }
                var events = served.client.events(
                    after: EventPosition(epoch: served.events.epoch, id: 0)
                ).makeAsyncIterator()
                var last: UInt64 = 0
                let padding = String(repeating: "x", count: 1024)
                // Far more than all buffers between here and the stuck client hold.
                for batch in 0..<6 {
                    for number in 1...500 {
                        var event = Self.event(batch * 500 + number)
                        event.message = padding
                        served.events.publish(event)
                    }
                    let end = UInt64((batch + 1) * 500)
                    while last < end {
                        guard case .event(let event)? = try await events.next() else {
                            Issue.record("the reading subscriber lost events")
                            return
                        }
                        #expect(event.id == last + 1)
                        last = event.id
                    }
                }
                #expect(last == 3_000)
            }
        }
    }

    @Test("A run's stream shows it now, as it changes, and ends with its end")
    func runProgress() async throws {
        try await ServedSwarm.run { served in
            _ = try await served.client.submit(SubmitRequest(workflow: "audit"))
            var snapshots = served.client.progress(of: RunID(1)).makeAsyncIterator()
            #expect(try await snapshots.next()?.counts == Counts(waiting: 2, ready: 1))
            await served.swarm.update(RunID(1)) { $0.counts = Counts(waiting: 1, running: 2) }
            #expect(try await snapshots.next()?.counts == Counts(waiting: 1, running: 2))
            await served.swarm.update(RunID(1)) {
                $0.state = .succeeded
                $0.counts = Counts(succeeded: 3)
                $0.output = ["changed": 2]
            }
            let last = try await snapshots.next()
            #expect(last?.state == .succeeded)
            #expect(last?.output == ["changed": 2])
            #expect(try await snapshots.next() == nil)
        }
    }

    @Test("Waiting for a run gives its last document")
    func ended() async throws {
        try await ServedSwarm.run { served in
            _ = try await served.client.submit(SubmitRequest(workflow: "audit"))
            async let ended = served.client.ended(RunID(1))
            await served.swarm.update(RunID(1)) { $0.state = .failed }
            #expect(try await ended.state == .failed)
        }
    }

    @Test("Who waits for a run is told of its end also when the coordinator ends with it")
    func endsTogether() async throws {
        try await ServedSwarm.run { served in
            _ = try await served.client.submit(SubmitRequest(workflow: "audit"))
            var snapshots = served.client.progress(of: RunID(1)).makeAsyncIterator()
            #expect(try await snapshots.next()?.state == .running)
            await served.swarm.updateQuietly(RunID(1)) { $0.state = .succeeded }
            await served.shutDown()
            var last: RunDocument?
            while let next = try await snapshots.next() { last = next }
            #expect(last?.state == .succeeded)
        }
    }

    @Test("A shutdown ends open streams")
    func shutdown() async throws {
        try await ServedSwarm.run { served in
            _ = try await served.client.submit(SubmitRequest(workflow: "audit"))
            let stream = Task {
                for try await _ in served.client.events() {}
            }
            let progress = Task {
                for try await _ in served.client.progress(of: RunID(1)) {}
            }
            try await eventually { served.events.isObserved }
            await served.shutDown()
            // The end of the stream of events is orderly, and so is that of a run's.
            await #expect(throws: Never.self) { try await stream.value }
            await #expect(throws: Never.self) { try await progress.value }
        }
    }
}
