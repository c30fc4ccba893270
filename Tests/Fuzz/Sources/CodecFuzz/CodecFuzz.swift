import BrokerPluginAPI
import Codecs
import NIOCore

/// The first byte chooses the codec, the rest is decompressed. Whatever it is, the output stays within the limit, its
/// memory within the power of two that holds it, and a failed call leaves nothing.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data, count > 0 else { return 0 }
    let codecs = BuiltInCodecs.all
    let codec = codecs[Int(data[0]) % codecs.count]
    let bytes = ByteBuffer(bytes: UnsafeRawBufferPointer(start: data + 1, count: count - 1))
    for limit in [100, 1 << 16] {
        var output = ByteBuffer()
        do throws(CodecError) {
            try codec.decompress(bytes, limit: limit, into: &output)
            precondition(output.readableBytes <= limit, "more than the limit")
        } catch .failed(let reason) {
            fatalError(reason)
        } catch {
            precondition(output.readableBytes == 0, "a failed call left bytes behind")
        }
        precondition(output.capacity <= 1 << 16, "more memory than the limit justifies")
    }
    return 0
}
