internal import BrokerModel

/// What opening a partition's log may find, and what it does about it; in this order.
///
/// The rule behind the rows: what was never acknowledged as durable may go, everything else stays. Damage below the
/// recovery point is reported and kept; only a tail that was not flushed is cut.
package enum LogRecoveryRow: Character, Sendable, CaseIterable, Hashable {
    /// The partition has no directory, or no segment → it is empty and begins at its checkpointed log start; no I/O
    /// if that was known.
    case nothingStored = "A"
    /// `.deleted`, `.cleaned` or `.tmp` files: work that was over, or never finished → removed.
    case leftovers = "B"
    /// `.swap` files, some `.cleaned` file having an offset at or below theirs: a replacement that was not complete
    /// → removed.
    case unfinishedSwap = "C"
    /// Other `.swap` files: a replacement that was decided → the segments they cover are removed, they get their
    /// names.
    case finishedSwap = "D"
    /// An index without its log → removed.
    case orphanIndex = "E"
    /// Clean, and the last segment's indexes are missing or cannot be right → rebuilt. Those of other segments are
    /// looked at when they are needed, by the same rule.
    case wrongIndex = "F"
    /// Not clean: segments that end above the recovery point → every batch read, checksum checked, everything that
    /// follows from batches rebuilt.
    case uncleanSegment = "G"
    /// The first broken batch lies at or above the recovery point → the segment is cut there, later ones are
    /// removed.
    case brokenTail = "H"
    /// A broken batch lies below the recovery point, and sound ones follow → nothing is removed; reads of what it
    /// held fail, the rest is served.
    case damage = "I"
    /// A broken batch lies below the recovery point, and nothing sound follows → nothing is removed; the segment is
    /// sealed as it is and the log goes on at the recovery point.
    case damageToTheEnd = "J"
    /// The log ends below its checkpointed start → all segments are removed, it is empty at its start.
    case endsBelowStart = "K"
    /// `leader-epoch-checkpoint` is missing or cannot be read though there are records → rebuilt from all batches.
    case lostEpochs = "L"
    /// A producer snapshot is damaged, or lies beyond the log's end → removed; an older one is used.
    case badSnapshot = "M"
    /// Clean, with records but no producer snapshot at all: written by a broker that kept none → no producer is
    /// known, nothing is read.
    case noSnapshot = "N"
    /// A batch in a format before v2 → the log does not open, nothing is changed.
    case oldFormat = "O"
    /// `partition.metadata` cannot be read → the topic id is unknown; whether the directory is a stray is the
    /// caller's to decide.
    case badMetadata = "P"
}

/// What opening a log found and did.
package struct LogRecoveryReport: Hashable, Sendable {
    package var rows: Set<LogRecoveryRow> = []
    /// The bytes of segments that were read.
    package var bytesRead: Int64 = 0
    /// The bytes of unflushed tail that were cut.
    package var bytesCut: Int64 = 0
    package var damage: [DamagedRange] = []
    /// The file held no topic id that could be read, or another one than the caller expects.
    package var storedTopicIDIsMissing = false
}
