package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// A small HTTP/1.1 server for operators and their tools, on one thread of its own.
///
/// It reads GET and HEAD, no bodies, and gives whole answers. What a client can take is bounded: connections, headers,
/// and the time for a request and for taking the answer.
package final class HTTPServer: Sendable {
    /// Answers a request; called on the server's thread, which it must not block for long.
    package typealias Handler = @Sendable (HTTPRequest, any EventLoop) -> EventLoopFuture<HTTPResponse>

    /// What clients may take.
    package struct Limits: Sendable {
        package var maximumConnections = 64
        package var headerByteCount = 16 << 10
        package var headerCount = 64
        /// How long the first request of a connection may take to arrive.
        package var requestTime = TimeAmount.seconds(10)
        /// How long a connection may stay between an answer and the end of the next request.
        package var idleTime = TimeAmount.seconds(75)
        /// How long a client may take over an answer.
        package var answerTime = TimeAmount.seconds(30)

        package init() {}
    }

    private let group: MultiThreadedEventLoopGroup
    private let limits: Limits
    private let handler: Handler
    private let listening = Mutex<(any Channel)?>(nil)
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])

    package init(limits: Limits = Limits(), handler: @escaping Handler) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.limits = limits
        self.handler = handler
    }

    /// Listens on an address, port 0 for any free one; answers the port. Called again after a failure, not after
    /// success.
    package func listen(host: String, port: Int) async throws -> Int {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 64)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in self.initialize(channel) }
            .bind(host: host, port: port).get()
        listening.withLock { $0 = channel }
        return channel.localAddress?.port ?? port
    }

    private func initialize(_ channel: any Channel) -> EventLoopFuture<Void> {
        let key = ObjectIdentifier(channel)
        let isOneTooMany = open.withLock { open in
            guard open.count < limits.maximumConnections else { return true }
            open[key] = channel
            return false
        }
        if isOneTooMany { return channel.close() }
        channel.closeFuture.whenComplete { [self] _ in open.withLock { $0[key] = nil } }
        return channel.eventLoop.makeCompletedFuture {
            var decoding = NIOHTTPDecoderLimitConfiguration()
            decoding.maxHeaderFieldSize = limits.headerByteCount
            decoding.maxHeaderListSize = limits.headerByteCount
            decoding.maxHeaderFieldCount = limits.headerCount
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                withPipeliningAssistance: true, withErrorHandling: true, withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: decoding)
            try channel.pipeline.syncOperations.addHandler(HTTPConnection(limits: limits, handler: handler))
        }
    }

    /// Closes everything and ends the thread.
    package func stop() async {
        let channel = listening.withLock { channel in
            defer { channel = nil }
            return channel
        }
        try? await channel?.close()
        for channel in open.withLock({ Array($0.values) }) { channel.close(promise: nil) }
        try? await group.shutdownGracefully()
    }
}
