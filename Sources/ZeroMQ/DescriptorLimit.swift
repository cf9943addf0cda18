import Glibc

/// How many descriptors this process may have open.
///
/// Each connection of a socket takes one. libzmq's ipc listener ends the whole process when there
/// is none left, so a server raises its limit before it binds.
public enum DescriptorLimit {
    /// Raises the limit to what the system allows this user.
    ///
    /// - Parameter maximum: where to stop; very large limits make some programs slow that close
    ///   every possible descriptor before they start others.
    /// - Returns: the limit from now on; 0 when the system told none.
    @discardableResult
    public static func raise(to maximum: UInt64 = 65_536) -> UInt64 {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return 0
        }
        let wanted = min(UInt64(limit.rlim_max), maximum)
        guard UInt64(limit.rlim_cur) < wanted else { return UInt64(limit.rlim_cur) }
        limit.rlim_cur = rlim_t(wanted)
        let status = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return status == 0 ? wanted : 0
    }
}
