internal import BrokerModel
internal import BrokerPrimitives
internal import BrokerWire
internal import BrokerWorld
internal import NIOCore

extension Consumer {
    /// What a fetch asked for, to meet the answer.
    struct Asked: Sendable {
        let partition: TopicPartition
        let topicID: TopicID
        let offset: Offset
        let generation: Int
    }

    /// Starts what has to be done: finding positions, learning leaders, fetching.
    func startFetches() {
        let now = now
        if let missing = partitions.filter({ $0.value.position == .missing && $0.value.isReadable }).keys.min() {
            failure = ClientError(
                .offsetOutOfRange, "\(missing) has no position, and there is no reset policy; seek to one")
            wake()
        }
        var lost: [TopicPartition: Int] = [:]
        var left: [TopicPartition: Int] = [:]
        var wanted: [TopicPartition: Int] = [:]
        for (partition, reading) in partitions where reading.isReadable && !reading.isFetching {
            guard reading.notBefore <= now else { continue }
            switch reading.position {
            case .unresolved: lost[partition] = reading.generation
            case .committed: left[partition] = reading.generation
            case .offset where reading.fetched == nil: wanted[partition] = reading.generation
            case .offset, .missing: break
            }
        }
        if !lost.isEmpty { resolve(lost) }
        if !left.isEmpty {
            mark(left)
            Task { [left] in await self.restore(left) }
        }
        guard !wanted.isEmpty else { return }
        mark(wanted)
        Task { [wanted] in await self.fetch(wanted) }
    }

    private func mark(_ begun: [TopicPartition: Int]) {
        for partition in begun.keys {
            partitions[partition]?.isFetching = true
            partitions[partition]?.fetchBegan = now
        }
    }

    /// What was asked is answered, unless it was given up in the meantime.
    func end(_ begun: [TopicPartition: Int]) {
        for (partition, generation) in begun where partitions[partition]?.generation == generation {
            partitions[partition]?.isFetching = false
        }
    }

    // MARK: Positions

    private func resolve(_ lost: [TopicPartition: Int]) {
        var specs: [TopicPartition: OffsetSpec] = [:]
        for partition in lost.keys {
            guard case .unresolved(let seek) = partitions[partition]?.position else { continue }
            specs[partition] =
                switch seek {
                case .beginning: .earliest
                case .end, .offset: .latest
                case .timestamp(let time): .timestamp(time)
                }
        }
        mark(lost)
        Task { [specs] in
            do throws(ClientError) {
                let found = try await self.offsets(specs, configuration.isolation)
                for (partition, offset) in found where partitions[partition]?.generation == lost[partition] {
                    partitions[partition]?.position = .offset(offset)
                    partitions[partition]?.failures = nil
                }
            } catch {
                failed(lost.keys.sorted(), error)
            }
            end(lost)
            wake()
        }
    }

    private func offsets(
        _ specs: [TopicPartition: OffsetSpec], _ isolation: IsolationLevel
    ) async throws(ClientError) -> [TopicPartition: Offset] {
        let listed = try await cluster.listOffsets(specs, isolation: isolation, timeoutMilliseconds: 0)
        var offsets: [TopicPartition: Offset] = [:]
        var younger: [TopicPartition: OffsetSpec] = [:]
        for (partition, found) in listed {
            if let offset = found.offset { offsets[partition] = offset } else { younger[partition] = .latest }
        }
        // No record is that young: go on at the end.
        if !younger.isEmpty {
            for (partition, found) in try await cluster.listOffsets(
                younger, isolation: isolation, timeoutMilliseconds: 0)
            {
                offsets[partition] = found.offset ?? 0
            }
        }
        return offsets
    }

    // MARK: Fetching

    /// Sends one fetch to each broker that leads some of the partitions and has none to answer yet.
    private func fetch(_ wanted: [TopicPartition: Int]) async {
        var rest = wanted
        var failure: ClientError?
        do throws(ClientError) {
            if !topicsToRefresh.isEmpty {
                let names = topicsToRefresh.sorted()
                topicsToRefresh = []
                try await cluster.refresh(names)
            }
            for topic in Set(wanted.keys.map(\.topic)).sorted() where await cluster.cached(topic) == nil {
                _ = try await cluster.topic(topic, timeoutMilliseconds: 0)
            }
        } catch { failure = error }
        if let failure {
            failed(wanted.keys.sorted(), failure)
        } else {
            let metadata = await cluster.metadata
            var groups: [NodeID: [Asked]] = [:]
            for (partition, generation) in wanted.sorted(by: { $0.key < $1.key }) {
                guard let topic = metadata.topics[partition.topic], let known = topic[partition.partition],
                    let leader = known.leader
                else {
                    failed([partition], .server(.leaderNotAvailable, "\(partition)"))
                    continue
                }
                // Another fetch is under way there; its end brings this one's turn.
                guard !fetching.contains(leader) else { continue }
                guard let reading = partitions[partition], reading.generation == generation,
                    case .offset(let offset) = reading.position
                else { continue }
                groups[leader, default: []].append(
                    Asked(partition: partition, topicID: topic.id, offset: offset, generation: generation))
            }
            for (leader, asked) in groups.sorted(by: { $0.key < $1.key }) {
                fetching.insert(leader)
                for item in asked { rest[item.partition] = nil }
                Task { await self.fetch(asked, from: leader) }
            }
        }
        end(rest)
        if failure != nil { wake() }
    }

    private func fetch(_ asked: [Asked], from leader: NodeID) async {
        do throws(ClientError) {
            let connection = try await cluster.connection(to: leader, on: lane)
            // From version 13 on topics are named by id only.
            let newest: Int16 = asked.contains { $0.topicID == .zero } ? 12 : 18
            let version = try connection.versions.pick(FetchRequest.self, within: 4...newest)
            let timeout = cluster.configuration.requestTimeoutMilliseconds.later(
                by: Int64(configuration.maximumFetchWaitMilliseconds))
            let response = try await connection.send(
                request(asked), within: version...version, timeoutMilliseconds: timeout)
            guard response.errorCode == .none else { throw .server(response.errorCode, "fetch from broker \(leader)") }
            take(response, asked, isByID: version >= 13)
        } catch {
            failed(asked.map(\.partition), error)
        }
        fetching.remove(leader)
        end(Dictionary(uniqueKeysWithValues: asked.map { ($0.partition, $0.generation) }))
        // Nobody is served by fetching on for a consumer that is not used any more.
        if isAwaited { startFetches() }
        wake()
    }

    private func request(_ asked: [Asked]) -> FetchRequest {
        var topics: [FetchRequest.FetchTopic] = []
        for item in asked {
            let partition = FetchRequest.FetchPartition(
                partition: item.partition.partition, currentLeaderEpoch: -1, fetchOffset: item.offset,
                partitionMaxBytes: configuration.maximumPartitionFetchByteCount)
            if topics.last?.topic == item.partition.topic {
                topics[topics.count - 1].partitions.append(partition)
            } else {
                topics.append(
                    .init(topic: item.partition.topic, topicID: item.topicID, partitions: [partition]))
            }
        }
        return FetchRequest(
            maxWaitMs: configuration.maximumFetchWaitMilliseconds, minBytes: configuration.minimumFetchByteCount,
            maxBytes: configuration.maximumFetchByteCount, isolationLevel: configuration.isolation.rawValue,
            sessionID: 0, sessionEpoch: -1, topics: topics)
    }

    // MARK: Answers

    private func take(_ response: FetchResponse, _ asked: [Asked], isByID: Bool) {
        var items: [TopicPartition: Asked] = [:]
        var names: [TopicID: String] = [:]
        for item in asked {
            items[item.partition] = item
            names[item.topicID] = item.partition.topic
        }
        for topic in response.responses {
            guard let name = isByID ? names[topic.topicID] : topic.topic else { continue }
            for answer in topic.partitions {
                let partition = TopicPartition(topic: name, partition: answer.partitionIndex)
                // A partition that was sought or given up in the meantime has no use for this.
                guard let item = items[partition], partitions[partition]?.generation == item.generation else {
                    continue
                }
                take(answer, item)
            }
        }
    }

    private func take(_ answer: FetchResponse.PartitionData, _ item: Asked) {
        let partition = item.partition
        switch answer.errorCode {
        case .none:
            partitions[partition]?.failures = nil
            partitions[partition]?.highWatermark = answer.highWatermark
            guard let bytes = answer.records?.buffer, bytes.readableBytes > 0 else { return }
            let aborted =
                configuration.isolation == .readCommitted
                ? AbortedTransactions((answer.abortedTransactions ?? []).map { ($0.producerID, $0.firstOffset) }) : nil
            partitions[partition]?.fetched = FetchedRecords(
                partition: partition, position: item.offset, bytes: bytes, aborted: aborted)
        case .offsetOutOfRange:
            guard let reset = resetPosition else {
                failure = ClientError(
                    .offsetOutOfRange, "\(partition): offset \(item.offset) is outside of the log",
                    server: .offsetOutOfRange)
                partitions[partition]?.notBefore = now.later(by: cluster.configuration.retryBackoffMilliseconds)
                return
            }
            partitions[partition]?.seek(reset, generation: nextGeneration())
        case let error:
            failed([partition], .server(error, "fetch of \(partition)"))
        }
    }

    /// Notes a failure: partitions wait a little and learn their leaders anew, or the one who polls gets to know.
    func failed(_ failed: [TopicPartition], _ error: ClientError) {
        for partition in failed {
            guard var reading = partitions[partition] else { continue }
            reading.failures.add(error, begun: reading.fetchBegan)
            let wait = cluster.configuration.retryBackoff.wait(
                afterFailures: reading.failures?.count ?? 1, random: random())
            reading.notBefore = now.later(by: wait)
            partitions[partition] = reading
            topicsToRefresh.insert(partition.topic)
        }
        if !error.isRetriable { failure = error }
    }
}
