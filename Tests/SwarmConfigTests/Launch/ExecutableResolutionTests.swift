import Glibc
import SwarmConfig
import Testing

@Suite("Finding the program of an agent")
struct ExecutableResolutionTests {
    /// Two folders of programs and one of a manifest, removed after each test.
    private final class Folders {
        let root: String

        init() {
            var template = Array("/tmp/swarm-exec-XXXXXX".utf8CString)
            root = template.withUnsafeMutableBufferPointer { buffer in
                guard let start = buffer.baseAddress, let made = mkdtemp(start) else {
                    preconditionFailure("no temporary folder: errno \(errno)")
                }
                return String(cString: made)
            }
            for name in ["agent", "beside", "path"] { mkdir("\(root)/\(name)", 0o700) }
        }

        deinit {
            for name in ["agent", "beside", "path"] {
                for file in files { unlink("\(root)/\(name)/\(file)") }
                rmdir("\(root)/\(name)/folder")
                rmdir("\(root)/\(name)")
            }
            rmdir(root)
        }

        private var files: Set<String> = []

        @discardableResult
        func file(_ name: String, in folder: String, _ text: String = "#!/bin/sh\n", mode: mode_t)
            -> String
        {
            let path = "\(root)/\(folder)/\(name)"
            let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            let bytes = Array(text.utf8)
            write(descriptor, bytes, bytes.count)
            close(descriptor)
            chmod(path, mode)
            files.insert(name)
            return path
        }

        func link(_ name: String, to target: String) {
            symlink(target, "\(root)/agent/\(name)")
            files.insert(name)
        }

        var places: ExecutableResolution.Places {
            ExecutableResolution.Places(
                manifestFolder: "\(root)/agent",
                programFolder: "\(root)/beside",
                searchPath: ["", "/nowhere", "\(root)/path"]
            )
        }

        func resolve(_ exec: [String]) throws -> ExecutableResolution {
            try ExecutableResolution(exec: exec, in: places)
        }

        func error(_ exec: [String]) throws -> ExecutableError {
            try #require(throws: ExecutableError.self) { try resolve(exec) }
        }
    }

    @Test("A bare name is found beside swarm before it is found in PATH")
    func besideFirst() throws {
        let folders = Folders()
        let inPath = folders.file("worker", in: "path", mode: 0o755)
        #expect(try folders.resolve(["worker"]).executable == inPath)
        let beside = folders.file("worker", in: "beside", mode: 0o755)
        #expect(try folders.resolve(["worker"]).executable == beside)
    }

    @Test("A program that may not run does not hide one that may")
    func notHidden() throws {
        let folders = Folders()
        folders.file("worker", in: "beside", mode: 0o644)
        let inPath = folders.file("worker", in: "path", mode: 0o755)
        #expect(try folders.resolve(["worker"]).executable == inPath)
    }

    @Test("./ and ../ are relative to the manifest, in every element")
    func relative() throws {
        let folders = Folders()
        let script = folders.file("worker.py", in: "agent", mode: 0o644)
        let program = folders.file("tool", in: "beside", mode: 0o755)
        let resolution = try folders.resolve(["../beside/tool", "./worker.py", "plain", "-x=./y"])
        #expect(resolution.executable == program)
        #expect(resolution.arguments == [script, "plain", "-x=./y"])
    }

    @Test("A relative path with a folder in it is relative to the manifest, too")
    func folderAndName() throws {
        let folders = Folders()
        mkdir("\(folders.root)/agent/folder", 0o700)
        let error = try folders.error(["folder/worker"])
        #expect(error.path == "\(folders.root)/agent/folder/worker")
    }

    @Test("An absolute path is taken as it is")
    func absolute() throws {
        #expect(try Folders().resolve(["/bin/sh", "-c", "x"]).executable == "/bin/sh")
    }

    @Test("A missing program says where it was looked for")
    func missing() throws {
        let folders = Folders()
        let error = try folders.error(["worker"])
        #expect(error.code == .missing)
        #expect(error.element == 0)
        #expect(error.message.contains("\"worker\""))
        #expect(error.message.contains("\(folders.root)/beside"))
        #expect(error.message.contains("PATH"))
    }

    @Test("A bare name that lies in the manifest's folder is told to write ./")
    func forgottenDot() throws {
        let folders = Folders()
        folders.file("worker.py", in: "agent", mode: 0o755)
        #expect(try folders.error(["worker.py"]).hint.contains("\"./worker.py\""))
    }

    @Test("A missing script names its place in the list")
    func missingArgument() throws {
        let error = try Folders().error(["/bin/sh", "-x", "./worker.sh"])
        #expect(error.code == .missing)
        #expect(error.element == 2)
        #expect(error.message.contains("./worker.sh"))
    }

    @Test("A program without the permission says how to give it")
    func notExecutable() throws {
        let folders = Folders()
        let path = folders.file("worker", in: "agent", mode: 0o644)
        let error = try folders.error(["./worker"])
        #expect(error.code == .notExecutable)
        #expect(error.hint == "chmod +x \(path)")
    }

    @Test("A folder is no program, a device neither")
    func notAFile() throws {
        let folders = Folders()
        mkdir("\(folders.root)/agent/folder", 0o700)
        #expect(try folders.error(["./folder"]).code == .isDirectory)
        #expect(try folders.error(["/dev/null"]).code == .notExecutable)
    }

    @Test("A script whose interpreter is missing is found out before it is started")
    func interpreter() throws {
        let folders = Folders()
        folders.file("worker", in: "agent", "#! /nowhere/python3 -u\n", mode: 0o755)
        let error = try folders.error(["./worker"])
        #expect(error.code == .interpreterMissing)
        #expect(error.message.contains("/nowhere/python3,"))
    }

    @Test("A link that leads nowhere is called that")
    func danglingLink() throws {
        let folders = Folders()
        folders.link("worker", to: "/nowhere/at/all")
        #expect(try folders.error(["./worker"]).message.contains("leads nowhere"))
    }

    @Test("An empty list names no program", arguments: [[], [""]])
    func empty(exec: [String]) throws {
        #expect(try Folders().error(exec).message.contains("no program"))
    }

    @Test("The folder of the running program is known")
    func runningProgram() throws {
        let folder = try #require(ExecutableResolution.runningProgramFolder)
        #expect(folder.hasPrefix("/"))
        #expect(access(folder, F_OK) == 0)
    }
}
