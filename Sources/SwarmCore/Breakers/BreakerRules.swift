import SwarmModel

extension CircuitBreaker.Settings {
    /// What a policy of the configuration means.
    ///
    /// Its window is rounded up to whole seconds. A rate of 0 is no limit, since it would open a
    /// breaker that nothing has failed behind.
    init(_ policy: CircuitBreakerPolicy) {
        let microseconds = max(policy.window.wholeMicroseconds, 1)
        func percent(_ share: Double?) -> Double? { share.flatMap { $0 > 0 ? $0 * 100 : nil } }
        self.init(
            window: .seconds(Int((microseconds - 1) / 1_000_000) + 1),
            minimumCalls: policy.minimumCalls ?? policy.errorThreshold,
            failureRate: percent(policy.errorRate),
            failureCount: policy.errorThreshold,
            slowRate: percent(policy.slowRate),
            slowCall: policy.slowCall,
            wait: policy.recoveryTimeout,
            maximumWait: max(policy.maxRecoveryTimeout, policy.recoveryTimeout),
            backoff: policy.backoff,
            probes: policy.halfOpenCalls,
            probeTimeout: policy.probeTimeout
        )
    }
}

extension FailureKind {
    /// Whether a failed attempt speaks against its worker, so that breakers count it.
    ///
    /// What the caller asked wrongly, was not allowed or no longer wanted says nothing about the
    /// worker. Nor does `rate_limited`: the other side works, and asks for less. Waiting as long as
    /// it says gives it that; a breaker would turn "slower" into "nothing", and no trial call could
    /// tell when it is over.
    var countsAgainstWorker: Bool {
        switch self {
        case .transient, .timeout, .unavailable, .internal, .workerLost, .leaseExpired,
            .unknownOutcome:
            true
        case .validation, .permission, .conflict, .cancelled, .rateLimited, .notFound,
            .versionSkew, .unresolved, .dependencyFailed, .deadlineExceeded, .loopStopped,
            .budgetExhausted, .depthExceeded, .denied, .breakerOpen:
            false
        }
    }

    /// Whether a failed run speaks against its workflow.
    ///
    /// Besides what counts against a worker: a run that took too long, and one that went in
    /// circles.
    var countsAgainstWorkflow: Bool {
        switch self {
        case .deadlineExceeded, .loopStopped: true
        default: countsAgainstWorker
        }
    }
}
