package import BrokerController
internal import BrokerMetadata
package import BrokerPluginAPI
internal import BrokerPrimitives
package import BrokerWorld
internal import Synchronization

/// The way of changes of topics to the controller: past the topic policies, which must not hold it up.
///
/// A change is first rehearsed away from the controller, on what is committed; whatever nothing else speaks against is
/// judged there. Then the controller decides, and goes by these judgements. Where the change has become another one
/// meanwhile, as when two alter a topic at a time, it is rehearsed again. Without policies none of this happens.
package struct TopicGate: Sendable {
    /// Takes a decision; asks the judge, if there is one, about each topic.
    package typealias Deciding<Reply: Sendable> =
        @Sendable (Controller, inout World.Generator, TopicJudge?) -> Decision<Reply>
    package typealias Answering<Reply: Sendable> = @Sendable (Result<Reply, ControllerError>) -> Void

    private let controller: ControllerDriver
    private let metadata: MetadataView
    private let settings: Controller.Settings
    private let jury: TopicJury
    private let world: World
    private let timers: Timers
    private let threads: PluginThreads
    private let waiting = Waiting()

    package init(
        controller: ControllerDriver, metadata: MetadataView, settings: Controller.Settings, jury: TopicJury,
        world: World, timers: Timers, threads: PluginThreads
    ) {
        self.controller = controller
        self.metadata = metadata
        self.settings = settings
        self.jury = jury
        self.world = world
        self.timers = timers
        self.threads = threads
    }

    /// Takes a decision soon and calls `then` once, from any thread, with its reply when its records are committed, or
    /// with the error that kept them from it.
    package func submit<Reply: Sendable>(
        for asker: RequestContext, _ decide: @escaping Deciding<Reply>, then: @escaping Answering<Reply>
    ) {
        guard !jury.isEmpty else {
            return controller.submit({ controller, _, generator in decide(controller, &generator, nil) }, then: then)
        }
        rehearse(asker, Verdicts(), decide, then)
    }

    /// What the controller did not find judged is judged again, so often.
    private static let maximumRehearsals = 5
    /// So many requests wait to be rehearsed at most, be it in vain.
    private static let maximumWaiting = 1024
    /// How long a client waits for the policies.
    private static let patienceMilliseconds: Int64 = 10_000

    private struct Verdicts: Sendable {
        var byChange: [TopicChange: TopicJury.Verdict] = [:]
        var rehearsals = 0
    }

    private func rehearse<Reply: Sendable>(
        _ asker: RequestContext, _ known: Verdicts, _ decide: @escaping Deciding<Reply>,
        _ then: @escaping Answering<Reply>
    ) {
        guard known.rehearsals < Self.maximumRehearsals else {
            return then(.failure(.again("The topic changed while the topic policies judged it; try again.")))
        }
        guard waiting.count.load(ordering: .relaxed) < Self.maximumWaiting else {
            return then(.failure(.again("The topic policies have too much to judge; try again.")))
        }
        let isOver = Once()
        let patience = timers.schedule(afterMilliseconds: Self.patienceMilliseconds) {
            guard isOver.claim() else { return }
            jury.stalled()
            then(.failure(.again("The topic policies did not answer in time; try again.")))
        }
        waiting.count.wrappingAdd(1, ordering: .relaxed)
        threads.run {
            waiting.count.wrappingSubtract(1, ordering: .relaxed)
            guard !isOver.isClaimed else { return }
            var verdicts = known
            var generator = world.generator
            let stage = Controller(image: metadata.image, settings: settings)
            _ = decide(stage, &generator) { change in
                if verdicts.byChange[change] == nil { verdicts.byChange[change] = jury.judge(change, for: asker) }
                // A rehearsal goes no further: nothing is counted against a quota.
                return .again("This is a rehearsal.")
            }
            verdicts.rehearsals += 1
            guard isOver.claim() else { return }
            patience.cancel()
            perform(asker, verdicts, decide, then)
        }
    }

    private func perform<Reply: Sendable>(
        _ asker: RequestContext, _ verdicts: Verdicts, _ decide: @escaping Deciding<Reply>,
        _ then: @escaping Answering<Reply>
    ) {
        controller.submit { controller, _, generator -> Decision<Reply?> in
            var isJudged = true
            let decision = decide(controller, &generator) { change in
                guard let verdict = verdicts.byChange[change] else {
                    isJudged = false
                    return .again("It is not judged yet.")
                }
                return verdict.refusal
            }
            var outcome = Decision<Reply?>(
                records: isJudged ? decision.records : [], reply: isJudged ? decision.reply : nil)
            outcome.remarks = decision.remarks
            return outcome
        } then: { result in
            switch result {
            case .success(let reply?): then(.success(reply))
            case .success(nil): rehearse(asker, verdicts, decide, then)
            case .failure(let error): then(.failure(error))
            }
        }
    }

    /// Notes that a topic was refused to somebody who is not told why.
    package func refusedSilently(_ topic: String, _ reason: String?) { jury.refusedSilently(topic, reason ?? "") }
}

/// How many requests wait to be rehearsed.
private final class Waiting: Sendable {
    let count = Atomic<Int>(0)
}

/// True once.
private final class Once: Sendable {
    private let state = Atomic<Bool>(false)

    var isClaimed: Bool { state.load(ordering: .relaxed) }

    func claim() -> Bool { state.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged }
}

extension ControllerError {
    /// Clients count it among the errors after which one may try again.
    fileprivate static func again(_ message: String) -> ControllerError { ControllerError(.requestTimedOut, message) }
}
