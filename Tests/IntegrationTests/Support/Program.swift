/// Python programs for workers that do what a test needs; their working directory is the test's.
enum Program {
    /// Answers at once.
    static let wellBehaved = """
        from swarm_worker import worker
        @worker.capability(side_effect="none", idempotent=True)
        def work() -> dict:
            return {"done": True}
        worker.run()
        """

    /// Goes on in its first attempt until the file `release` is there, whoever wants it to stop.
    ///
    /// Later attempts answer at once. `begun` says that it has begun, `told` that it was cancelled.
    static let stubbornOnce = """
        import os, time
        from swarm_worker import worker
        @worker.capability(side_effect="none", idempotent=True)
        def work(*, ctx) -> dict:
            if ctx.attempt == 1:
                open("begun", "w").write(str(os.getpid()))
                while not os.path.exists("release"):
                    if ctx.cancelled: open("told", "w").close()
                    time.sleep(0.01)
            return {"attempt": ctx.attempt, "pid": os.getpid()}
        worker.run()
        """

    /// Stops as soon as it is told to.
    static let patient = """
        import os
        from swarm_worker import worker
        @worker.capability(side_effect="none", idempotent=True)
        def work(*, ctx) -> dict:
            open("begun", "w").write(str(os.getpid()))
            try: ctx.sleep(600)
            finally:
                if ctx.cancelled: open("told", "w").close()
            return {}
        worker.run()
        """
}
