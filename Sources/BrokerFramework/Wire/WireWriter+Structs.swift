extension WireWriter {
    @inline(never)
    package mutating func structure<Value: WireElement>(
        _ value: Value, _ field: StaticString, version: Int16, flexible: Bool
    ) throws(WireError) {
        do {
            try value.encode(to: &self, version: version, flexible: flexible)
        } catch {
            throw error.within(field)
        }
    }

    @inline(never)
    package mutating func nullableStructure<Value: WireElement>(
        _ value: Value?, _ field: StaticString, version: Int16, flexible: Bool
    ) throws(WireError) {
        guard let value else { return int8(-1) }
        int8(1)
        try structure(value, field, version: version, flexible: flexible)
    }

    @inline(never)
    package mutating func nullableTaggedStructure<Value: WireElement>(
        _ value: Value?, _ field: StaticString, version: Int16, flexible: Bool
    ) throws(WireError) {
        unsignedVarint(value == nil ? 0 : 1)
        if let value { try structure(value, field, version: version, flexible: flexible) }
    }

    @inline(never)
    package mutating func array<Element: WireElement>(
        _ value: [Element], _ field: StaticString, version: Int16, flexible: Bool
    ) throws(WireError) {
        try length(value.count, field, flexible: flexible, short: false)
        for index in value.indices {
            do {
                try value[index].encode(to: &self, version: version, flexible: flexible)
            } catch {
                throw error.within(field, index: index)
            }
        }
    }

    @inline(never)
    package mutating func nullableArray<Element: WireElement>(
        _ value: [Element]?, _ field: StaticString, version: Int16, flexible: Bool
    ) throws(WireError) {
        guard let value else { return try length(-1, field, flexible: flexible, short: false) }
        try array(value, field, version: version, flexible: flexible)
    }
}
