/// A whole HTML page: one file, nothing loaded from elsewhere, light or dark as the reader has it.
struct Page {
    var title: String
    /// The sentence under the title: what came out.
    var verdict: String
    var sections: [HTML]
    /// The last lines: when, by what, how to check.
    var footer: HTML

    /// The page as a file.
    var document: [UInt8] {
        let page: HTML = """
            <!DOCTYPE html>
            <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title>\(title)</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <header>
            <h1>\(title)</h1>
            <p class="verdict">\(verdict)</p>
            </header>
            <main>
            \(sections)
            </main>
            <footer>
            \(footer)
            </footer>
            </body>
            </html>

            """
        return Array(page.description.utf8)
    }

    /// A row of figures, each with its name.
    static func figures(_ figures: [(value: String, name: String, tone: String)]) -> HTML {
        let items: [HTML] = figures.map { figure in
            """
            <div class="figure \(figure.tone)"><dt>\(figure.name)</dt><dd>\(figure.value)</dd></div>
            """
        }
        return """
            <dl class="figures">
            \(items)
            </dl>
            """
    }

    private static let style: HTML = """
        :root { --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --panel: #f4f6f8;
          --line: #d0d7de; --good: #117a5b; --changed: #9a5b00; --missing: #b3261e;
          --unreadable: #6941c6; --point: #2166ac; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6e9ed; --soft: #9da7b3; --paper: #10141a; --panel: #1a2029;
            --line: #37404c; --good: #4cc79a; --changed: #f0b429; --missing: #ff8a80;
            --unreadable: #b79cff; --point: #6cb0f5; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--paper);
          color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
        h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; }
        h2 { margin: 2.5rem 0 .5rem; font-size: 1.3rem; }
        .verdict { margin: .4rem 0 0; font-size: 1.15rem; color: var(--soft); }
        .note, footer { color: var(--soft); }
        footer { margin-top: 3rem; border-top: 1px solid var(--line); font-size: .9rem; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr));
          gap: .75rem; margin: 1.5rem 0; }
        .figure { margin: 0; padding: .75rem 1rem; background: var(--panel);
          border-radius: .6rem; border-left: .3rem solid var(--line); }
        .figure dt { color: var(--soft); font-size: .9rem; }
        .figure dd { margin: 0; font-size: 1.5rem; font-weight: 650;
          font-variant-numeric: tabular-nums; }
        .figure.good { border-color: var(--good); }
        .figure.changed { border-color: var(--changed); }
        .figure.missing { border-color: var(--missing); }
        .figure.unreadable { border-color: var(--unreadable); }
        figure { margin: 1rem 0; }
        svg { width: 100%; height: auto; background: var(--panel); border-radius: .6rem; }
        svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
        svg text.soft { fill: var(--soft); }
        svg .grid { stroke: var(--line); stroke-width: 1; }
        svg .point { fill: var(--point); fill-opacity: .45; }
        svg .outlier { fill: var(--missing); stroke: var(--ink); stroke-width: 1; }
        svg .good { fill: var(--good); }
        svg .changed { fill: var(--changed); }
        svg .missing { fill: var(--missing); }
        svg .unreadable { fill: var(--unreadable); }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .95rem; }
        th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left;
          vertical-align: top; overflow-wrap: anywhere; }
        th { color: var(--soft); font-weight: 600; white-space: nowrap; }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums;
          white-space: nowrap; }
        table.findings { table-layout: fixed; min-width: 40rem; }
        .findings th:nth-child(1) { width: 6.5rem; }
        .findings th:nth-child(3) { width: 13rem; }
        .findings th:nth-child(4) { width: 7rem; }
        .findings td:nth-child(4) { white-space: nowrap; }
        code { font: .9em ui-monospace, monospace; }
        .word { font-weight: 600; white-space: nowrap; }
        .word.good { color: var(--good); }
        .word.changed { color: var(--changed); }
        .word.missing { color: var(--missing); }
        .word.unreadable { color: var(--unreadable); }
        details { border: 1px solid var(--line); border-radius: .6rem; margin: .6rem 0;
          padding: .4rem .8rem; }
        summary { cursor: pointer; font-weight: 600; }
        @media print { body { max-width: none; } details { break-inside: avoid; } }
        """
}
