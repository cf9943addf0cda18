import Glibc
public import SwarmWorker

/// An error whose cause is what the agent was given: the same call can never work.
public protocol InvalidInput: Error, CustomStringConvertible {}

extension FileError {
    /// The failure as a coordinator's policies understand it.
    public var failure: WorkerFailure {
        switch code {
        case ENOENT, ENOTDIR: WorkerFailure(.notFound, description)
        case EACCES, EPERM, EROFS: WorkerFailure(.permission, description)
        case ENOSPC, EDQUOT: WorkerFailure(.unavailable, "\(description); free some space")
        case EISDIR, ENAMETOOLONG, ELOOP: WorkerFailure(.validation, description)
        case EMFILE, ENFILE, ENOMEM, EINTR, EAGAIN: WorkerFailure(.transient, description)
        default: WorkerFailure(.internal, description)
        }
    }
}

/// Does the work, and turns what it throws into failures that name their class.
///
/// - Throws: `WorkerFailure` for a `FileError` or an `InvalidInput`; anything else as it is.
public func reportingFailures<Value>(_ work: () throws -> Value) throws -> Value {
    do {
        return try work()
    } catch let error as FileError {
        throw error.failure
    } catch let error as any InvalidInput {
        throw WorkerFailure(.validation, error.description)
    }
}
