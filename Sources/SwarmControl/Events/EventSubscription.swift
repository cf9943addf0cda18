public import SwarmModel

/// The events of one subscriber, in order, with a marker wherever some are missing.
public struct EventSubscription: AsyncSequence, Sendable {
    /// What a subscriber receives.
    public enum Element: Hashable, Sendable {
        /// The next event.
        case event(EventDocument)
        /// Events are missing here: the subscriber was too slow, or came back too late.
        case gap(EventGapDocument)
    }

    let events: AsyncStream<EventDocument>
    /// The id before the first event that should come; nil when the subscriber came from another
    /// coordinator, so that something is missing and nobody can say how much.
    let lastSeen: UInt64?

    /// Steps through the events.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var events: AsyncStream<EventDocument>.AsyncIterator
        var lastSeen: UInt64?
        var held: EventDocument?

        /// The next event or gap; nil when the coordinator ends or the consumer is cancelled.
        public mutating func next() async -> Element? {
            if let event = held {
                held = nil
                return .event(event)
            }
            guard let event = await events.next(isolation: #isolation) else { return nil }
            defer { lastSeen = event.id }
            guard let lastSeen else {
                held = event
                return .gap(EventGapDocument(missed: nil, resumesAt: event.id))
            }
            guard event.id > lastSeen + 1 else { return .event(event) }
            held = event
            return .gap(EventGapDocument(missed: event.id - lastSeen - 1, resumesAt: event.id))
        }
    }

    /// An iterator; make one only.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(events: events.makeAsyncIterator(), lastSeen: lastSeen)
    }
}
