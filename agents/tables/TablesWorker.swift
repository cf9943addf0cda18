import AgentFiles
import SwarmWorker

/// The `tables` agent: splits two tables, matches their rows and merges the outcomes.
@main
enum TablesWorker {
    static func main() async throws {
        let worker = Worker()
        worker.on("split_tables") { (arguments: SplitTables.Arguments, _) in
            try reportingFailures { try SplitTables().run(arguments) }
        }
        worker.on("match_partition") { (arguments: MatchPartition.Arguments, _) in
            try reportingFailures { try MatchPartition().run(arguments) }
        }
        worker.on("merge_outcomes") { (arguments: MergeOutcomes.Arguments, _) in
            try reportingFailures { try MergeOutcomes().run(arguments) }
        }
        try await worker.run()
    }
}
