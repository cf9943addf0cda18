import SwarmModel

extension Allowance {
    init(_ reader: inout HeaderReader) throws(WireViolation) {
        self.init()
        var members = try reader.openObject()
        while let key = try reader.nextKey(in: &members) {
            switch key {
            case .usd: microdollars = try reader.microdollars(key)
            case .tokens: tokens = try reader.natural(key)
            case .calls: calls = try reader.natural(key)
            case .time: time = try reader.milliseconds(key)
            default: try reader.skipValue()
            }
        }
    }

    func write(to header: inout HeaderWriter) {
        if let microdollars { header.put(.usd, microdollars: microdollars) }
        if let tokens { header.put(.tokens, tokens) }
        if let calls { header.put(.calls, calls) }
        if let time { header.put(.time, time) }
    }
}
