import Foundation
import SwarmCore
import SwarmJournal
import SwarmJournalSQLite
import SwarmModel
import Testing

@Suite("Folding a journal")
struct FoldTests {
    @Test("The folded state equals the state that wrote the journal")
    func equalsLiveState() throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder)
        var story = Story(writingTo: store)
        try story.tell()
        try store.close()

        let reopened = try openStore(folder)
        let folded = try Swarm(folding: reopened)
        #expect(folded == story.swarm)
        #expect(folded.missingPayloads().isEmpty)
        #expect(folded.outstanding() == story.swarm.outstanding())
        try reopened.close()
    }

    /// The fixture was written by the first version and is never written again.
    ///
    /// A version that changes the schema adds a fixture of its own beside it.
    @Test("A journal of version 1 opens, verifies and folds to the state it was written in")
    func foldsVersion1() throws {
        let folder = try TemporaryFolder()
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Fixtures/journal-v1.db")
        try FileManager.default.copyItem(at: fixture, to: URL(fileURLWithPath: folder.journal))
        let store = try openStore(folder)
        #expect(store.epoch == 2)
        #expect(store.verification.payloads == 1)
        let folded = try Swarm(folding: store)
        #expect(folded.workerViews.map(\.id.description) == ["pricing-eu-1", "pricing-eu-2"])
        #expect(folded.workerViews.map(\.phase) == [.ready, .ready])
        #expect(folded.workerViews.map(\.process?.pid) == [101, 102])
        #expect(folded.view(of: RunID(1)) == nil)
        let view = try #require(folded.view(of: RunID(2), naming: 5))
        #expect(view.succeeded == 1)
        #expect(view.retrying == 1)
        #expect(view.running == 1)
        #expect(view.waiting == 1)
        #expect(view.current.map(\.subtask.description) == ["r_2/quote[2]"])
        #expect(view.current.map(\.lease) == [LeaseID(5)])
        try store.close()
    }

    @Test(
        "The fixture of this version is written, on request only",
        .enabled(if: ProcessInfo.processInfo.environment["SWARM_JOURNAL_FIXTURE"] != nil)
    )
    func writesFixture() throws {
        let folder = try TemporaryFolder()
        let store = try openStore(folder)
        var story = Story(writingTo: store)
        try story.tell()
        try store.close()
        let path = try #require(ProcessInfo.processInfo.environment["SWARM_JOURNAL_FIXTURE"])
        try FileManager.default.copyItem(atPath: folder.journal, toPath: path)
    }
}
