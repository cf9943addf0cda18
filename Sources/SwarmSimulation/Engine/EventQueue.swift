/// What will happen, in the order of virtual time; what falls on one moment keeps its order.
///
/// A binary heap over small entries, with the events themselves aside, so that sifting moves no
/// reference counts.
struct EventQueue<Event> {
    private struct Entry {
        var time: Int64
        var order: UInt64
        var slot: Int32

        func isBefore(_ other: Entry) -> Bool {
            time != other.time ? time < other.time : order < other.order
        }
    }

    private var heap: [Entry] = []
    private var events: [Event?] = []
    private var free: [Int32] = []
    private var lastOrder: UInt64 = 0

    var count: Int { heap.count }

    /// The moment of the next event; nil when nothing will happen any more.
    var nextTime: Int64? { heap.first?.time }

    mutating func add(_ event: Event, at time: Int64) {
        let slot: Int32
        if let reused = free.popLast() {
            slot = reused
            events[Int(slot)] = event
        } else {
            slot = Int32(events.count)
            events.append(event)
        }
        lastOrder += 1
        heap.append(Entry(time: time, order: lastOrder, slot: slot))
        siftUp(heap.count - 1)
    }

    mutating func removeFirst() -> (time: Int64, event: Event)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            siftDown()
        }
        guard let event = events[Int(first.slot)] else {
            preconditionFailure("an event was taken out twice")
        }
        events[Int(first.slot)] = nil
        free.append(first.slot)
        return (first.time, event)
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        let entry = heap[child]
        while child > 0 {
            let parent = (child - 1) / 2
            guard entry.isBefore(heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = entry
    }

    private mutating func siftDown() {
        var parent = 0
        let entry = heap[0]
        let count = heap.count
        while true {
            var child = 2 * parent + 1
            guard child < count else { break }
            if child + 1 < count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(entry) else { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = entry
    }
}
