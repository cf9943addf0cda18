import Synchronization
public import SwarmModel

/// Hands every event of the coordinator to every subscriber, without ever waiting for one.
///
/// Each subscriber has a buffer of its own; when it is full its oldest events are dropped, so a
/// slow one loses history and costs nobody else anything. Ids are consecutive, so what was dropped
/// shows as a gap in them. The latest events are kept for subscribers that come back.
public final class EventHub: Sendable {
    /// Tells this hub's ids from those of a coordinator that ran before.
    public let epoch: UInt64

    private let capacity: Int
    private let subscriberCount = Atomic<Int>(0)
    private let state: Mutex<State>

    private struct State {
        var nextID: UInt64 = 1
        var retained: [EventDocument] = []
        /// Index of the oldest event in `retained` once that is full.
        var oldest = 0
        var subscribers: [UInt64: AsyncStream<EventDocument>.Continuation] = [:]
        var nextSubscriber: UInt64 = 1
        var isFinished = false
    }

    /// A hub that keeps, and lets each subscriber fall behind by, `capacity` events.
    public init(startedAt: Instant, capacity: Int = 2048) {
        precondition(capacity > 0, "an event hub keeps at least one event")
        epoch = UInt64(max(0, startedAt.microseconds / 1000))
        self.capacity = capacity
        state = Mutex(State())
    }

    /// Whether anybody listens; lets a publisher skip events that are only worth watching live.
    public var isObserved: Bool { subscriberCount.load(ordering: .relaxed) > 0 }

    /// Gives the event its id, keeps it, and hands it to every subscriber.
    public func publish(_ event: EventDocument) {
        state.withLock { state in
            guard !state.isFinished else { return }
            var event = event
            event.id = state.nextID
            state.nextID += 1
            if state.retained.count < capacity {
                state.retained.append(event)
            } else {
                state.retained[state.oldest] = event
                state.oldest = (state.oldest + 1) % capacity
            }
            for subscriber in state.subscribers.values { subscriber.yield(event) }
        }
    }

    /// Everything published from now on, after the kept events that follow `position`.
    ///
    /// With no position only new events come. The stream ends when the hub finishes or its consumer
    /// is cancelled.
    public func subscribe(after position: EventPosition? = nil) -> EventSubscription {
        let (stream, continuation) = AsyncStream.makeStream(
            of: EventDocument.self,
            bufferingPolicy: .bufferingNewest(capacity)
        )
        let lastSeen = state.withLock { state -> UInt64? in
            let lastSeen = lastSeenID(position, before: state.nextID)
            if position != nil {
                let start = lastSeen ?? 0
                for index in state.retained.indices {
                    let event = state.retained[(state.oldest + index) % state.retained.count]
                    if event.id > start { continuation.yield(event) }
                }
            }
            if state.isFinished {
                continuation.finish()
                return lastSeen
            }
            let key = state.nextSubscriber
            state.nextSubscriber += 1
            state.subscribers[key] = continuation
            subscriberCount.add(1, ordering: .relaxed)
            continuation.onTermination = { [weak self] _ in self?.unsubscribe(key) }
            return lastSeen
        }
        return EventSubscription(events: stream, lastSeen: lastSeen)
    }

    /// Ends every subscription; later events go nowhere.
    public func finish() {
        let subscribers = state.withLock { state in
            state.isFinished = true
            return Array(state.subscribers.values)
        }
        for subscriber in subscribers { subscriber.finish() }
    }

    /// What a subscriber at `position` has seen of this hub; nil when that cannot be known.
    private func lastSeenID(_ position: EventPosition?, before nextID: UInt64) -> UInt64? {
        guard let position else { return nextID - 1 }
        guard position.epoch == epoch, position.id < nextID else { return nil }
        return position.id
    }

    private func unsubscribe(_ key: UInt64) {
        let removed = state.withLock { $0.subscribers.removeValue(forKey: key) != nil }
        if removed { subscriberCount.subtract(1, ordering: .relaxed) }
    }
}

/// Where a subscriber stands: the SSE id of the last event it saw, written `epoch-id`.
public struct EventPosition: Hashable, Sendable, CustomStringConvertible {
    /// Which coordinator.
    public var epoch: UInt64
    /// Which event.
    public var id: UInt64

    /// A position.
    public init(epoch: UInt64, id: UInt64) {
        self.epoch = epoch
        self.id = id
    }

    /// Reads `1790000000000-42`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let epoch = UInt64(parts[0]), let id = UInt64(parts[1]) else {
            return nil
        }
        self.init(epoch: epoch, id: id)
    }

    /// The position as an SSE id.
    public var description: String { "\(epoch)-\(id)" }
}
