import Glibc

/// The process this code runs in.
enum ProcessID {
    /// Its number.
    static var current: Int32 { getpid() }
}
