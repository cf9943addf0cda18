import SwarmCore
import SwarmModel

// Handlers that delegate: they ask, wait, and go on with the answers.

extension Simulation {
    /// What the handler of a subtask delegates; the same for each attempt.
    func script(of dispatch: Dispatch, _ capability: Int) -> DelegationScript? {
        guard let style = scenario.delegation, scenario.capabilities[capability].delegates else {
            return nil
        }
        var drawing = DelegationDrawing(
            scenario,
            style,
            run: dispatch.subtask.run.number,
            index: dispatch.subtask.index,
            frames: shadow.frames(
                run: dispatch.subtask.run.number,
                index: dispatch.subtask.index,
                own: DelegationDrawing.Frame(capability: capability, arguments: dispatch.arguments)
            )
        )
        return drawing.script()
    }

    /// The next part of a script, or the end of the handler's work.
    mutating func handlerCalls(_ process: Int, _ handler: Int) {
        let held = processes[process].handlers[handler]
        guard held.stage == .running, !held.isCancelled || held.behaviour.isDeaf,
            let calls = held.calls, !calls.isWaiting
        else { return }
        let slice = held.behaviour.duration / Int64(calls.script.parts.count + 1)
        guard calls.part < calls.script.parts.count else {
            return finish(process, handler, within: slice)
        }
        if calls.part == 0, calls.script.actsFirst, held.behaviour.actsAfter != nil {
            handlerActs(process, handler)
        }
        if calls.part == calls.script.cut {
            switch held.behaviour.ending {
            case .hang: return
            case .quit:
                after(network.spread(50...20_000), .die(process: Int32(process), .exited(0)))
            case .succeed, .fail, .invalid, .giveBack: break
            }
        }
        var asked: [DelegateRequest] = []
        for planned in calls.script.parts[calls.part] {
            let number = UInt64(calls.requests.count + asked.count + 1)
            asked.append(
                DelegateRequest(
                    number: number,
                    capability: planned.name,
                    agent: planned.agent.map { ScenarioNames.agent($0) },
                    arguments: .inline(planned.arguments),
                    allowance: planned.allowance,
                    timeout: planned.timeout.map { .microseconds($0) }
                )
            )
            shadow.note(planned, askedUnder: held.lease)
        }
        processes[process].handlers[handler].calls?.requests += asked
        processes[process].handlers[handler].calls?.isAnswered += asked.map { _ in false }
        processes[process].handlers[handler].calls?.open = asked.count
        processes[process].handlers[handler].calls?.isWaiting = true
        processes[process].handlers[handler].calls?.part += 1
        // Who waits leaves its place to others.
        processes[process].running -= 1
        if processes[process].phase == .ready {
            for request in asked { say(.delegate(held.lease, request), from: process) }
            if let lie = held.behaviour.lie, shadow.owner(of: lie) != processes[process].worker {
                say(.delegate(lie, asked[0]), from: process)
            }
        }
        beginHandlers(process)
    }

    /// In a new session everything that is not answered is asked again.
    mutating func askAgain(_ process: Int, _ held: ProcessModel.Handler) {
        guard let calls = held.calls, held.stage == .running else { return }
        for (position, request) in calls.requests.enumerated() where !calls.isAnswered[position] {
            say(.delegate(held.lease, request), from: process)
        }
    }

    mutating func replied(_ process: Int, _ call: CallReference, _ answer: CallAnswer) {
        guard let handler = handler(of: call.lease.number, process) else { return }
        let held = processes[process].handlers[handler]
        let position = Int(call.number) - 1
        guard held.stage == .running, let calls = held.calls,
            calls.isAnswered.indices.contains(position), !calls.isAnswered[position]
        else { return }
        processes[process].handlers[handler].calls?.isAnswered[position] = true
        processes[process].handlers[handler].calls?.open -= 1
        switch answer {
        case .succeeded: break
        case .failed, .refused: processes[process].handlers[handler].calls?.hasFailed = true
        }
        guard calls.open == 1 else { return }
        processes[process].handlers[handler].calls?.isWaiting = false
        processes[process].running += 1
        if processes[process].handlers[handler].calls?.hasFailed == true,
            case .fail(let mayRetry) = calls.script.onFailure
        {
            let failure = Failure(.conflict, "a call has failed", retryable: mayRetry)
            processes[process].handlers[handler].behaviour.ending = .fail(failure)
            processes[process].handlers[handler].behaviour.actsAfter = nil
            return after(100, .handlerEnds(process: Int32(process), handler: Int32(handler)))
        }
        after(
            held.behaviour.duration / Int64(calls.script.parts.count + 1),
            .handlerCalls(process: Int32(process), handler: Int32(handler))
        )
    }
}
