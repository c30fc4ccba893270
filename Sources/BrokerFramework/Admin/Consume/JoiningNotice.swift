/// Says once that a member waits for its share, if that takes long enough to be wondered at.
struct JoiningNotice {
    private let group: String
    private let since: ContinuousClock.Instant
    /// Whether the member has had a share, or has told already that it waits.
    var isOver = false

    init(group: String, since: ContinuousClock.Instant = .now) {
        self.group = group
        self.since = since
    }

    /// To be called now and then, while there is no share.
    mutating func check(now: ContinuousClock.Instant = .now, say: (String) -> Void = Output.note) {
        guard !isOver, since.duration(to: now) >= .seconds(1) else { return }
        isOver = true
        say("Waiting for group '\(group)' to share out its partitions …")
    }
}
