// Consensus: the metadata log's Raft, in KRaft's manner, as a pure value.
//
// WORDS
//
//   replica        a node with a copy of the log: a voter, or an observer (a broker, a controller that has no vote)
//   epoch          Raft's term. At most one leader each; every record carries the epoch it was written in
//   leader         takes proposals and serves fetches; knows who has how much by what each asks for
//   high watermark records below it are committed: durable with a majority, for good
//   fetch          replication is by pull. "Give me what follows offset 7, epoch 2" also says "up to 7 all is durable here"
//   divergence     the leader finds that 7, epoch 2 is not in its log, and tells where that epoch ends with it; the
//                  follower cuts its log there and asks again
//   pre-vote       before it raises the epoch a voter asks whether it would be elected: one that was cut off, and comes
//                  back, disturbs nobody
//   shape          what the core knows of the log: start, end, where epochs begin, snapshots. The bytes are the driver's
//   driver         owns one replica, its log, its sockets and its timer; carries out effects
//
// STATES
//
//                    election timeout           majority of pre-votes           majority of votes
//      ┌────────────┐ ──────────────► ┌─────────────┐ ──────────────► ┌───────────┐ ──────────► ┌────────┐
//   ─► │ unattached │                 │ prospective │   epoch + 1     │ candidate │             │ leader │
//      └────────────┘ ◄────────────── └─────────────┘ ◄────────────── └───────────┘             └────────┘
//         │   ▲  ▲    no majority        ▲     │      no majority          │                         │
//   hears │   │  │               fetch   │     │ no majority, and          │ hears                   │ lost its majority,
//   its   │   │  │               timeout │     │ knew a leader             │ a leader                │ or stops
//   leader│   │  │                       │     ▼                           │                         ▼
//         │   │  │ epoch + 1          ┌──────────┐                         │                   ┌──────────┐
//         └───┼──┼──────────────────► │ follower │ ◄───────────────────────┘                   │ resigned │
//             │  │                    └──────────┘                                             └──────────┘
//             │  └──────────────────────── timeout, epoch + 1 ──────────────────────────────────────┘  ▲
//   any role that hears of a higher epoch: follower if its leader is named, else unattached            │
//   a replica that led its last epoch is resigned after a start ───────────────────────────────────────┘
//   a sole voter goes through unattached/resigned, prospective, candidate to leader within `.started`
//
// THE DRIVER'S DUTIES
//
//   1. Recover the log and flush it. Read `quorum-state`, the epochs and the snapshots. Make a `RaftReplica` of them, with
//      a seed that no other replica and no earlier life has.
//   2. Step `.started`, then everything that happens, one event at a time, with monotonic milliseconds.
//   3. Carry out the effects of a step in order, before the next step. Each says in its documentation what must be done
//      or durable before the next. The two that may go on beside are `flushLog` and `installSnapshot`: their end comes
//      back as an event.
//   4. After each step, arm a timer for `nextDeadline`, and step `.ticked` when it is reached.
//   5. Translate: a request that came in, to `RaftRequest` with a token of yours; an answer that came in, to `RaftResponse`
//      with the correlation id of the request; what is to be sent and answered, the other way. Add and keep bytes (records,
//      parts of snapshots) where the message says so. Decide nothing.
//   6. Hand no answer of an earlier life to a new one, and close the connections a life leaves behind.
//   7. Apply committed records, from the last loaded snapshot or from offset 0 on, up to `highWatermarkAdvanced`. Let the
//      state machine decide things as leader only after `leadershipEstablished` and once everything below is applied, and
//      no more after a `leaderChanged` that names another.
//   8. If the disk fails, step no more, and stop the process.
//   9. Stop the process on `halted`; a replica halts when committed records would be lost.
//  10. Write snapshots at applied offsets and drop old segments by your own rules, and tell it (`snapshotCreated`,
//      `logPrefixDropped`).
//
// CHOICES BEYOND KRAFT
//
//   - A leader's own records count for the high watermark once they are durable with it (Kafka counts them when written).
//   - A follower told by EndQuorumEpoch that its leader is gone grants pre-votes again at once.
//   - A resigned replica names no leader; peers look elsewhere sooner.
//   - A contradiction to committed data halts the replica by an effect; it does not trap.
//
// The voter set is a value handed in at start. Changing it by records (KIP-853: AddVoter, RemoveVoter, UpdateVoter) is not
// part of this module yet; messages and log records carry directory ids and endpoints so that it can be.
//
// Sources: Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm" (Raft); Ongaro's thesis (§9.6
// pre-vote, §6.2 check-quorum); KIP-595, KIP-630, KIP-853, KIP-996, KIP-1166.
