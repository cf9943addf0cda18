/// Rules about the look of every text file.
enum TextRules {
    static let all = [
        fileLength, lineLength, trailingSpace, finalNewline, leftovers, machinePaths, oneTitle,
        strictShell,
    ]

    static let fileLength = TidyRule(
        name: "No Swift file is longer than 400 lines",
        covers: { $0.has(".swift") },
        check: { file in
            // What follows the last line break is no line.
            let count = file.lineCount - (file.bytes.last == UInt8(ascii: "\n") ? 1 : 0)
            return count > 400 ? [(0, "\(count) lines; split it by subject")] : []
        }
    )

    static let lineLength = TidyRule(
        name: "No line is longer than 100 columns, strings aside",
        covers: { $0.has(".swift", ".md", ".py", ".h", ".c") || $0.isShellScript },
        check: { file in
            var isCodeBlock = false
            return (1...file.lineCount).compactMap { number in
                let bytes = file.line(number)
                if file.has(".md"), bytes.starts(with: "```".utf8) { isCodeBlock.toggle() }
                guard bytes.count > 100, !isCodeBlock else { return nil }
                let line = file.lineText(number)
                // A link and a row of a table cannot be broken.
                guard line.count > 100, !line.contains("://"), !line.hasPrefix("|") else {
                    return nil
                }
                // A message in one piece is found by searching for it.
                let isComment = line.drop { $0 == " " }.hasPrefix("//")
                let code = file.line(number, codeOnly: true).count { $0 != 0x20 }
                if file.has(".swift"), line.count <= 120, code < 60, !isComment { return nil }
                return (number, "\(line.count) columns")
            }
        },
        exemptions: Exemptions.lineLength
    )

    static let trailingSpace = TidyRule(
        name: "No line ends in white space",
        // An empty line that a patch keeps is a space.
        covers: { !$0.has(".patch") },
        check: { file in
            (1...file.lineCount).compactMap { number in
                guard let last = file.line(number).last, [0x20, 0x09, 0x0d].contains(last) else {
                    return nil
                }
                return (number, "white space at the end")
            }
        }
    )

    static let finalNewline = TidyRule(
        name: "Every file ends in exactly one line break",
        covers: { !$0.bytes.isEmpty },
        check: { file in
            if file.bytes.last != 0x0a { return [(0, "the last line is not ended")] }
            let isDoubled = file.bytes.suffix(2).elementsEqual([0x0a, 0x0a])
            return isDoubled ? [(0, "empty lines at the end")] : []
        }
    )

    /// Put together here so that this file does not break its own rule.
    private static let leftoverMarks = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]

    static let leftovers = TidyRule.words(
        "No mark says that something is unfinished",
        leftoverMarks,
        of: { _ in true }
    ) { "'\($0)': finish it, or file an issue" }

    private static let machineFolders = ["/wo" + "rk/", "/ro" + "ot/"]

    static let machinePaths = TidyRule(
        name: "No path of one person's machine is written down",
        covers: { _ in true },
        check: { file in
            machineFolders.flatMap { folder in
                file.bytes.places(of: folder).filter { place in
                    // A longer path, as in `/var/lib/`, is something else.
                    place == 0 || " \t\n\"'`=:(<>[,".utf8.contains(file.bytes[place - 1])
                }.map {
                    (file.lineNumber(of: $0), "the path '\(folder)' exists on one machine only")
                }
            }
        }
    )

    static let oneTitle = TidyRule(
        name: "A Markdown file has one title, on its first line",
        covers: { $0.has(".md") },
        check: { file in
            var isCode = false
            var titles: [Int] = []
            for (index, line) in file.lines.enumerated() {
                if line.hasPrefix("```") || line.hasPrefix("~~~") { isCode.toggle() }
                if !isCode, line.hasPrefix("# ") { titles.append(index + 1) }
            }
            if titles.first != 1 { return [(1, "no title on the first line")] }
            return titles.dropFirst().map { ($0, "a second title") }
        }
    )

    static let strictShell = TidyRule(
        name: "A shell script stops at the first error",
        covers: { $0.isShellScript },
        check: { file in
            let first = file.lines.first { !$0.isEmpty && !$0.hasPrefix("#") }
            return first == "set -euo pipefail"
                ? [] : [(0, "the first command is not 'set -euo pipefail'")]
        }
    )
}
