import AgentFiles
import SwarmWorker

/// The `packages` agent: lists Debian packages and checks their files.
@main
enum PackagesWorker {
    static func main() async throws {
        let cache = DatabaseCache()
        let list = ListPackages(cache: cache)
        let check = CheckPackage(cache: cache)
        let worker = Worker()
        worker.on("list_packages") { (arguments: ListPackages.Arguments, _) in
            try reportingFailures { try list.run(arguments) }
        }
        worker.on("check_package") { (arguments: CheckPackage.Arguments, context) in
            try reportingFailures {
                let result = try check.run(
                    arguments,
                    isCancelled: { context.isCancelled },
                    progress: { done, total in context.progress(done: done, total: total) }
                )
                guard let result else {
                    throw WorkerFailure(
                        .notFound,
                        "dpkg knows no package \"\(arguments.package)\", or several architectures"
                            + " of it; list_packages gives the names"
                    )
                }
                return result
            }
        }
        try await worker.run()
    }
}
