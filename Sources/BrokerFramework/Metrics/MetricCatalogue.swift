extension Metric {
    /// Every metric there is, in the order of the page. HELP, TYPE and the documentation come from here.
    package static let catalogue: [Metric] =
        topics + requests + replicas + controllers + groups + logs + network + raft + plugins + process

    // MARK: Topics

    private static func topic(_ name: String, unit: String? = nil, _ help: String) -> Metric {
        Metric("kafka_server_brokertopicmetrics_\(name)_total", .counter, labels: ["topic"], unit: unit, help)
    }

    package static let messagesIn = topic(
        "messagesin", unit: "records", "Records appended. Without a topic label: of all topics together.")
    package static let bytesIn = topic(
        "bytesin", unit: "bytes", "Bytes of record batches appended. Without a topic label: of all topics together.")
    package static let bytesOut = topic(
        "bytesout", unit: "bytes",
        "Bytes of record batches sent to consumers. Without a topic label: of all topics together.")
    package static let totalProduceRequests = topic(
        "totalproducerequests", "Appends that producers asked for, counted by partition.")
    package static let failedProduceRequests = topic(
        "failedproducerequests", "Appends that failed through the broker's fault, such as a broken disk.")
    package static let totalFetchRequests = topic(
        "totalfetchrequests", "Reads on behalf of fetches, counted by partition; a fetch that waited reads again.")
    package static let failedFetchRequests = topic(
        "failedfetchrequests", "Reads that failed through the broker's fault, such as a broken disk.")

    package static let misplacedRecords = topic(
        "misplacedrecords",
        "Records that producers sent to another partition than the topic's partitioner would, where partitioner.verify "
            + "is 'count' or 'reject'.")

    private static let topics = [
        messagesIn, bytesIn, bytesOut, totalProduceRequests, failedProduceRequests, totalFetchRequests,
        failedFetchRequests, misplacedRecords,
    ]

    // MARK: Requests

    package static let requestCount = Metric(
        "kafka_network_requestmetrics_requests_total", .counter, labels: ["request", "version"],
        "Requests received, by API and version.")
    package static let requestErrors = Metric(
        "kafka_network_requestmetrics_errors_total", .counter, labels: ["request", "error"],
        "Errors answered, by API and Kafka's name of the error. One response may hold several.")
    package static let requestTime = Metric(
        "kafka_network_requestmetrics_totaltimems", .histogram, labels: ["request"], unit: "milliseconds",
        "Time from the arrival of a request to its answer. Of a Fetch this includes the wait for records.")

    private static let requests = [requestCount, requestErrors, requestTime]

    // MARK: Replicas

    private static func replica(_ name: String, _ help: String) -> Metric {
        Metric("kafka_server_replicamanager_\(name)", .gauge, help)
    }

    package static let partitionCount = replica("partitioncount", "Partitions with a replica on this broker.")
    package static let leaderCount = replica("leadercount", "Partitions that this broker leads.")
    package static let underReplicatedPartitions = replica(
        "underreplicatedpartitions", "Led partitions with replicas that are not in sync. Should be 0.")
    package static let underMinISRPartitions = replica(
        "underminisrpartitioncount",
        "Led partitions with fewer replicas in sync than min.insync.replicas: producers with acks=all are refused. "
            + "Should be 0.")
    package static let brokerState = Metric(
        "kafka_server_kafkaserver_brokerstate", .gauge,
        "State of the broker: 1 starting, 2 recovering its logs, 3 running, 6 or 7 stopping.")
    package static let fetchSessions = Metric(
        "kafka_server_fetchsessioncache_numincrementalfetchsessions", .gauge, "Incremental fetch sessions kept.")
    package static let parkedFetches = Metric(
        "kafka_server_delayedoperationpurgatory_purgatorysize", .gauge, labels: ["delayedOperation"],
        "Requests that wait, by kind.")

    private static let replicas = [
        brokerState, partitionCount, leaderCount, underReplicatedPartitions, underMinISRPartitions, fetchSessions,
        parkedFetches,
    ]

    // MARK: The controller

    private static func controller(_ name: String, _ help: String) -> Metric {
        Metric("kafka_controller_kafkacontroller_\(name)", .gauge, help)
    }

    package static let activeControllers = controller(
        "activecontrollercount", "1 if this node is the active controller. The sum over a cluster should be 1.")
    package static let globalTopicCount = controller("globaltopiccount", "Topics of the cluster.")
    package static let globalPartitionCount = controller("globalpartitioncount", "Partitions of the cluster.")
    package static let offlinePartitions = controller(
        "offlinepartitionscount", "Partitions without a leader, which cannot be written or read. Should be 0.")
    package static let preferredReplicaImbalance = controller(
        "preferredreplicaimbalancecount", "Partitions not led by their first replica.")
    package static let activeBrokers = controller("activebrokercount", "Brokers that are registered and serve.")
    package static let fencedBrokers = controller("fencedbrokercount", "Brokers that are registered and do not serve.")
    package static let lastAppliedOffset = controller(
        "lastappliedrecordoffset", "Offset of the last record of the metadata log that this node applied.")

    private static let controllers = [
        activeControllers, globalTopicCount, globalPartitionCount, offlinePartitions, preferredReplicaImbalance,
        activeBrokers, fencedBrokers, lastAppliedOffset,
    ]

    // MARK: Groups

    private static func groups(_ name: String, _ help: String) -> Metric {
        Metric("kafka_coordinator_group_groupmetadatamanager_\(name)", .gauge, help)
    }

    package static let groupCount = groups("numgroups", "Groups that this broker coordinates.")
    package static let groupsPreparing = groups("numgroupspreparingrebalance", "Groups that wait for their members.")
    package static let groupsCompleting = groups(
        "numgroupscompletingrebalance", "Groups that wait for their leader's assignment.")
    package static let groupsStable = groups("numgroupsstable", "Groups whose members consume.")
    package static let groupsEmpty = groups("numgroupsempty", "Groups without members, kept for their offsets.")
    package static let groupOffsets = groups("numoffsets", "Committed offsets that this broker keeps.")
    package static let groupRebalances = Metric(
        "kafka_server_group_coordinator_metrics_group_completed_rebalance_total", .counter,
        "Rebalances since this broker coordinates its groups.")
    package static let coordinatorsLoading = Metric(
        "broker_coordinator_partitions_loading", .gauge,
        "Partitions of __consumer_offsets that are being read; their groups are not served meanwhile.")
    package static let coordinatorsFailed = Metric(
        "broker_coordinator_partitions_failed", .gauge,
        "Partitions of __consumer_offsets that cannot be read; their groups are not served.")

    private static let groups = [
        groupCount, groupsPreparing, groupsCompleting, groupsStable, groupsEmpty, groupOffsets,
        groupRebalances, coordinatorsLoading, coordinatorsFailed,
    ]

    // MARK: Logs

    private static func log(_ name: String, unit: String? = nil, _ help: String) -> Metric {
        Metric("kafka_log_log_\(name)", .gauge, labels: ["topic", "partition"], unit: unit, help)
    }

    package static let logSize = log(
        "size", unit: "bytes", "Bytes of a partition's segments. Partitions not used since the start have no sample.")
    package static let logStartOffset = log("logstartoffset", "Offset of a partition's first record.")
    package static let logEndOffset = log("logendoffset", "Offset that a partition's next record will have.")
    package static let logFlushTime = Metric(
        "kafka_log_logflushstats_logflushrateandtimems", .histogram, unit: "milliseconds",
        "Time that flushing a log to the disk took.")
    package static let remainingLogs = Metric(
        "kafka_log_logmanager_remaininglogstorecover", .gauge, "Logs still to be recovered after an unclean stop.")
    package static let recoveredBytes = Metric(
        "broker_recovery_bytes", .gauge, unit: "bytes", "Bytes in the logs recovered since the start.")
    package static let offlineLogs = Metric(
        "broker_offline_logs", .gauge, "Logs that failed and answer with KAFKA_STORAGE_ERROR. Should be 0.")
    package static let directoryBytes = Metric(
        "broker_log_directory_usable_bytes", .gauge, unit: "bytes", "Room left for the log directory.")
    package static let directoryTotalBytes = Metric(
        "broker_log_directory_total_bytes", .gauge, unit: "bytes", "Size of what the log directory stands on.")
    package static let omittedSeries = Metric(
        "broker_metrics_omitted", .gauge, labels: ["of"],
        "Topics and partitions without samples of their own, by metrics.max.topics and metrics.max.partitions.")

    private static let logs = [
        logSize, logStartOffset, logEndOffset, logFlushTime, remainingLogs, recoveredBytes, offlineLogs,
        directoryBytes, directoryTotalBytes, omittedSeries,
    ]

    // MARK: The network

    package static let connectionCount = Metric(
        "kafka_server_socket_server_metrics_connection_count", .gauge, "Connections of clients that are open.")
    package static let connectionsMade = Metric(
        "kafka_server_socket_server_metrics_connection_creation_total", .counter,
        "Connections of clients accepted.")

    private static let network = [connectionCount, connectionsMade]

    // MARK: The quorum

    private static func quorum(_ name: String, _ help: String) -> Metric {
        Metric("kafka_server_raft_metrics_\(name)", .gauge, help)
    }

    package static let raftLeader = quorum(
        "current_leader", "Id of the metadata quorum's leader, -1 if this node knows none.")
    package static let raftEpoch = quorum("current_epoch", "Epoch of the metadata quorum.")
    package static let raftHighWatermark = quorum(
        "high_watermark", "Offset below which this node applied the metadata log.")
    package static let raftLogEndOffset = quorum("log_end_offset", "End of this node's metadata log.")

    private static let raft = [raftLeader, raftEpoch, raftHighWatermark, raftLogEndOffset]

    // MARK: Plug-ins

    private static func plugin(_ name: String, unit: String? = nil, _ help: String) -> Metric {
        Metric("broker_plugin_\(name)_total", .counter, labels: ["kind", "name"], unit: unit, help)
    }

    package static let pluginCalls = plugin(
        "calls", "Calls of a plug-in. What the broker asks at once, about one batch, request or log, is one call.")
    package static let pluginErrors = plugin(
        "errors", "Calls that failed, took too long, or answered what they must not. Should be 0.")
    package static let pluginFallbacks = plugin(
        "fallbacks", "Calls that were not made since the plug-in had failed too often: its fallback acted. Should be 0."
    )
    package static let pluginSeconds = plugin("seconds", unit: "seconds", "Time spent in a plug-in.")

    private static let plugins = [pluginCalls, pluginErrors, pluginFallbacks, pluginSeconds]

    // MARK: The process

    package static let buildInfo = Metric(
        "broker_build_info", .gauge, labels: ["version", "protocol"],
        "Always 1; the labels name this broker's version and the Kafka version it speaks.")
    package static let brokerInfo = Metric(
        "broker_info", .gauge, labels: ["cluster_id", "node_id"], "Always 1; the labels name the cluster and the node.")
    package static let residentMemory = Metric(
        "process_resident_memory_bytes", .gauge, unit: "bytes", "Memory of the process in RAM.")
    package static let virtualMemory = Metric(
        "process_virtual_memory_bytes", .gauge, unit: "bytes", "Address space of the process.")
    package static let cpuSeconds = Metric(
        "process_cpu_seconds_total", .counter, unit: "seconds", "Processor time used, in user and system mode.")
    package static let openDescriptors = Metric("process_open_fds", .gauge, "File descriptors open.")
    package static let maximumDescriptors = Metric("process_max_fds", .gauge, "File descriptors allowed.")
    package static let threadCount = Metric("process_threads", .gauge, "Threads of the process.")
    package static let startTime = Metric(
        "process_start_time_seconds", .gauge, unit: "seconds", "When the process started, since 1970-01-01 UTC.")

    private static let process = [
        buildInfo, brokerInfo, residentMemory, virtualMemory, cpuSeconds, openDescriptors, maximumDescriptors,
        threadCount,
        startTime,
    ]

    /// The catalogue as a table in Markdown.
    package static var documentation: String {
        var text = "| metric | kind | labels | meaning |\n|---|---|---|---|\n"
        for metric in catalogue {
            let labels = metric.labels.isEmpty ? "" : metric.labels.map { "`\($0)`" }.joined(separator: ", ")
            let kind = metric.unit.map { "\(metric.kind.rawValue), \($0)" } ?? metric.kind.rawValue
            text += "| `\(metric.name)` | \(kind) | \(labels) | \(metric.help) |\n"
        }
        return text
    }
}
