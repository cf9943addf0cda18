import CZeroMQ

// How options become calls of libzmq.

extension Socket {
    func set(_ option: CInt, _ value: CInt, _ name: String) throws(ZeroMQError) {
        let open = try unsafe openHandle(name)
        var value = value
        let status = unsafe zmq_setsockopt(open, option, &value, MemoryLayout<CInt>.size)
        guard status == 0 else { throw refusal(of: name, value: "\(value)") }
    }

    private func refusal(of name: String, value: String) -> ZeroMQError {
        ZeroMQError(
            .optionRefused,
            errno: zmq_errno(),
            operation: name,
            message: "libzmq does not take \(value) for \(name)"
        )
    }

    func apply(_ options: SocketOptions) throws(ZeroMQError) {
        if kind == .router {
            try set(ZMQ_ROUTER_MANDATORY, options.routerMandatory ? 1 : 0, "ZMQ_ROUTER_MANDATORY")
            try set(ZMQ_ROUTER_HANDOVER, options.routerHandover ? 1 : 0, "ZMQ_ROUTER_HANDOVER")
        }
        try set(ZMQ_LINGER, options.linger?.socketMilliseconds ?? -1, "ZMQ_LINGER")
        var limit = Int64(options.maximumMessageSize)
        let open = try unsafe openHandle("ZMQ_MAXMSGSIZE")
        let status = unsafe zmq_setsockopt(
            open,
            ZMQ_MAXMSGSIZE,
            &limit,
            MemoryLayout<Int64>.size
        )
        guard status == 0 else { throw refusal(of: "ZMQ_MAXMSGSIZE", value: "\(limit)") }
        try set(
            ZMQ_HANDSHAKE_IVL,
            options.handshakeInterval.socketMilliseconds,
            "ZMQ_HANDSHAKE_IVL"
        )
        try set(
            ZMQ_CONNECT_TIMEOUT,
            options.connectTimeout.socketMilliseconds,
            "ZMQ_CONNECT_TIMEOUT"
        )
        if let interval = options.heartbeatInterval {
            try set(ZMQ_HEARTBEAT_IVL, interval.socketMilliseconds, "ZMQ_HEARTBEAT_IVL")
            try set(
                ZMQ_HEARTBEAT_TIMEOUT,
                options.heartbeatTimeout.socketMilliseconds,
                "ZMQ_HEARTBEAT_TIMEOUT"
            )
            try set(
                ZMQ_HEARTBEAT_TTL,
                options.heartbeatTimeToLive.socketMilliseconds,
                "ZMQ_HEARTBEAT_TTL"
            )
        }
        try set(ZMQ_SNDHWM, CInt(clamping: options.sendHighWaterMark), "ZMQ_SNDHWM")
        try set(ZMQ_RCVHWM, CInt(clamping: options.receiveHighWaterMark), "ZMQ_RCVHWM")
        try set(ZMQ_IMMEDIATE, options.immediate ? 1 : 0, "ZMQ_IMMEDIATE")
        try set(ZMQ_BACKLOG, CInt(clamping: options.backlog), "ZMQ_BACKLOG")
        try set(
            ZMQ_RECONNECT_IVL,
            options.reconnectInterval?.socketMilliseconds ?? -1,
            "ZMQ_RECONNECT_IVL"
        )
        try set(
            ZMQ_RECONNECT_IVL_MAX,
            options.reconnectMaximumInterval.socketMilliseconds,
            "ZMQ_RECONNECT_IVL_MAX"
        )
        if let domain = options.zapDomain {
            let status = unsafe zmq_setsockopt(open, ZMQ_ZAP_DOMAIN, domain, domain.utf8.count)
            guard status == 0 else { throw refusal(of: "ZMQ_ZAP_DOMAIN", value: domain) }
        }
    }
}

extension Duration {
    /// Whole milliseconds as libzmq's options take them, never negative, saturating.
    var socketMilliseconds: CInt {
        let (seconds, attoseconds) = components
        let milliseconds = Double(seconds) * 1000 + Double(attoseconds) / 1e15
        return milliseconds <= 0 ? 0 : CInt(clamping: Int64(min(milliseconds, 2_000_000_000)))
    }
}
