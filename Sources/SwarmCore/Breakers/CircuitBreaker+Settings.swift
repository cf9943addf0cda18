import SwarmModel

extension CircuitBreaker {
    /// What a breaker goes by.
    ///
    /// All limits are inclusive: five failures open a breaker whose limit is five, and half of the
    /// calls one whose limit is 50 %. Slow is a call that takes strictly longer than the limit.
    public struct Settings: Hashable, Sendable {
        /// Which calls are looked at.
        public enum Window: Hashable, Sendable {
            /// The last so many calls.
            case calls(Int)
            /// The calls reported in this second of the clock and so many less one before it.
            case seconds(Int)
        }

        /// Which calls are looked at.
        public var window: Window
        /// The number of calls below which no rate is looked at; no more than a window of calls
        /// holds, since it could never be reached.
        public var minimumCalls: Int
        /// The share of failed calls that opens the breaker, in percent; nil when none does.
        public var failureRate: Double?
        /// The number of failed calls in the window that opens the breaker, however many calls
        /// there were; nil when no number does.
        public var failureCount: Int?
        /// The share of slow calls that opens the breaker, in percent; nil when none does.
        public var slowRate: Double?
        /// The time beyond which a call is slow; nil when none is.
        public var slowCall: Duration?
        /// How long the breaker is open the first time.
        public var wait: Duration
        /// The longest it is open however often it opens; nil without limit.
        public var maximumWait: Duration?
        /// What the wait is multiplied with when it opens again without having closed.
        public var backoff: Double
        /// The number of trial calls of a half-open breaker; it is decided when all have reported.
        public var probes: Int
        /// The time after which a trial call that has not reported counts as failed; nil never, and
        /// then a lost trial call keeps the breaker half open for good.
        public var probeTimeout: Duration?

        /// Settings; numbers below what makes sense are raised to it.
        public init(
            window: Window,
            minimumCalls: Int = 1,
            failureRate: Double? = nil,
            failureCount: Int? = nil,
            slowRate: Double? = nil,
            slowCall: Duration? = nil,
            wait: Duration,
            maximumWait: Duration? = nil,
            backoff: Double = 1,
            probes: Int = 1,
            probeTimeout: Duration? = nil
        ) {
            switch window {
            case .calls(let count):
                let size = max(count, 1)
                self.window = .calls(size)
                self.minimumCalls = min(max(minimumCalls, 1), size)
            case .seconds(let count):
                self.window = .seconds(max(count, 1))
                self.minimumCalls = max(minimumCalls, 1)
            }
            self.failureRate = failureRate
            self.failureCount = failureCount.map { max($0, 1) }
            self.slowRate = slowRate
            self.slowCall = slowCall
            self.wait = max(wait, .zero)
            self.maximumWait = maximumWait
            self.backoff = max(backoff, 1)
            self.probes = max(probes, 1)
            self.probeTimeout = probeTimeout
        }

        /// How long the breaker stays open when it opens for the `opening`th time in a row.
        public func wait(ofOpening opening: Int) -> Duration {
            let cap = maximumWait?.wholeMicroseconds ?? .max
            let first = wait.wholeMicroseconds
            guard opening > 1, backoff > 1, first > 0 else { return .microseconds(min(first, cap)) }
            var microseconds = Double(first)
            // A century is as good as for ever, and keeps the loop short.
            let limit = min(Double(cap), 3.2e15)
            var step = 1
            while step < opening, microseconds < limit {
                microseconds *= backoff
                step += 1
            }
            return .microseconds(min(Int64(min(microseconds, 3.2e15).rounded()), cap))
        }

        /// Whether calls that went well have to be counted, too.
        var looksAtRates: Bool { failureRate != nil || (slowRate != nil && slowCall != nil) }

        /// Whether a call that went well changes what a closed breaker has counted: it pushes
        /// others out of a window of calls, and it is part of a rate.
        var countsSuccesses: Bool {
            switch window {
            case .calls: true
            case .seconds: looksAtRates
            }
        }

        /// Which limit the calls in the window have reached.
        func exceeded(by tally: OutcomeTally) -> Transition.Cause? {
            if let failureCount, tally.failures >= failureCount { return .failureCount }
            guard tally.calls >= minimumCalls else { return nil }
            if let failureRate, Self.percent(tally.failures, of: tally) >= failureRate {
                return .failureRate
            }
            if let slowRate, slowCall != nil, Self.percent(tally.slow, of: tally) >= slowRate {
                return .slowRate
            }
            return nil
        }

        /// Which limit the trial calls have reached, when all are in.
        ///
        /// Without a limit for the share of failures every one of them has to succeed.
        func exceeded(byProbes tally: OutcomeTally) -> Transition.Cause? {
            if let failureRate {
                if Self.percent(tally.failures, of: tally) >= failureRate { return .probesFailed }
            } else if tally.failures > 0 {
                return .probesFailed
            }
            if let slowRate, slowCall != nil, Self.percent(tally.slow, of: tally) >= slowRate {
                return .probesSlow
            }
            return nil
        }

        private static func percent(_ part: Int, of tally: OutcomeTally) -> Double {
            100 * Double(part) / Double(tally.calls)
        }
    }
}
