import CZeroMQ
import FoundationEssentials
import Glibc
import SwarmModel

/// Measures what the wire allows: bare libzmq, ROUTER here, DEALER in another process, over ipc,
/// with messages of 64 bytes.
struct FloorBenchmark {
    /// How many messages go one at a time.
    let roundTrips: Int

    private static let messageSize = 64
    private static let inFlight = 1000

    /// Runs all parts in one sitting.
    func run() throws -> FloorMeasurement {
        let directory = try BenchDirectory()
        defer { directory.remove() }
        let context = zmq_ctx_new()
        defer { zmq_ctx_term(context) }
        let socket = zmq_socket(context, ZMQ_ROUTER)
        defer { zmq_close(socket) }
        let endpoint = "ipc://\(directory.path)/floor.sock"
        try Self.configure(socket)
        guard zmq_bind(socket, endpoint) == 0 else { throw Self.failure("bind \(endpoint)") }
        let peer = try ChildProcess.start([
            "bench", "--workload", "floor", "--floor-peer", endpoint,
        ])
        defer { peer.end() }

        var identity = [UInt8](repeating: 0, count: 64)
        let identitySize = zmq_recv(socket, &identity, identity.count, 0)
        guard identitySize > 0 else { throw Self.failure("wait for the peer") }
        try Self.receivePayload(socket)
        let exchange = Exchange(
            socket: socket,
            identity: Array(identity.prefix(Int(identitySize))),
            payload: [UInt8](repeating: UInt8(ascii: "x"), count: Self.messageSize)
        )
        let trips = try exchange.roundTrips(roundTrips)
        let pipelined = try exchange.pipelined(roundTrips * 20, inFlight: Self.inFlight)
        try exchange.send([])
        let commits = try CommitBenchmark(directory: directory.path).run(commits: 2000)
        return FloorMeasurement(
            rttP50Ms: trips.median.rounded(places: 4),
            rttP99Ms: trips.percentile(99).rounded(places: 4),
            pipelinedPerSecond: pipelined.rounded(places: 0),
            commitFullP50Ms: commits.median.rounded(places: 4)
        )
    }

    /// The other process: sends back what it gets, until it gets nothing.
    static func servePeer(_ endpoint: String) throws {
        let context = zmq_ctx_new()
        defer { zmq_ctx_term(context) }
        let socket = zmq_socket(context, ZMQ_DEALER)
        defer { zmq_close(socket) }
        try configure(socket)
        guard zmq_connect(socket, endpoint) == 0 else { throw failure("connect \(endpoint)") }
        var buffer = [UInt8](repeating: UInt8(ascii: "x"), count: messageSize)
        guard zmq_send(socket, buffer, buffer.count, 0) >= 0 else { throw failure("greet") }
        while true {
            let count = zmq_recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            guard zmq_send(socket, buffer, Int(count), 0) >= 0 else { throw failure("answer") }
        }
    }

    /// Waits for nothing at the end, bounds each wait, and queues all that is in flight.
    private static func configure(_ socket: UnsafeMutableRawPointer?) throws {
        let settings: [(Int32, Int32)] = [
            (ZMQ_LINGER, 0), (ZMQ_RCVTIMEO, 10_000), (ZMQ_SNDTIMEO, 10_000),
            (ZMQ_SNDHWM, Int32(inFlight * 2)), (ZMQ_RCVHWM, Int32(inFlight * 2)),
        ]
        for (option, value) in settings {
            var value = value
            guard zmq_setsockopt(socket, option, &value, MemoryLayout<Int32>.size) == 0 else {
                throw failure("configure a socket")
            }
        }
    }

    private static func receivePayload(_ socket: UnsafeMutableRawPointer?) throws {
        var buffer = [UInt8](repeating: 0, count: messageSize)
        guard zmq_recv(socket, &buffer, buffer.count, 0) >= 0 else { throw failure("receive") }
    }

    private static func failure(_ what: String) -> ErrorDocument {
        ErrorDocument(.internal, "cannot \(what): \(String(cString: zmq_strerror(zmq_errno())))")
    }

    /// The two ways of sending and receiving that are measured.
    private struct Exchange {
        let socket: UnsafeMutableRawPointer?
        let identity: [UInt8]
        let payload: [UInt8]

        func send(_ payload: [UInt8]) throws {
            guard zmq_send(socket, identity, identity.count, ZMQ_SNDMORE) >= 0,
                zmq_send(socket, payload, payload.count, 0) >= 0
            else { throw FloorBenchmark.failure("send") }
        }

        private func receive() throws {
            var buffer = (
                UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0),
                UInt64(0)
            )
            let size = MemoryLayout.size(ofValue: buffer)
            guard zmq_recv(socket, &buffer, size, 0) >= 0,
                zmq_recv(socket, &buffer, size, 0) >= 0
            else { throw FloorBenchmark.failure("receive") }
        }

        /// One message at a time, in milliseconds each; the first tenth only warms up.
        func roundTrips(_ count: Int) throws -> Sample {
            var times: [Double] = []
            times.reserveCapacity(count)
            for index in 0..<(count + count / 10) {
                let start = ContinuousClock.now
                try send(payload)
                try receive()
                if index >= count / 10 { times.append((ContinuousClock.now - start).milliseconds) }
            }
            return Sample(times)
        }

        /// So many messages with so many under way; messages a second.
        func pipelined(_ count: Int, inFlight: Int) throws -> Double {
            let start = ContinuousClock.now
            for _ in 0..<inFlight { try send(payload) }
            for _ in 0..<(count - inFlight) {
                try receive()
                try send(payload)
            }
            for _ in 0..<inFlight { try receive() }
            return Double(count) / (ContinuousClock.now - start).milliseconds * 1000
        }
    }
}

extension Duration {
    /// The duration in milliseconds, with its fraction.
    var milliseconds: Double {
        Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
    }
}
