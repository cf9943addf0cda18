import Glibc

/// Who types the commands.
enum Operator {
    /// The name of the user this process belongs to; the number when there is no name.
    static var name: String {
        guard let entry = getpwuid(geteuid()) else { return "uid \(geteuid())" }
        return String(cString: entry.pointee.pw_name)
    }
}
