/// `list_packages`: what dpkg says is installed.
struct ListPackages: Sendable {
    struct Arguments: Codable, Sendable {
        /// The directory that stands for `/`; the machine itself when left out.
        var root: String?
    }

    struct Package: Codable, Sendable, Equatable {
        /// The name with its architecture, such as `libc6:amd64`.
        var package: String
        var version: String
        /// dpkg's word for its state, such as `installed` or `config-files`.
        var status: String
        /// Recorded digests: the files a check will read.
        var files: Int
    }

    struct Result: Codable, Sendable {
        var packages: [Package]
        var count: Int
        /// Recorded digests of all packages together.
        var files: Int
        var machine: Machine
    }

    let cache: DatabaseCache

    /// Lists every package dpkg knows files of, those that take longest to check first.
    ///
    /// Long ones first keeps all workers busy to the end; the order of equals is by name. Packages
    /// that were removed but left configuration behind are listed too: dpkg verifies them as well.
    func run(_ arguments: Arguments) throws -> Result {
        let database = try cache.database(root: arguments.root ?? "/")
        let weighed = try database.packages.map { package in
            let files = try database.recordedDigests(of: package)
            return (
                // Opening a file costs about as much as reading 64 KiB of it.
                weight: files * 64 + package.installedKibibytes,
                package: Package(
                    package: package.qualifiedName,
                    version: package.version,
                    status: package.status,
                    files: files
                )
            )
        }
        let packages =
            weighed
            .sorted { ($1.weight, $0.package.package) < ($0.weight, $1.package.package) }
            .map(\.package)
        return Result(
            packages: packages,
            count: packages.count,
            files: packages.reduce(0) { $0 + $1.files },
            machine: Machine(root: database.root)
        )
    }
}
