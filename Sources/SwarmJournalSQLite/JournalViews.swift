/// The views that make a journal readable with the sqlite3 shell alone.
///
/// They are made anew when their version changes, so an older journal gets the newer views.
enum JournalViews {
    /// Rises with every change below.
    static let version = 2

    static let names = ["attempts", "subtasks", "runs", "workflows", "workers", "records"]

    static let all = [records, workflows, runs, subtasks, attempts, workers].joined(separator: "\n")

    /// One row a record.
    private static let records = """
        CREATE VIEW records AS
        SELECT batch.first + record.key AS seq,
            strftime('%Y-%m-%dT%H:%M:%S', batch.time / 1000000, 'unixepoch')
                || printf('.%06dZ', batch.time % 1000000) AS time,
            record.value ->> '$.type' AS type,
            record.value ->> '$.run' AS run,
            record.value ->> '$.subtask' AS subtask,
            record.value ->> '$.worker' AS worker,
            record.value ->> '$.lease' AS lease,
            record.value AS body,
            batch.time AS time_us,
            batch.first AS batch
        FROM batches AS batch, json_each(batch.records) AS record;
        """

    /// One row a workflow that some run refers to.
    private static let workflows = """
        CREATE VIEW workflows AS
        SELECT body ->> '$.workflow' AS digest,
            body ->> '$.name' AS name,
            body ->> '$.version' AS version,
            min(seq) AS seq
        FROM records WHERE type = 'workflow_registered'
        GROUP BY digest;
        """

    /// One row a run.
    private static let runs = """
        CREATE VIEW runs AS
        WITH facts AS (
            SELECT run,
                max(CASE type WHEN 'run_submitted' THEN body ->> '$.workflow' END) AS digest,
                max(CASE type WHEN 'run_submitted' THEN time END) AS submitted,
                max(CASE type WHEN 'run_finished' THEN time END) AS finished,
                max(CASE type WHEN 'run_submitted' THEN time_us END) AS submitted_us,
                max(CASE type WHEN 'run_finished' THEN time_us END) AS finished_us,
                max(CASE type WHEN 'run_finished' THEN body ->> '$.outcome' END) AS outcome,
                substr(max(printf('%020d', seq) || CASE type
                    WHEN 'run_ending' THEN 'ending'
                    WHEN 'run_undoing' THEN 'undoing'
                    WHEN 'run_parked' THEN 'compensation_failed'
                    WHEN 'run_resumed' THEN 'undoing' END), 21) AS phase,
                sum(type = 'subtask_succeeded') AS subtasks_succeeded,
                sum(type = 'subtask_dispatched') AS attempts,
                sum(type = 'attempt_ended') AS attempts_failed,
                max(CASE WHEN type IN ('run_ending', 'run_finished')
                    THEN body ->> '$.failure.kind' END) AS failure_kind,
                max(CASE WHEN type IN ('run_ending', 'run_finished')
                    THEN body ->> '$.failure.message' END) AS failure_message
            FROM records WHERE run IS NOT NULL GROUP BY run
        )
        SELECT run, name AS workflow, version,
            coalesce(outcome, phase, 'running') AS state,
            submitted, finished, (finished_us - submitted_us) / 1000.0 AS milliseconds,
            subtasks_succeeded, attempts, attempts_failed, failure_kind, failure_message
        FROM facts LEFT JOIN workflows USING (digest)
        ORDER BY CAST(substr(run, 3) AS INTEGER);
        """

    /// One row a subtask that was ever dispatched or failed before it could be.
    private static let subtasks = """
        CREATE VIEW subtasks AS
        SELECT run, subtask,
            substr(max(printf('%020d', seq) || CASE type
                WHEN 'subtask_dispatched' THEN 'dispatched'
                WHEN 'subtask_started' THEN 'running'
                WHEN 'subtask_succeeded' THEN 'succeeded'
                WHEN 'subtask_ready' THEN 'ready'
                WHEN 'call_added' THEN 'ready'
                WHEN 'call_renewed' THEN 'ready'
                WHEN 'subtask_parked' THEN 'parked'
                WHEN 'subtask_unparked' THEN 'running'
                WHEN 'doubt_opened' THEN 'verifying'
                WHEN 'question_asked' THEN 'asking'
                ELSE CASE coalesce(body ->> '$.directive', body ->> '$.decision')
                    WHEN 'retry' THEN 'waiting' WHEN 'reassign' THEN 'ready'
                    WHEN 'repair' THEN 'ready' WHEN 'fallback' THEN 'ready'
                    WHEN 'did-not-happen' THEN 'ready' WHEN 'yield' THEN 'running'
                    WHEN 'verify' THEN 'verifying' WHEN 'ask' THEN 'asking'
                    WHEN 'happened' THEN 'succeeded' WHEN 'undo' THEN 'succeeded'
                    WHEN 'skip' THEN 'skipped' WHEN 'cancel' THEN 'cancelled'
                    ELSE 'failed' END
                END), 21) AS state,
            max(body ->> '$.capability') AS capability,
            substr(max(printf('%020d', seq) || worker), 21) AS worker,
            sum(type = 'subtask_dispatched') AS attempts,
            min(CASE type WHEN 'subtask_dispatched' THEN time END) AS first_dispatched,
            max(CASE WHEN type IN ('subtask_succeeded', 'attempt_ended') THEN time END)
                AS last_ended,
            (max(CASE WHEN type IN ('subtask_succeeded', 'attempt_ended') THEN time_us END)
                - min(CASE type WHEN 'subtask_dispatched' THEN time_us END)) / 1000.0
                AS milliseconds,
            substr(max(printf('%020d', seq) || (body ->> '$.failure.kind')), 21)
                AS last_failure_kind,
            substr(max(printf('%020d', seq) || (body ->> '$.failure.message')), 21)
                AS last_failure_message
        FROM records
        WHERE type IN ('subtask_dispatched', 'subtask_started', 'subtask_succeeded',
            'attempt_ended', 'subtask_ready', 'subtask_parked', 'subtask_unparked',
            'doubt_opened', 'question_asked', 'subtask_decided', 'call_added', 'call_renewed')
        GROUP BY run, subtask
        ORDER BY CAST(substr(run, 3) AS INTEGER), min(seq);
        """

    /// One row a dispatch.
    private static let attempts = """
        CREATE VIEW attempts AS
        SELECT lease,
            max(run) AS run, max(subtask) AS subtask,
            max(body ->> '$.attempt') AS attempt,
            max(worker) AS worker,
            max(body ->> '$.capability') AS capability,
            coalesce(max(CASE type WHEN 'subtask_succeeded' THEN 'succeeded'
                WHEN 'attempt_ended' THEN body ->> '$.failure.kind' END), 'running') AS outcome,
            max(CASE type WHEN 'subtask_dispatched' THEN time END) AS dispatched,
            max(CASE type WHEN 'subtask_started' THEN time END) AS started,
            max(CASE WHEN type IN ('subtask_succeeded', 'attempt_ended') THEN time END) AS ended,
            (max(CASE WHEN type IN ('subtask_succeeded', 'attempt_ended') THEN time_us END)
                - max(CASE type WHEN 'subtask_dispatched' THEN time_us END)) / 1000.0
                AS milliseconds,
            max(body ->> '$.failure.message') AS failure_message,
            max(body ->> '$.may_have_happened') AS may_have_happened,
            max(body ->> '$.directive') AS directive
        FROM records
        WHERE lease IS NOT NULL AND type IN ('subtask_dispatched', 'subtask_started',
            'subtask_succeeded', 'attempt_ended')
        GROUP BY lease
        ORDER BY CAST(substr(lease, 2) AS INTEGER);
        """

    /// One row a worker instance.
    private static let workers = """
        CREATE VIEW workers AS
        SELECT worker,
            substr(max(printf('%020d', seq) || CASE type
                WHEN 'worker_launching' THEN 'launching'
                WHEN 'worker_launched' THEN 'expected'
                WHEN 'worker_ready' THEN 'ready'
                WHEN 'worker_signalled' THEN 'stopping'
                ELSE body ->> '$.phase' END), 21) AS state,
            substr(max(CASE type WHEN 'worker_launched'
                THEN printf('%020d', seq) || (body ->> '$.pid') END), 21) AS last_pid,
            max(body ->> '$.incarnation') AS incarnation,
            CAST(substr(max(printf('%020d', seq) || (body ->> '$.credit')), 21) AS INTEGER)
                AS credit,
            sum(type = 'worker_launching') AS launches,
            sum(type = 'worker_exited') AS exits,
            sum(type = 'subtask_succeeded') AS subtasks_succeeded,
            sum(type = 'attempt_ended') AS attempts_failed,
            max(CASE WHEN type LIKE 'worker%' THEN time END) AS last_change,
            substr(max(CASE type WHEN 'worker_exited' THEN printf('%020d', seq) || coalesce(
                'exit ' || (body ->> '$.exit_code'), 'signal ' || (body ->> '$.exit_signal'),
                'unknown') END), 21) AS last_exit,
            substr(max(CASE WHEN type IN ('worker_exited', 'worker_moved')
                THEN printf('%020d', seq) || (body ->> '$.reason') END), 21) AS last_reason
        FROM records WHERE worker IS NOT NULL AND type <> 'ignored'
        GROUP BY worker
        ORDER BY worker;
        """
}
