/// Judges a log directory.
enum DirectoryChecks {
    /// - Parameter nodeID: this node's, as configured.
    static func findings(_ facts: DirectoryFacts, nodeID: Int32) -> [Finding] {
        let path = facts.path
        guard facts.kind != .other else {
            return [
                .fail("directory", "\(path) is not a directory.", advice: "Name a directory in log.dirs, or remove it.")
            ]
        }
        guard facts.isWritable else {
            let what =
                facts.kind == .missing ? "\(path) does not exist and cannot be made" : "\(path) cannot be written"
            return [
                .fail(
                    "directory", "\(what) by this user.",
                    advice: "Run as the broker's user, or give it the directory: chown -R USER \(path)")
            ]
        }
        var findings = [state(facts, nodeID)]
        findings.append(space(facts))
        if facts.freeFileCount < 10_000 {
            findings.append(
                .warn(
                    "directory.inodes", "Only \(facts.freeFileCount) more files can be made below \(path).",
                    advice: "A partition takes some six files; make room, or use a file system with more inodes."))
        }
        if let finding = fileSystem(facts) { findings.append(finding) }
        return findings
    }

    private static func state(_ facts: DirectoryFacts, _ nodeID: Int32) -> Finding {
        let path = facts.path
        if facts.kind == .missing { return .ok("directory", "\(path) does not exist; the broker will make it.") }
        guard let meta = facts.meta else {
            if facts.isEmpty { return .ok("directory", "\(path) is empty; the broker will format it.") }
            return .fail(
                "directory", "\(path) is not empty, and has no meta.properties that can be read.",
                advice: "If it is a broker's, restore meta.properties; otherwise choose another directory.")
        }
        if meta.nodeID != nodeID {
            return .fail(
                "directory", "\(path) belongs to node \(meta.nodeID); node.id is \(nodeID).",
                advice: "Set node.id=\(meta.nodeID), or choose the directory of node \(nodeID).")
        }
        let whose = "\(path) belongs to node \(meta.nodeID) of cluster \(meta.clusterID)"
        if let process = facts.lockedBy { return .ok("directory", "\(whose), in use by process \(process).") }
        if facts.isClean { return .ok("directory", "\(whose), not in use, left in order.") }
        return .warn(
            "directory", "\(whose), not in use, not left in order.",
            advice: "The next start recovers the logs, which takes longer; /startupz tells how far it is.")
    }

    private static func space(_ facts: DirectoryFacts) -> Finding {
        let share = facts.totalByteCount > 0 ? facts.usableByteCount * 100 / facts.totalByteCount : 100
        let summary = "\(Bytes.text(facts.usableByteCount)) free for \(facts.path), \(share) %."
        let advice = "Make room, or let less be kept with log.retention.bytes. A full disk ends every produce."
        if facts.usableByteCount < 100 << 20 { return .fail("directory.space", summary, advice: advice) }
        if facts.usableByteCount < 1 << 30 || share < 5 { return .warn("directory.space", summary, advice: advice) }
        return .ok("directory.space", summary)
    }

    private static func fileSystem(_ facts: DirectoryFacts) -> Finding? {
        guard let name = facts.fileSystem else { return nil }
        let summary = "\(facts.path) is on \(name)."
        switch name.hasPrefix("fuse") ? "fuse" : name {
        case "tmpfs", "ramfs":
            return .warn(
                "directory.filesystem", summary, advice: "It is gone when the machine restarts; use a disk for data.")
        case "overlay":
            return .warn(
                "directory.filesystem", summary,
                advice: "This is a container's own layer and goes with it; mount a volume there.")
        case "nfs", "nfs4", "cifs", "smb3", "fuse", "9p":
            return .warn(
                "directory.filesystem", summary,
                advice: "Locks and flushes may not hold there as on a disk; use a local file system.")
        default: return .ok("directory.filesystem", summary)
        }
    }
}

/// Sizes for people.
enum Bytes {
    /// `1.5 GiB`.
    static func text(_ count: Int64) -> String {
        var value = Double(count)
        for unit in ["bytes", "KiB", "MiB", "GiB"] {
            if value < 1024 { return "\(rounded(value)) \(unit)" }
            value /= 1024
        }
        return "\(rounded(value)) TiB"
    }

    private static func rounded(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int64(tenths))" : "\(tenths)"
    }
}
