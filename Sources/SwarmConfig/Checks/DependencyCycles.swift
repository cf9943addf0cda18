/// Finds the cycles of a graph, each named in order.
enum DependencyCycles {
    /// One cycle for each knot of a graph, given as the nodes each node depends on: positions in
    /// the order of dependency, the first at both ends.
    static func find(in edges: [[Int]]) -> [[Int]] {
        components(of: edges)
            .filter { $0.count > 1 || edges[$0[0]].contains($0[0]) }
            .map { cycle(in: $0, edges) }
            .sorted { $0[0] < $1[0] }
    }

    /// The shortest way from the first node of a knot back to itself.
    private static func cycle(in knot: [Int], _ edges: [[Int]]) -> [Int] {
        let members = Set(knot)
        let start = knot.min() ?? knot[0]
        var cameFrom: [Int: Int] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let node = queue[next]
            next += 1
            for target in edges[node] where members.contains(target) {
                if target == start {
                    var way = [start]
                    var step = node
                    while step != start {
                        way.append(step)
                        step = cameFrom[step] ?? start
                    }
                    return [start] + way.reversed()
                }
                if cameFrom[target] == nil {
                    cameFrom[target] = node
                    queue.append(target)
                }
            }
        }
        return [start, start]
    }

    /// The strongly connected components (Tarjan's algorithm, without recursion).
    private static func components(of edges: [[Int]]) -> [[Int]] {
        var index = Array(repeating: -1, count: edges.count)
        var low = index
        var isOnStack = Array(repeating: false, count: edges.count)
        var stack: [Int] = []
        var components: [[Int]] = []
        var counter = 0
        for root in edges.indices where index[root] < 0 {
            var trail: [(node: Int, edge: Int)] = [(root, 0)]
            while let (node, edge) = trail.last {
                if edge == 0 {
                    index[node] = counter
                    low[node] = counter
                    counter += 1
                    stack.append(node)
                    isOnStack[node] = true
                }
                if edge < edges[node].count {
                    trail[trail.count - 1].edge += 1
                    let target = edges[node][edge]
                    if index[target] < 0 {
                        trail.append((target, 0))
                    } else if isOnStack[target] {
                        low[node] = min(low[node], index[target])
                    }
                    continue
                }
                trail.removeLast()
                if let parent = trail.last?.node { low[parent] = min(low[parent], low[node]) }
                guard low[node] == index[node] else { continue }
                var component: [Int] = []
                while let member = stack.popLast() {
                    isOnStack[member] = false
                    component.append(member)
                    if member == node { break }
                }
                components.append(component)
            }
        }
        return components
    }
}
