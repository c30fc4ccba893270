internal import BrokerModel
internal import BrokerPluginAPI
internal import NIOCore

/// A codec whose calls are counted. What comes from clients may be damaged: that says nothing against it.
struct ContainedCodec: CompressionCodec {
    let codec: any CompressionCodec
    let use: PluginUse

    var type: CompressionType { codec.type }
    var levels: CompressionLevels? { codec.levels }

    func compress(_ bytes: ByteBuffer, level: Int?, into output: inout ByteBuffer) throws(CodecError) {
        _ = try call { () throws(CodecError) in try codec.compress(bytes, level: level, into: &output) }
    }

    func decompress(_ bytes: ByteBuffer, limit: Int, into output: inout ByteBuffer) throws(CodecError) {
        let start = output.readableBytes
        let flaw = try call(flaw: { made in made > limit ? "made more bytes than it was allowed to" : nil }) {
            () throws(CodecError) in
            try codec.decompress(bytes, limit: limit, into: &output)
            return output.readableBytes - start
        }
        if flaw != nil { throw .tooLarge(limit: limit) }
    }

    /// Answers what is wrong with what the codec did.
    private func call<Answer>(
        flaw: (Answer) -> String? = { _ in nil }, _ body: () throws(CodecError) -> Answer
    ) throws(CodecError) -> String? {
        let outcome = use.call(
            fault: { error in
                if case .failed(let reason) = error { reason } else { nil }
            }, flaw: flaw, body)
        switch outcome {
        case .answer: return nil
        case .badAnswer(let flaw): return flaw
        case .failure(let error): throw error
        case .off: throw .failed("the codec '\(use.monitor.name)' does not work now; see the broker's health")
        }
    }
}

extension PluginContainment {
    /// The codec, contained.
    ///
    /// - Parameter topic: the topic whose options it has; nil for all.
    func contained(_ codec: any CompressionCodec, named name: String, topic: String?) -> ContainedCodec {
        ContainedCodec(codec: codec, use: use(.codec, name, topic: topic))
    }
}
