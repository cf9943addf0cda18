/// A graph of subtasks before anything is known but what needs what.
///
/// Several shapes are those of scientific workflows that the WfCommons project has described
/// (Coleman and others: WfCommons, 2022): the proportions are theirs, the code is ours.
struct WorkflowShape {
    /// One definition: the ones it needs, and how many elements it fans out over, if it does.
    struct Node {
        var needs: [Int]
        var elements: Int?
    }

    private(set) var nodes: [Node] = []

    @discardableResult
    private mutating func add(_ needs: [Int], elements: Int? = nil) -> Int {
        nodes.append(Node(needs: needs, elements: elements))
        return nodes.count - 1
    }

    /// The kinds of graphs.
    enum Family: CaseIterable {
        case chain, parallel, forkJoin, layers, lattice, tree, elements, nestedElements
        case blast, bwa, montage, epigenomics, cycles, genome1000, seismology, soykb, srasearch
        case random
    }

    /// Draws a graph of about `size` subtasks.
    init(_ family: Family, size: Int, random: inout SimulationRandom) {
        let size = max(size, 3)
        switch family {
        case .chain: for index in 0..<size { add(index == 0 ? [] : [index - 1]) }
        case .parallel: for _ in 0..<size { add([]) }
        case .forkJoin: forkJoin(width: size - 2)
        case .layers: layers(size: size, &random)
        case .lattice: lattice(size: size)
        case .tree: for index in 0..<size { add(index == 0 ? [] : [(index - 1) / 2]) }
        case .elements: elements(size: size, &random)
        case .nestedElements:
            elements(size: size / 2, &random)
            elements(size: size / 2, &random)
        case .blast: blast(width: size - 3)
        case .bwa: bwa(width: size - 4)
        case .montage: montage(width: max((size - 5) / 4, 1))
        case .epigenomics: epigenomics(size: size, &random)
        case .cycles: cycles(size: size, &random)
        case .genome1000: genome1000(size: size, &random)
        case .seismology: add((0..<(size - 1)).map { _ in add([]) })
        case .soykb: soykb(size: size, &random)
        case .srasearch: srasearch(size: size)
        case .random: randomGraph(size: size, &random)
        }
    }

    private mutating func forkJoin(width: Int) {
        let fork = add([])
        add((0..<width).map { _ in add([fork]) })
    }

    private mutating func layers(size: Int, _ random: inout SimulationRandom) {
        var previous: [Int] = []
        while nodes.count < size {
            var layer: [Int] = []
            for _ in 0..<random.within(1...8) {
                var needs: [Int] = []
                for node in previous where random.perMille(500) { needs.append(node) }
                layer.append(add(needs))
            }
            previous = layer
        }
    }

    private mutating func lattice(size: Int) {
        let side = max((2...20).last { $0 * $0 <= size } ?? 2, 2)
        for row in 0..<side {
            for column in 0..<side {
                var needs: [Int] = []
                if row > 0 { needs.append((row - 1) * side + column) }
                if column > 0 { needs.append(row * side + column - 1) }
                add(needs)
            }
        }
    }

    private mutating func elements(size: Int, _ random: inout SimulationRandom) {
        let source = add([])
        let fan = add([source], elements: random.perMille(60) ? 0 : max(size - 3, 1))
        add([fan])
    }

    private mutating func blast(width: Int) {
        let split = add([])
        let parts = (0..<width).map { _ in add([split]) }
        add(parts)
        add(parts)
    }

    private mutating func bwa(width: Int) {
        let index = add([])
        let split = add([])
        let parts = (0..<max(width, 1)).map { _ in add([index, split]) }
        let joined = add(parts)
        add([joined])
    }

    private mutating func montage(width: Int) {
        let projected = (0..<width).map { _ in add([]) }
        var differences: [Int] = []
        for index in 0..<width {
            for near in [index + 1, index + 3] where near < width {
                differences.append(add([projected[index], projected[near]]))
            }
        }
        let fitted = add(differences.isEmpty ? projected : differences)
        let model = add([fitted])
        let corrected = projected.map { add([$0, model]) }
        let table = add(corrected)
        let added = add([table] + corrected)
        add([added])
    }

    private mutating func epigenomics(size: Int, _ random: inout SimulationRandom) {
        var merged: [Int] = []
        while nodes.count < size - 3 {
            let split = add([])
            var ends: [Int] = []
            for _ in 0..<random.within(1...5) {
                let filtered = add([split])
                let converted = add([add([filtered])])
                ends.append(add([converted]))
            }
            merged.append(add(ends))
        }
        add([add([add(merged)])])
    }

    private mutating func cycles(size: Int, _ random: inout SimulationRandom) {
        var outputs: [Int] = []
        while nodes.count < size - 2 {
            let base = add([])
            var runs: [Int] = []
            for _ in 0..<random.within(1...4) {
                let increase = add([base])
                let parsed = add([base, increase])
                runs.append(parsed)
            }
            outputs.append(add(runs))
        }
        add(outputs)
        add(outputs)
    }

    private mutating func genome1000(size: Int, _ random: inout SimulationRandom) {
        let chromosomes = max(size / 22, 1)
        var merges: [(Int, Int)] = []
        for _ in 0..<chromosomes {
            let individuals = (0..<random.within(3...12)).map { _ in add([]) }
            merges.append((add(individuals), add([])))
        }
        for (merge, sifting) in merges {
            for _ in 0..<random.within(2...7) {
                add([merge, sifting])
                add([merge, sifting])
            }
        }
    }

    private mutating func soykb(size: Int, _ random: inout SimulationRandom) {
        let samples = max(size / 9, 1)
        var called: [Int] = []
        for _ in 0..<samples {
            var last = add([])
            for _ in 0..<5 { last = add([last]) }
            called.append(add([last]))
        }
        let genotypes = (0..<samples).map { _ in add(called) }
        let combined = add(genotypes)
        add([combined])
        add([combined])
    }

    private mutating func srasearch(size: Int) {
        let index = add([])
        var aligned: [Int] = []
        while nodes.count < size - 4 { aligned.append(add([index, add([])])) }
        let half = aligned.count / 2
        let first = add(Array(aligned.prefix(half)))
        let second = add(Array(aligned.suffix(from: half)))
        add([first, second])
    }

    private mutating func randomGraph(size: Int, _ random: inout SimulationRandom) {
        while nodes.count < size {
            var needs: [Int] = []
            for _ in 0..<random.below(4) where !nodes.isEmpty {
                let need = random.below(nodes.count)
                if !needs.contains(need) { needs.append(need) }
            }
            let elements = random.perMille(120) ? random.below(9) : nil
            add(needs, elements: elements)
        }
    }
}
