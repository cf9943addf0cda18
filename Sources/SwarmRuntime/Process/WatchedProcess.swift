import CSwarmSystem
import Glibc
import SwarmCore
import SwarmModel
import Synchronization

/// One process under watch; what changes in it is the output, and only the watching thread reads
/// that.
final class WatchedProcess: Sendable {
    let worker: WorkerID
    let incarnation: Incarnation
    let identity: ProcessIdentity
    /// Refers to the process itself, not to its number; -1 when it had ended before it was adopted.
    let pidfd: Int32
    /// Whether this coordinator started it, so that it stays a zombie until we collect it.
    let isChild: Bool
    let endsGroupOnExit: Bool
    /// The capture and its bookkeeping; nil when an adopted process's files are gone.
    let capture: Mutex<ProcessCapture?>
    /// The inotify watches of its two files.
    let watches: [Int32]

    init(
        worker: WorkerID,
        incarnation: Incarnation,
        identity: ProcessIdentity,
        pidfd: Int32,
        isChild: Bool,
        endsGroupOnExit: Bool,
        capture: consuming ProcessCapture?,
        watches: [Int32]
    ) {
        self.worker = worker
        self.incarnation = incarnation
        self.identity = identity
        self.pidfd = pidfd
        self.isChild = isChild
        self.endsGroupOnExit = endsGroupOnExit
        self.capture = Mutex(capture)
        self.watches = watches
    }

    /// Sends a signal to the whole group; whether there was one to receive it.
    ///
    /// The group's number is the process's own. Of a child it cannot be given away again before the
    /// child has been collected, and the caller excludes that meanwhile. An adopted process is
    /// reached through its descriptor, which no reuse of numbers can redirect; kernels before 6.9
    /// cannot do that for a group, so there the process must be alive, and its number is used.
    func signalGroup(_ number: Int32) -> Bool {
        if isChild { return kill(-identity.pid, number) == 0 }
        guard pidfd >= 0 else { return false }
        if swarm_pidfd_signal_group(pidfd, number) == 0 { return true }
        guard errno == EINVAL, swarm_pidfd_signal(pidfd, 0) == 0 else { return false }
        return kill(-identity.pid, number) == 0
    }

    /// Closes what belongs to it and leaves its files for another coordinator; once only, and when
    /// nobody can find it any more.
    func letGo() {
        capture.withLock { capture in
            capture?.close(removing: false)
            capture = nil
        }
        if pidfd >= 0 { close(pidfd) }
    }

    /// Collects an ended child: how it ended and what it consumed.
    func collect() -> (status: ExitStatus, usage: ResourceUsage?) {
        guard isChild else { return (.unknown, nil) }
        var status: Int32 = 0
        var usage = rusage()
        var result = wait4(identity.pid, &status, 0, &usage)
        while result < 0, errno == EINTR { result = wait4(identity.pid, &status, 0, &usage) }
        guard result == identity.pid else { return (.unknown, nil) }
        // The macros WIFEXITED and so on do not reach Swift: the low 7 bits are the signal, 0 for
        // none, and the next byte up from bit 8 the exit code.
        let signal = status & 0x7F
        return (
            signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal), ResourceUsage(usage)
        )
    }
}

extension ResourceUsage {
    init(_ usage: rusage) {
        func duration(_ time: timeval) -> Duration {
            .seconds(Int64(time.tv_sec)) + .microseconds(Int64(time.tv_usec))
        }
        userTime = duration(usage.ru_utime)
        systemTime = duration(usage.ru_stime)
        peakMemory = usage.ru_maxrss * 1024
    }
}
