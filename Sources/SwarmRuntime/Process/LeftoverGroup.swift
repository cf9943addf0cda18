import CSwarmSystem
import Glibc
import SwarmCore
import SwarmModel

/// What a worker left running when it ended while no coordinator watched.
///
/// Its process group has lost its leader, so there is no one descriptor to signal. Members are
/// found in `/proc` by three marks together: the group's number, a start no earlier than the
/// worker's, and the worker's name in the environment they inherited. A group number alone could by
/// now belong to someone else.
enum LeftoverGroup {
    /// Kills every member of the group; how many there were.
    @discardableResult
    static func end(of worker: WorkerID, _ identity: ProcessIdentity) -> Int {
        // If the number has a new owner, so has the group: a number is not given away as long as a
        // group of that number has members, so nothing of the worker's can be left.
        if let owner = ProcessStatistics(of: identity.pid), owner.startTime != identity.startTime {
            return 0
        }
        guard let entries = opendir("/proc") else { return 0 }
        defer { closedir(entries) }
        var count = 0
        while let entry = readdir(entries) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let pid = pid_t(name), endIfMember(pid, of: worker, identity) { count += 1 }
        }
        return count
    }

    private static func endIfMember(
        _ pid: pid_t,
        of worker: WorkerID,
        _ identity: ProcessIdentity
    ) -> Bool {
        guard isMember(pid, of: worker, identity) else { return false }
        let pidfd = swarm_pidfd_open(pid)
        guard pidfd >= 0 else { return false }
        defer { close(pidfd) }
        // The descriptor stands for whoever has the number now; look again who that is.
        guard isMember(pid, of: worker, identity) else { return false }
        return swarm_pidfd_signal(pidfd, SIGKILL) == 0
    }

    private static func isMember(
        _ pid: pid_t,
        of worker: WorkerID,
        _ identity: ProcessIdentity
    ) -> Bool {
        guard let statistics = ProcessStatistics(of: pid), statistics.group == identity.pid,
            statistics.startTime >= identity.startTime, !statistics.hasEnded,
            let environment = SmallFile.read("/proc/\(pid)/environ", limit: 1 << 20)
        else { return false }
        let mark = Array("SWARM_INSTANCE=\(worker)".utf8)
        return environment.split(separator: 0).contains { $0.elementsEqual(mark) }
    }
}
