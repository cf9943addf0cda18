import Glibc

/// Redraws a few lines at the bottom of a terminal, in place.
struct LiveDisplay {
    private let descriptor: Int32
    private var drawn: [Int] = []

    init(descriptor: Int32 = STDERR_FILENO) { self.descriptor = descriptor }

    /// The terminal's width in columns; 80 when it will not say.
    var width: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Replaces what was drawn by these lines; `lengths` are the columns each takes.
    mutating func draw(_ lines: [String], lengths: [Int]) {
        Console.write(
            erasure + "\u{1B}[?25l" + lines.joined(separator: "\n") + "\n",
            to: descriptor
        )
        drawn = lengths
    }

    /// Takes away what was drawn and gives the cursor back.
    mutating func erase() {
        Console.write(erasure + "\u{1B}[?25h", to: descriptor)
        drawn = []
    }

    /// Moves to the first drawn line and clears from there; a terminal that was made narrower has
    /// folded long lines into several rows.
    private var erasure: String {
        guard !drawn.isEmpty else { return "" }
        let width = max(1, width)
        let rows = drawn.reduce(0) { $0 + max(1, ($1 + width - 1) / width) }
        return "\u{1B}[\(rows)F\u{1B}[J"
    }
}

extension String {
    /// The columns the text takes on a terminal: its characters, without colour sequences.
    var terminalColumns: Int {
        var columns = 0
        var isInSequence = false
        for character in self {
            if character == "\u{1B}" {
                isInSequence = true
            } else if isInSequence {
                isInSequence = !character.isLetter
            } else {
                columns += 1
            }
        }
        return columns
    }
}
