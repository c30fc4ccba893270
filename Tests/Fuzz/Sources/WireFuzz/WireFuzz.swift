import BrokerWire
@_spi(CustomByteBufferAllocator) import NIOCore

/// Reads fuzzed bytes as some message; what can be read must have one encoding from then on.
///
/// The input is two bytes that choose what is read, one that chooses the version, and the body.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let start, count >= 3 else { return 0 }
    let selector = UInt16(start[0]) << 8 | UInt16(start[1])
    let body = exactBuffer(UnsafeRawBufferPointer(start: start + 3, count: count - 3))
    Subjects.read(selector, version: start[2], body)
    return 0
}

/// A buffer with no room behind its last byte, so that the address sanitizer sees every step too far.
private func exactBuffer(_ bytes: UnsafeRawBufferPointer) -> ByteBuffer {
    if bytes.isEmpty { return ByteBuffer() }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    memory.copyMemory(from: bytes)
    return ByteBuffer(takingOwnershipOf: memory, allocator: ByteBufferAllocator())
}
