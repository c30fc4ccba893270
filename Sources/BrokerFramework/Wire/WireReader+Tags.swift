/// Tagged fields (KIP-482): a count, then number, size and content of each.
extension WireReader {
    /// Where the reader stands in a run of tagged fields.
    package struct Tags {
        fileprivate var remaining: UInt32
        fileprivate var previous: Int64
        fileprivate var outerEnd: Int
    }

    @inline(never)
    package mutating func beginTags() throws(WireError) -> Tags {
        Tags(remaining: try unsignedVarint("tagged fields"), previous: -1, outerEnd: end)
    }

    /// The number of the next tagged field, or nil behind the last. Until `endTag`, the reader ends with the field.
    @inline(never)
    package mutating func nextTag(_ tags: inout Tags) throws(WireError) -> UInt32? {
        if tags.remaining == 0 { return nil }
        tags.remaining &-= 1
        let tag = try unsignedVarint("tagged fields")
        guard Int64(tag) > tags.previous else { throw failure(.tagOutOfOrder(tag), "tagged fields") }
        tags.previous = Int64(tag)
        let size = Int(try unsignedVarint("tagged fields"))
        guard size <= remaining else { throw truncated("tagged fields", needed: size) }
        end = position &+ size
        return tag
    }

    @inline(never)
    package mutating func endTag(_ tags: inout Tags) throws(WireError) {
        guard position == end else { throw failure(.tagSizeMismatch(unread: remaining), "tagged fields") }
        end = tags.outerEnd
    }

    /// The whole of the current tagged field.
    @inline(never)
    package mutating func unknownTag(_ tag: UInt32) throws(WireError) -> UnknownTaggedField {
        try charge(1, MemoryLayout<UnknownTaggedField>.stride, "tagged fields")
        return UnknownTaggedField(tag: tag, bytes: try slice(remaining, "tagged fields"))
    }

    /// All tagged fields of a struct that knows none.
    @inline(never)
    package mutating func unknownTags(into fields: inout [UnknownTaggedField]) throws(WireError) {
        var tags = try beginTags()
        while let tag = try nextTag(&tags) {
            fields.append(try unknownTag(tag))
            try endTag(&tags)
        }
    }
}
