public import BrokerPluginAPI
@_exported public import CodecGzip
@_exported public import CodecLZ4
@_exported public import CodecSnappy
@_exported public import CodecZstd

/// The codecs of Kafka's record format that need one, each made once and shared.
public enum BuiltInCodecs {
    public static let all: [any CompressionCodec] = [GzipCodec(), SnappyCodec(), LZ4Codec(), ZstdCodec()]
}
