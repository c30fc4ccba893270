extension UnsafeRawBufferPointer {
    /// The big-endian integer at `position`.
    ///
    /// - Precondition: it lies within the buffer.
    @inline(__always)
    public func bigEndian<Value: FixedWidthInteger>(at position: Int, as type: Value.Type = Value.self) -> Value {
        Value(bigEndian: loadUnaligned(fromByteOffset: position, as: Value.self))
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Stores `value` big-endian at `position`.
    ///
    /// - Precondition: it fits the buffer.
    @inline(__always)
    public func storeBigEndian<Value: FixedWidthInteger>(_ value: Value, at position: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: position, as: Value.self)
    }
}
