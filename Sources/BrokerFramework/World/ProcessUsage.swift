#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What this process takes of the machine.
public struct ProcessUsage: Sendable {
    /// In user and system mode.
    public var cpuSeconds: Double = 0
    /// 0 where the system does not tell, as the others.
    public var residentByteCount: Int64 = 0
    public var virtualByteCount: Int64 = 0
    public var openDescriptorCount: Int64 = 0
    /// The soft limit; `Int64.max` for none.
    public var maximumDescriptorCount: Int64 = 0
    public var threadCount: Int64 = 0
    /// Since the kernel made the process, to 10 ms.
    public var ageSeconds: Double = 0

    /// As it is now. Reads some files of `/proc`; takes some 10 µs, and longer with many descriptors.
    public static var current: ProcessUsage {
        var usage = ProcessUsage()
        var cpuTime = timespec()
        if clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpuTime) == 0 {
            usage.cpuSeconds = Double(cpuTime.tv_sec) + Double(cpuTime.tv_nsec) / 1e9
        }
        usage.maximumDescriptorCount = descriptorLimit
        let pages = ProcFile.text("/proc/self/statm").split(separator: " ").prefix(2).compactMap { Int64($0) }
        if pages.count == 2 {
            let pageByteCount = Int64(sysconf(Int32(_SC_PAGESIZE)))
            usage.virtualByteCount = pages[0] * pageByteCount
            usage.residentByteCount = pages[1] * pageByteCount
        }
        usage.openDescriptorCount = ProcFile.entryCount("/proc/self/fd")
        usage.ageSeconds = age
        usage.threadCount = ProcFile.entryCount("/proc/self/task")
        return usage
    }

    private static var age: Double {
        #if os(Linux)
            // Field 22 is the start in clock ticks since boot; the name of the process before it may hold blanks.
            let stat = ProcFile.text("/proc/self/stat")
            guard let end = stat.lastIndex(of: ")") else { return 0 }
            let fields = stat[end...].split(separator: " ")
            guard fields.count > 20, let started = Double(fields[20]) else { return 0 }
            var now = timespec()
            clock_gettime(CLOCK_BOOTTIME, &now)
            return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9 - started / Double(sysconf(Int32(_SC_CLK_TCK)))
        #else
            return 0
        #endif
    }

    private static var descriptorLimit: Int64 {
        var limit = rlimit()
        #if canImport(Glibc)
            let answered = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        #else
            let answered = getrlimit(RLIMIT_NOFILE, &limit)
        #endif
        return answered == 0 ? Int64(clamping: limit.rlim_cur) : 0
    }
}

/// Reads what the kernel tells in `/proc`.
enum ProcFile {
    /// The beginning of a small file; empty if there is none.
    static func text(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : ""
    }

    /// How many entries a directory has.
    static func entryCount(_ path: String) -> Int64 {
        guard let stream = opendir(path) else { return 0 }
        defer { closedir(stream) }
        var count: Int64 = 0
        while readdir(stream) != nil { count += 1 }
        // Without "." and "..".
        return max(0, count - 2)
    }
}
