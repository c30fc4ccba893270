"""The messages that the tests speak, as descriptions for `wire`."""
from wire import Api

PRODUCE = Api(
    "Produce", 0, 9,
    """transactional_id:string? acks:i16=-1 timeout:i32=5000
    topics:[name:string|-12 topic_id:uuid|13+ partitions:[index:i32 records:bytes?]]""",
    """topics:[name:string|-12 topic_id:uuid|13+ partitions:[index:i32 error:i16 base_offset:i64
        log_append_time:i64|2+ log_start_offset:i64|5+
        record_errors:[index:i32 message:string?]|8+ message:string?|8+
        current_leader:{id:i32 epoch:i32}@0|10+]]
    throttle:i32 nodes:[id:i32 host:string port:i32 rack:string?]@0|10+""")

FETCH = Api(
    "Fetch", 1, 12,
    """cluster_id:string?@0|12+ replica_id:i32=-1|-14 replica_state:{id:i32 epoch:i64}@1|15+
    max_wait:i32=100 min_bytes:i32=1 max_bytes:i32=57671680 isolation:i8 session_id:i32|7+ session_epoch:i32=-1|7+
    topics:[name:string|-12 topic_id:uuid|13+ partitions:[index:i32 leader_epoch:i32=-1|9+ offset:i64
        last_epoch:i32=-1|12+ log_start_offset:i64=-1|5+ max_bytes:i32=1048576
        directory:uuid@0|17+ high_watermark:i64@1|18+]]
    forgotten:[name:string|-12 topic_id:uuid|13+ partitions:*i32]|7+ rack:string|11+""",
    """throttle:i32 error:i16|7+ session_id:i32|7+
    topics:[name:string|-12 topic_id:uuid|13+ partitions:[index:i32 error:i16 high_watermark:i64
        last_stable_offset:i64 log_start_offset:i64|5+ diverging:{epoch:i32 end_offset:i64}@0|12+
        current_leader:{id:i32 epoch:i32}@1|12+ snapshot:{end_offset:i64 epoch:i32}@2|12+
        aborted:[producer_id:i64 first_offset:i64]? preferred_replica:i32|11+ records:bytes?]]
    nodes:[id:i32 host:string port:i32 rack:string?]@0|16+""")

LIST_OFFSETS = Api(
    "ListOffsets", 2, 6,
    """replica_id:i32=-1 isolation:i8|2+
    topics:[name:string partitions:[index:i32 leader_epoch:i32=-1|4+ timestamp:i64]] timeout:i32=1000|10+""",
    """throttle:i32|2+ topics:[name:string partitions:[index:i32 error:i16 timestamp:i64 offset:i64
        leader_epoch:i32|4+]]""")

METADATA = Api(
    "Metadata", 3, 9,
    """topics:[topic_id:uuid|10+ name:string?]? allow_creation:bool|4+ cluster_operations:bool|8-10
    topic_operations:bool|8+""",
    """throttle:i32|3+ brokers:[id:i32 host:string port:i32 rack:string?|1+] cluster_id:string?|2+
    controller_id:i32|1+ topics:[error:i16 name:string? topic_id:uuid|10+ internal:bool|1+
        partitions:[error:i16 index:i32 leader:i32 leader_epoch:i32|7+ replicas:*i32 isr:*i32 offline:*i32|5+]
        operations:i32|8+]
    cluster_operations:i32|8-10 error:i16|13+""")

API_VERSIONS = Api(
    "ApiVersions", 18, 3,
    "software_name:string|3+ software_version:string|3+",
    """error:i16 apis:[key:i16 first:i16 last:i16] throttle:i32|1+
    supported:[name:string first:i16 last:i16]@0|3+ epoch:i64@1|3+
    finalized:[name:string last:i16 first:i16]@2|3+ zk_ready:bool@3|3+""")

CREATE_TOPICS = Api(
    "CreateTopics", 19, 5,
    """topics:[name:string partitions:i32=-1 replication:i16=-1 assignments:[index:i32 brokers:*i32]
        configs:[name:string value:string?]] timeout:i32=10000 validate_only:bool|1+""",
    """throttle:i32|2+ topics:[name:string topic_id:uuid|7+ error:i16 message:string?|1+
        config_error:i16@0|5+ partitions:i32|5+ replication:i16|5+
        configs:[name:string value:string? read_only:bool source:i8 sensitive:bool]?|5+]""")

DELETE_TOPICS = Api(
    "DeleteTopics", 20, 4,
    "topics:[name:string? topic_id:uuid]|6+ names:*string|-5 timeout:i32=10000",
    "throttle:i32|1+ topics:[name:string? topic_id:uuid|6+ error:i16 message:string?|5+]")

DELETE_RECORDS = Api(
    "DeleteRecords", 21, 2,
    "topics:[name:string partitions:[index:i32 offset:i64]] timeout:i32=5000",
    "throttle:i32 topics:[name:string partitions:[index:i32 low_watermark:i64 error:i16]]")

INIT_PRODUCER_ID = Api(
    "InitProducerId", 22, 2,
    """transactional_id:string? transaction_timeout:i32=60000 producer_id:i64=-1|3+ producer_epoch:i16=-1|3+
    two_phase:bool|6+ keep_prepared:bool|6+""",
    """throttle:i32 error:i16 producer_id:i64 producer_epoch:i16
    ongoing_id:i64|6+ ongoing_epoch:i16|6+""")

OFFSET_FOR_LEADER_EPOCH = Api(
    "OffsetForLeaderEpoch", 23, 4,
    """replica_id:i32=-1|3+
    topics:[name:string partitions:[index:i32 current_epoch:i32=-1|2+ epoch:i32]]""",
    "throttle:i32|2+ topics:[name:string partitions:[error:i16 index:i32 epoch:i32|1+ end_offset:i64]]")

DESCRIBE_CONFIGS = Api(
    "DescribeConfigs", 32, 4,
    "resources:[type:i8 name:string keys:*string?] synonyms:bool|1+ documentation:bool|3+",
    """throttle:i32 results:[error:i16 message:string? type:i8 name:string
        configs:[name:string value:string? read_only:bool source:i8 sensitive:bool
            synonyms:[name:string value:string? source:i8] type:i8|3+ documentation:string?|3+]]""")

CREATE_PARTITIONS = Api(
    "CreatePartitions", 37, 2,
    "topics:[name:string count:i32 assignments:[brokers:*i32]?] timeout:i32=5000 validate_only:bool",
    "throttle:i32 results:[name:string error:i16 message:string?]")

INCREMENTAL_ALTER_CONFIGS = Api(
    "IncrementalAlterConfigs", 44, 1,
    "resources:[type:i8 name:string configs:[name:string operation:i8 value:string?]] validate_only:bool",
    "throttle:i32 responses:[error:i16 message:string? type:i8 name:string]")

DESCRIBE_CLIENT_QUOTAS = Api(
    "DescribeClientQuotas", 48, 1,
    "components:[type:string match_type:i8 match:string?] strict:bool",
    """throttle:i32 error:i16 message:string? entries:[entity:[type:string name:string?]
        values:[key:string value:f64]]?""")

ALTER_CLIENT_QUOTAS = Api(
    "AlterClientQuotas", 49, 1,
    "entries:[entity:[type:string name:string?] ops:[key:string value:f64 remove:bool]] validate_only:bool",
    "throttle:i32 entries:[error:i16 message:string? entity:[type:string name:string?]]")

DESCRIBE_CLUSTER = Api(
    "DescribeCluster", 60, 0,
    "operations:bool endpoint_type:i8=1|1+ fenced:bool|2+",
    """throttle:i32 error:i16 message:string? endpoint_type:i8|1+ cluster_id:string controller_id:i32
    brokers:[id:i32 host:string port:i32 rack:string? fenced:bool|2+] operations:i32""")

DESCRIBE_TOPIC_PARTITIONS = Api(
    "DescribeTopicPartitions", 75, 0,
    "topics:[name:string] limit:i32=2000 cursor:{topic:string index:i32}?",
    """throttle:i32 topics:[error:i16 name:string? topic_id:uuid internal:bool
        partitions:[error:i16 index:i32 leader:i32 leader_epoch:i32 replicas:*i32 isr:*i32 elr:*i32?
            last_elr:*i32? offline:*i32] operations:i32]
    cursor:{topic:string index:i32}?""")

ALTER_CONFIGS = Api(
    "AlterConfigs", 33, 2,
    "resources:[type:i8 name:string configs:[name:string value:string?]] validate_only:bool",
    "throttle:i32 responses:[error:i16 message:string? type:i8 name:string]")

LIST_CONFIG_RESOURCES = Api(
    "ListConfigResources", 74, 0,
    "types:*i8|1+",
    "throttle:i32 error:i16 resources:[name:string type:i8|1+]")

DESCRIBE_ACLS = Api(
    "DescribeAcls", 29, 2,
    "type:i8=1 name:string? pattern:i8=3 principal:string? host:string? operation:i8=1 permission:i8=1",
    """throttle:i32 error:i16 message:string? resources:[type:i8 name:string pattern:i8
        acls:[principal:string host:string operation:i8 permission:i8]]""")

CREATE_ACLS = Api(
    "CreateAcls", 30, 2,
    """creations:[type:i8 name:string pattern:i8=3 principal:string host:string operation:i8 permission:i8]""",
    "throttle:i32 results:[error:i16 message:string?]")

DELETE_ACLS = Api(
    "DeleteAcls", 31, 2,
    """filters:[type:i8=1 name:string? pattern:i8=3 principal:string? host:string? operation:i8=1 permission:i8=1]""",
    """throttle:i32 results:[error:i16 message:string? acls:[error:i16 message:string? type:i8 name:string pattern:i8
        principal:string host:string operation:i8 permission:i8]]""")

ALTER_REPLICA_LOG_DIRS = Api(
    "AlterReplicaLogDirs", 34, 2,
    "dirs:[path:string topics:[name:string partitions:*i32]]",
    "throttle:i32 results:[name:string partitions:[index:i32 error:i16]]")

DESCRIBE_LOG_DIRS = Api(
    "DescribeLogDirs", 35, 2,
    "topics:[name:string partitions:*i32]?",
    """throttle:i32 error:i16|3+ results:[error:i16 path:string
        topics:[name:string partitions:[index:i32 size:i64 lag:i64 future:bool]]
        total:i64|4+ usable:i64|4+ cordoned:bool|5+]""")

ELECT_LEADERS = Api(
    "ElectLeaders", 43, 2,
    "type:i8|1+ topics:[name:string partitions:*i32]? timeout:i32=5000",
    "throttle:i32 error:i16|1+ results:[name:string partitions:[index:i32 error:i16 message:string?]]")

ALTER_PARTITION_REASSIGNMENTS = Api(
    "AlterPartitionReassignments", 45, 0,
    "timeout:i32=5000 factor_change:bool=1|1+ topics:[name:string partitions:[index:i32 replicas:*i32?]]",
    """throttle:i32 factor_change:bool|1+ error:i16 message:string?
    responses:[name:string partitions:[index:i32 error:i16 message:string?]]""")

LIST_PARTITION_REASSIGNMENTS = Api(
    "ListPartitionReassignments", 46, 0,
    "timeout:i32=5000 topics:[name:string partitions:*i32]?",
    """throttle:i32 error:i16 message:string? topics:[name:string
        partitions:[index:i32 replicas:*i32 adding:*i32 removing:*i32]]""")

DESCRIBE_USER_SCRAM_CREDENTIALS = Api(
    "DescribeUserScramCredentials", 50, 0,
    "users:[name:string]?",
    """throttle:i32 error:i16 message:string?
    results:[user:string error:i16 message:string? credentials:[mechanism:i8 iterations:i32]]""")

REPLICA = "[id:i32 directory:uuid|2+ end_offset:i64 fetched:i64|1+ caught_up:i64|1+]"
DESCRIBE_QUORUM = Api(
    "DescribeQuorum", 55, 0,
    "topics:[name:string partitions:[index:i32]]",
    f"""error:i16 message:string?|2+ topics:[name:string partitions:[index:i32 error:i16 message:string?|2+
        leader:i32 leader_epoch:i32 high_watermark:i64 voters:{REPLICA} observers:{REPLICA}]]
    nodes:[id:i32 listeners:[name:string host:string port:u16]]|2+""")

UPDATE_FEATURES = Api(
    "UpdateFeatures", 57, 0,
    "timeout:i32=5000 updates:[feature:string level:i16 downgrade:bool|-0 type:i8=1|1+] validate_only:bool|1+",
    """throttle:i32 error:i16 message:string? results:[feature:string error:i16 message:string?]|-1""")

DESCRIBE_PRODUCERS = Api(
    "DescribeProducers", 61, 0,
    "topics:[name:string partitions:*i32]",
    """throttle:i32 topics:[name:string partitions:[index:i32 error:i16 message:string?
        producers:[id:i64 epoch:i32 sequence:i32 timestamp:i64 coordinator_epoch:i32 txn_start:i64]]]""")

UNREGISTER_BROKER = Api(
    "UnregisterBroker", 64, 0,
    "broker:i32",
    "throttle:i32 error:i16 message:string?")

OFFSET_COMMIT = Api(
    "OffsetCommit", 8, 8,
    """group:string generation:i32=-1 member:string instance:string?|7+ retention:i64=-1|2-4
    topics:[name:string|-9 topic_id:uuid|10+ partitions:[index:i32 offset:i64 leader_epoch:i32=-1|6+
        metadata:string?]]""",
    "throttle:i32|3+ topics:[name:string|-9 topic_id:uuid|10+ partitions:[index:i32 error:i16]]")

OFFSET_FETCH = Api(
    "OffsetFetch", 9, 6,
    """group:string|-7 topics:[name:string partitions:*i32]?|-7
    groups:[group:string member:string?|9+ epoch:i32=-1|9+
        topics:[name:string|-9 topic_id:uuid|10+ partitions:*i32]?]|8+ stable:bool|7+""",
    """throttle:i32|3+ topics:[name:string partitions:[index:i32 offset:i64 leader_epoch:i32|5-7 metadata:string?
        error:i16]]|-7 error:i16|2-7
    groups:[group:string topics:[name:string|-9 topic_id:uuid|10+ partitions:[index:i32 offset:i64 leader_epoch:i32
        metadata:string? error:i16]] error:i16]|8+""")

FIND_COORDINATOR = Api(
    "FindCoordinator", 10, 3,
    "key:string|-3 type:i8|1+ keys:*string|4+",
    """throttle:i32|1+ error:i16|-3 message:string?|1-3 node:i32|-3 host:string|-3 port:i32|-3
    coordinators:[key:string node:i32 host:string port:i32 error:i16 message:string?]|4+""")

JOIN_GROUP = Api(
    "JoinGroup", 11, 6,
    """group:string session:i32=10000 rebalance:i32=-1|1+ member:string instance:string?|5+ type:string
    protocols:[name:string metadata:bytes] reason:string?|8+""",
    """throttle:i32|2+ error:i16 generation:i32 type:string?|7+ protocol:string? leader:string skip:bool|9+
    member:string members:[id:string instance:string?|5+ metadata:bytes]""")

HEARTBEAT = Api(
    "Heartbeat", 12, 4, "group:string generation:i32 member:string instance:string?|3+", "throttle:i32|1+ error:i16")

LEAVE_GROUP = Api(
    "LeaveGroup", 13, 4,
    "group:string member:string|-2 members:[id:string instance:string?|3+ reason:string?|5+]|3+",
    "throttle:i32|1+ error:i16 members:[id:string instance:string? error:i16]|3+")

SYNC_GROUP = Api(
    "SyncGroup", 14, 4,
    """group:string generation:i32 member:string instance:string?|3+ type:string?|5+ protocol:string?|5+
    assignments:[member:string assignment:bytes]""",
    "throttle:i32|1+ error:i16 type:string?|5+ protocol:string?|5+ assignment:bytes")

DESCRIBE_GROUPS = Api(
    "DescribeGroups", 15, 5,
    "groups:*string operations:bool|3+",
    """throttle:i32|1+ groups:[error:i16 message:string?|6+ group:string state:string type:string protocol:string
        members:[id:string instance:string?|4+ client:string host:string metadata:bytes assignment:bytes]
        operations:i32|3+]""")

LIST_GROUPS = Api(
    "ListGroups", 16, 3,
    "states:*string|4+ types:*string|5+",
    """throttle:i32|1+ error:i16
    groups:[group:string protocol_type:string state:string|4+ type:string|5+]""")

DELETE_GROUPS = Api("DeleteGroups", 42, 2, "groups:*string", "throttle:i32 results:[group:string error:i16]")

OFFSET_DELETE = Api(
    "OffsetDelete", 47, 99,
    "group:string topics:[name:string partitions:[index:i32]]",
    "error:i16 throttle:i32 topics:[name:string partitions:[index:i32 error:i16]]")
