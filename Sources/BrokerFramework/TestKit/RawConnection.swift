package import NIOCore
internal import NIOPosix
internal import Synchronization

/// A connection of a test: sends bytes as they are and hands out what comes, with no idea of what they mean.
///
/// For one task at a time.
package final class RawConnection {
    private let channel: any Channel
    private let collector: Collector
    private var incoming: AsyncStream<ByteBuffer>.AsyncIterator
    private var pending = ByteBuffer()

    private init(channel: any Channel, collector: Collector, incoming: AsyncStream<ByteBuffer>) {
        self.channel = channel
        self.collector = collector
        self.incoming = incoming.makeAsyncIterator()
    }

    /// Connects to a port of this machine.
    ///
    /// - Parameter first: sent as soon as the connection stands, however busy the tests' threads are.
    package static func open(port: Int, sending first: ByteBuffer = ByteBuffer()) async throws -> RawConnection {
        let (stream, continuation) = AsyncStream<ByteBuffer>.makeStream()
        let collector = Collector(continuation, first: first)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            // Hundreds of tests share the machine: slow is no failure.
            .connectTimeout(.seconds(60))
            .channelInitializer { channel in channel.pipeline.addHandler(collector) }
            .connect(host: "127.0.0.1", port: port).get()
        return RawConnection(channel: channel, collector: collector, incoming: stream)
    }

    /// Bytes that came, whether they were taken or not. From any thread.
    package var receivedByteCount: @Sendable () -> Int {
        { [collector] in collector.byteCount.load(ordering: .relaxed) }
    }

    package func send(_ bytes: ByteBuffer) async throws { try await channel.writeAndFlush(bytes).get() }

    /// The next `count` bytes; nil if the connection ends before.
    package func receive(_ count: Int) async -> ByteBuffer? {
        while pending.readableBytes < count {
            guard var bytes = await incoming.next() else { return nil }
            pending.writeBuffer(&bytes)
        }
        return pending.readSlice(length: count)
    }

    /// The content of the next frame: a 32-bit length, then as many bytes. Nil if the connection ends before.
    package func frame() async -> ByteBuffer? {
        guard var length = await receive(4), let count = length.readInteger(as: Int32.self) else { return nil }
        return await receive(Int(count))
    }

    /// Waits for the other side to close; false if it sends something before.
    package func ends() async -> Bool {
        if pending.readableBytes > 0 { return false }
        return await incoming.next() == nil
    }

    package func close() async throws { try await channel.close() }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer

        let byteCount = Atomic(0)
        private let continuation: AsyncStream<ByteBuffer>.Continuation
        private let first: ByteBuffer

        init(_ continuation: AsyncStream<ByteBuffer>.Continuation, first: ByteBuffer) {
            self.continuation = continuation
            self.first = first
        }

        func channelActive(context: ChannelHandlerContext) {
            guard first.readableBytes > 0 else { return }
            context.writeAndFlush(NIOAny(first), promise: nil)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            byteCount.add(bytes.readableBytes, ordering: .relaxed)
            continuation.yield(bytes)
        }

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
