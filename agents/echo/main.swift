import SwarmWorker

let worker = Worker()
worker.on(raw: "echo") { bytes, _ in bytes }
worker.on("sleep", Faults.sleep)
worker.on("fail", Faults.fail)
worker.on("hang", Faults.hang)
worker.on("crash", Faults.crash)
worker.on("large", Faults.large)
try await worker.run()
