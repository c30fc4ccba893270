import NIOCore

/// Tagged fields (KIP-482): a count, then number, size and content of each.
extension WireWriter {
    /// Where the writer stands in a run of tagged fields.
    package struct Tags {
        fileprivate let start: Int
        fileprivate var count: UInt32 = 0
        /// How many of the unknown fields have been written.
        fileprivate var unknownCount = 0
        fileprivate var previous: Int64 = -1
    }

    @inline(never)
    package mutating func beginTags() -> Tags {
        defer { store(UInt8(0)) }
        return Tags(start: count)
    }

    /// Opens a tagged field; `endTag` with the result closes it.
    @inline(never)
    package mutating func beginTag(_ tag: UInt32, _ tags: inout Tags) -> Int {
        tags.count += 1
        tags.previous = Int64(tag)
        unsignedVarint(tag)
        store(UInt8(0))
        return count
    }

    @inline(never)
    package mutating func endTag(_ mark: Int) { insertVarint(UInt32(count - mark), at: mark - 1) }

    /// Writes those of `fields` that come before `tag`.
    @inline(never)
    package mutating func unknownTags(
        _ fields: [UnknownTaggedField], below tag: UInt32, _ tags: inout Tags
    ) throws(WireError) {
        while tags.unknownCount < fields.count, fields[tags.unknownCount].tag < tag {
            try unknownTag(fields[tags.unknownCount], &tags)
        }
    }

    @inline(never)
    package mutating func endTags(_ tags: inout Tags, _ fields: [UnknownTaggedField]) throws(WireError) {
        while tags.unknownCount < fields.count { try unknownTag(fields[tags.unknownCount], &tags) }
        if tags.count > 0 { insertVarint(tags.count, at: tags.start) }
    }

    /// All tagged fields of a struct that knows none.
    @inline(never)
    package mutating func unknownTags(_ fields: [UnknownTaggedField]) throws(WireError) {
        if fields.isEmpty { return store(UInt8(0)) }
        var tags = beginTags()
        try endTags(&tags, fields)
    }

    @inline(never)
    private mutating func unknownTag(_ field: UnknownTaggedField, _ tags: inout Tags) throws(WireError) {
        guard Int64(field.tag) > tags.previous else {
            throw WireError(.tagOutOfOrder(field.tag), field: "tagged fields")
        }
        tags.previous = Int64(field.tag)
        tags.count += 1
        tags.unknownCount += 1
        unsignedVarint(field.tag)
        unsignedVarint(UInt32(field.bytes.readableBytes))
        field.bytes.withUnsafeReadableBytes { raw($0) }
    }

    /// Replaces the one byte at `position` by a number that may need more room; what follows moves.
    @inline(never)
    private mutating func insertVarint(_ value: UInt32, at position: Int) {
        guard value >= 0x80 else {
            return memory.storeBytes(of: UInt8(value), toByteOffset: position, as: UInt8.self)
        }
        let tail = position + 1
        let tailCount = count - tail
        let extra = (31 - value.leadingZeroBitCount) / 7
        reserve(extra)
        (memory + tail + extra).copyMemory(from: memory + tail, byteCount: tailCount)
        count = position
        unsignedVarint(value)
        count += tailCount
    }
}
