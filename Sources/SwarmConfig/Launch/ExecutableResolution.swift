import Glibc

/// Where the program of an agent lies, found by the rules of the manifest's `exec`.
///
/// `exec` is an argument list, never a line for a shell:
/// - any element that begins with `./` or `../` is a path relative to the manifest's folder;
/// - a first element that is only a name is looked for beside the running `swarm` program, then in
///   `PATH`;
/// - a first element with a slash in it is a path, relative ones again to the manifest's folder.
///
/// `config check` and the launcher use the same rules, so what passes the check will start.
public struct ExecutableResolution: Hashable, Sendable {
    /// The program's path; absolute when the folders given were.
    public var executable: String
    /// The other elements, with relative paths made into paths from the manifest's folder.
    public var arguments: [String]

    /// Where to look.
    public struct Places: Hashable, Sendable {
        /// The folder that holds the agent's manifest.
        public var manifestFolder: String
        /// The folder of the running `swarm` program; nil when unknown.
        public var programFolder: String?
        /// The folders of `PATH`, in order.
        public var searchPath: [String]

        /// Places to look in.
        public init(manifestFolder: String, programFolder: String?, searchPath: [String]) {
            self.manifestFolder = manifestFolder
            self.programFolder = programFolder
            self.searchPath = searchPath
        }

        /// The places of this process: its own program's folder, and `PATH` of its environment.
        public init(manifestFolder: String) {
            let inherited = getenv("PATH").map { String(cString: $0) }
            let path = inherited ?? "/usr/local/bin:/usr/bin:/bin"
            self.init(
                manifestFolder: manifestFolder,
                programFolder: ExecutableResolution.runningProgramFolder,
                searchPath: path.split(separator: ":").map(String.init)
            )
        }
    }

    /// Finds the program and the files of an `exec` list.
    ///
    /// - Throws: ``ExecutableError`` naming the first element that cannot be used.
    public init(exec: [String], in places: Places) throws(ExecutableError) {
        guard let first = exec.first, !first.isEmpty else {
            throw ExecutableError(
                .missing,
                element: 0,
                path: "",
                "`exec` names no program",
                hint: "give an argument list, such as [\"./worker.py\"]"
            )
        }
        executable =
            first.contains("/")
            ? try ExecutableResolution.checked(
                ExecutableResolution.path(first, from: places.manifestFolder),
                written: first
            )
            : try ExecutableResolution.searched(first, in: places)
        arguments = []
        for (index, element) in exec.enumerated().dropFirst() {
            guard ExecutableResolution.isRelativePath(element) else {
                arguments.append(element)
                continue
            }
            let path = ExecutableResolution.path(element, from: places.manifestFolder)
            guard access(path, F_OK) == 0 else {
                throw ExecutableError(
                    .missing,
                    element: index,
                    path: path,
                    "no such file: \(element) (\(path))",
                    hint: "a path that begins with ./ or ../ is relative to the manifest's folder"
                )
            }
            arguments.append(path)
        }
    }

    /// The folder of the program that runs this code; nil when the system does not say.
    public static let runningProgramFolder: String? = {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
            guard let start = buffer.baseAddress else { return nil }
            let count = readlink("/proc/self/exe", start, buffer.count)
            guard count > 0, count < buffer.count else { return nil }
            let path = buffer[..<count].map { UInt8(bitPattern: $0) }
            guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return nil }
            return slash == 0 ? "/" : String(decoding: path[..<slash], as: UTF8.self)
        }
    }()
}

extension ExecutableResolution {
    private static func isRelativePath(_ element: String) -> Bool {
        element.hasPrefix("./") || element.hasPrefix("../")
    }

    /// The path of `element`, read from `folder` unless it is absolute; `./` and `../` are resolved
    /// as text so that messages and process lists show short paths.
    private static func path(_ element: String, from folder: String) -> String {
        guard !element.hasPrefix("/") else { return element }
        var rest = Substring(element)
        var base = Substring(folder)
        while base.count > 1, base.hasSuffix("/") { base = base.dropLast() }
        while true {
            if rest.hasPrefix("./") {
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix("../"), let slash = base.lastIndex(of: "/"),
                !["", ".", ".."].contains(base[base.index(after: slash)...])
            {
                rest = rest.dropFirst(3)
                base = slash == base.startIndex ? "/" : base[..<slash]
            } else {
                return base.hasSuffix("/") ? "\(base)\(rest)" : "\(base)/\(rest)"
            }
        }
    }

    /// A bare name: beside the running program first, so that a build finds its own agents.
    private static func searched(
        _ name: String,
        in places: Places
    ) throws(ExecutableError) -> String {
        let folders = [places.programFolder].compactMap(\.self) + places.searchPath
        var obstacle: ExecutableError?
        for folder in folders where !folder.isEmpty {
            let candidate = path(name, from: folder)
            guard access(candidate, F_OK) == 0 else { continue }
            do throws(ExecutableError) {
                return try checked(candidate, written: name)
            } catch {
                obstacle = obstacle ?? error
            }
        }
        if let obstacle { throw obstacle }
        let inManifestFolder = path(name, from: places.manifestFolder)
        let hint =
            access(inManifestFolder, F_OK) == 0
            ? "it lies in the manifest's folder: write \"./\(name)\""
            : "build it, give its path (\"./\(name)\" is relative to the manifest), or extend PATH"
        throw ExecutableError(
            .missing,
            element: 0,
            path: name,
            "no program \"\(name)\" beside swarm"
                + (places.programFolder.map { " (\($0))" } ?? "") + " or in PATH",
            hint: hint
        )
    }

    /// The path, once it is known to be a program this user may start.
    private static func checked(
        _ path: String,
        written: String
    ) throws(ExecutableError) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else {
            let isDangling = lstat(path, &status) == 0
            throw ExecutableError(
                .missing,
                element: 0,
                path: path,
                isDangling
                    ? "\(path) is a symbolic link that leads nowhere"
                    : "no such program: \(written)" + (written == path ? "" : " (\(path))"),
                hint: written.hasPrefix("/")
                    ? "check the path, and that the program is installed"
                    : "a path is relative to the manifest's folder; check it, or build the program"
            )
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            throw ExecutableError(
                .isDirectory,
                element: 0,
                path: path,
                "\(path) is a folder, not a program",
                hint: "name the program inside it"
            )
        case S_IFREG: break
        default:
            throw ExecutableError(
                .notExecutable,
                element: 0,
                path: path,
                "\(path) is not a regular file",
                hint: "name a program or a script"
            )
        }
        guard access(path, X_OK) == 0 else {
            throw ExecutableError(
                .notExecutable,
                element: 0,
                path: path,
                "\(path) may not be executed by this user",
                hint: "chmod +x \(path)"
            )
        }
        if let interpreter = interpreter(of: path), access(interpreter, X_OK) != 0 {
            throw ExecutableError(
                .interpreterMissing,
                element: 0,
                path: path,
                "\(path) asks for the interpreter \(interpreter), which is not there",
                hint: "install it or change the first line of the script"
            )
        }
        return path
    }

    /// The program a script's first line names; nil for anything but a script.
    private static func interpreter(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let head = [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        guard head.starts(with: [0x23, 0x21]) else { return nil }
        let words = head.dropFirst(2).prefix { $0 != 0x0A }
            .split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        return words.first.map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Why an element of `exec` cannot be used.
public struct ExecutableError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of obstacle it is.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case missing
        case notExecutable = "not_executable"
        case isDirectory = "is_directory"
        case interpreterMissing = "interpreter_missing"
    }

    /// What kind of obstacle it is.
    public var code: Code
    /// Which element of `exec`, from 0.
    public var element: Int
    /// The path that was tried; the bare name when none was found.
    public var path: String
    /// What is wrong.
    public var message: String
    /// What to do about it.
    public var hint: String

    /// An obstacle.
    public init(_ code: Code, element: Int, path: String, _ message: String, hint: String) {
        self.code = code
        self.element = element
        self.path = path
        self.message = message
        self.hint = hint
    }

    /// The message and what to do about it, in one line.
    public var description: String { "\(message); \(hint)" }
}
