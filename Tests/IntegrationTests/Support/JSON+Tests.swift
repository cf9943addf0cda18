import SwarmModel

extension JSON {
    /// The object with one member more, or another value for it.
    func with(_ key: String, _ value: JSON) -> JSON {
        var object = objectValue ?? JSONObject()
        object[key] = value
        return .object(object)
    }

    /// This value if so; `condition ? self : nil` would be JSON's `null` otherwise.
    func when(_ condition: Bool) -> JSON? { condition ? .some(self) : .none }
}
