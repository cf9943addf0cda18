public import ArgumentParser
public import SwarmConfig
public import SwarmModel
public import SwarmRuntime
public import SwarmSimulation

extension RunID: ExpressibleByArgument {
    /// Reads `r_17`, as every command prints it.
    public init?(argument: String) { self.init(argument) }
}

extension RunDocument.State: ExpressibleByArgument {}

extension SubtaskDocument.State: ExpressibleByArgument {}

extension Decision: ExpressibleByArgument {}

extension SwarmModel.BreakerCommand: ExpressibleByArgument {}

extension Durability: ExpressibleByArgument {}

extension ConfigurationSchema: ExpressibleByArgument {}

extension LogLevel: ExpressibleByArgument {}

extension UserSwarmOptions.Operators: ExpressibleByArgument {}
