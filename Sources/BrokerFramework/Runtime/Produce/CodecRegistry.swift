package import BrokerModel
package import BrokerPluginAPI

/// The codecs a broker was assembled with, by their number in a batch's attributes.
package struct CodecRegistry: Sendable {
    private let codecs: [CompressionType: any CompressionCodec]

    /// - Parameter codecs: where two have one type, the later one holds.
    package init(_ codecs: [any CompressionCodec]) {
        self.codecs = Dictionary(codecs.map { ($0.type, $0) }) { _, later in later }
    }

    package subscript(type: CompressionType) -> (any CompressionCodec)? { codecs[type] }
}
