import BrokerPrimitives
import BrokerWire
import NIOCore
import Synchronization
import Testing

@testable import BrokerClient

/// The error of what must fail.
private func failure(_ work: () async throws(ClientError) -> Void) async -> ClientError? {
    do throws(ClientError) {
        try await work()
        return nil
    } catch { return error }
}

@Suite struct BrokerConnectionTests {
    @Test func `a broker that does not know our ApiVersions is asked again in its own version`() async throws {
        let asked = Mutex<[Int16]>([])
        let broker = try await ScriptedBroker.start { request in
            asked.withLock { $0.append(request.version) }
            guard request.version > 2 else { return .versions([.apiVersions: 0...2, .metadata: 0...5], to: request) }
            let refusal = ApiVersionsResponse(
                errorCode: .unsupportedVersion, apiKeys: [.init(apiKey: 18, minVersion: 0, maxVersion: 2)])
            return .response(refusal, to: request, version: 0)
        }
        let connection = try await BrokerConnection.open(to: broker.address, configuration: broker.configuration)
        #expect(asked.withLock { $0 } == [APIKey.apiVersions.lastStableVersion, 2])
        #expect(connection.versions[.metadata] == 0...5)
        #expect(connection.versions[.fetch] == nil)
        connection.close()
        await broker.stop()
    }

    @Test func `requests are pipelined and answers find them`() async throws {
        let broker = try await ScriptedBroker.start { request in
            guard request.key == .metadata else { return .versions([.metadata: 9...9], to: request) }
            let asked = try? MetadataRequest.decode(request.body, version: request.version)
            return .response(MetadataResponse(clusterID: asked?.topics?.first?.name), to: request)
        }
        let connection = try await BrokerConnection.open(to: broker.address, configuration: broker.configuration)
        let echoes = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let request = MetadataRequest(topics: [.init(name: "\(number)")])
                    return (try? await connection.send(request))?.clusterID == "\(number)"
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(echoes == 200)
        connection.close()
        await broker.stop()
    }

    @Test func `an answer to something else ends the connection`() async throws {
        let broker = try await ScriptedBroker.start { request in
            guard request.key == .metadata else { return .versions([.metadata: 9...9], to: request) }
            var bytes = ByteBuffer()
            bytes.writeInteger(Int32(4))
            bytes.writeInteger(request.correlationID &+ 77)
            return .bytes(bytes)
        }
        let connection = try await BrokerConnection.open(to: broker.address, configuration: broker.configuration)
        let error = await failure { () async throws(ClientError) in _ = try await connection.send(MetadataRequest()) }
        #expect(error?.code == .malformedResponse)
        let after = await failure { () async throws(ClientError) in _ = try await connection.send(MetadataRequest()) }
        #expect(after != nil)
        await broker.stop()
    }

    @Test func `without an answer a request times out, and so does the connection`() async throws {
        let broker = try await ScriptedBroker.start { request in
            request.key == .metadata ? .silence : .versions([.metadata: 9...9], to: request)
        }
        let connection = try await BrokerConnection.open(to: broker.address, configuration: broker.configuration)
        async let patient = failure { () async throws(ClientError) in
            _ = try await connection.send(MetadataRequest(), timeoutMilliseconds: 60_000)
        }
        let error = await failure { () async throws(ClientError) in
            _ = try await connection.send(MetadataRequest(), timeoutMilliseconds: 30)
        }
        #expect(error?.code == .timedOut)
        #expect(error?.isRetriable == true)
        #expect(await patient?.code == .timedOut)
        await broker.stop()
    }

    @Test func `what waits when the broker goes away fails, and may be tried again`() async throws {
        let broker = try await ScriptedBroker.start { request in
            request.key == .metadata ? .close : .versions([.metadata: 9...9], to: request)
        }
        let connection = try await BrokerConnection.open(to: broker.address, configuration: broker.configuration)
        let error = await failure { () async throws(ClientError) in _ = try await connection.send(MetadataRequest()) }
        #expect(error?.code == .connectionClosed)
        #expect(error?.isRetriable == true)
        await broker.stop()
    }

    @Test func `nobody listening is a failure with the address`() async throws {
        let broker = try await ScriptedBroker.start { _ in .close }
        await broker.stop()
        let error = await failure { () async throws(ClientError) in
            _ = try await BrokerConnection.open(to: broker.address, configuration: broker.configuration)
        }
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("\(broker.address)") == true)
    }
}
