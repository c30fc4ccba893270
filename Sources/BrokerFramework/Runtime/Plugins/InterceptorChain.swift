internal import BrokerModel
internal import BrokerPluginAPI
internal import BrokerPrimitives
internal import NIOCore

/// A topic's record interceptors, asked one after the other.
package struct InterceptorChain: Sendable {
    struct Link: Sendable {
        /// Nil for one that could not be made.
        let interceptor: (any RecordInterceptor)?
        let use: PluginUse
    }

    let links: [Link]

    /// The most bytes that the records of a batch may grow to.
    private static let byteCountLimit = BatchAdmission.decompressedByteCountLimit

    /// What is to be appended in place of a batch's records; nil for the records as they are.
    ///
    /// - Throws: what the client is told if records are refused, or cannot be judged now.
    func apply(
        to records: RecordSequence, in context: RecordInterceptorContext
    ) throws(BatchAdmission.Refusal) -> [Record]? {
        var records = records
        var current: [Record]
        do throws(RecordBatchError) { current = try records.collect() } catch {
            throw BatchAdmission.Refusal(.invalidRecord, error.description)
        }
        var isChanged = false
        for link in links {
            let judged = try judge(current, by: link, in: context)
            guard judged.problems.isEmpty else {
                throw BatchAdmission.Refusal(
                    .invalidRecord,
                    "The topic's interceptor '\(link.use.monitor.name)' refuses \(judged.problems.count) of the batch's "
                        + "records: \(judged.problems[0].message)", records: judged.problems)
            }
            if judged.isChanged { (current, isChanged) = (judged.records, true) }
        }
        return isChanged ? current : nil
    }

    private struct Judgement {
        var records: [Record] = []
        var isChanged = false
        var problems: [BatchAdmission.RecordProblem] = []
        var byteCount = 0
    }

    private func judge(
        _ records: [Record], by link: Link, in context: RecordInterceptorContext
    ) throws(BatchAdmission.Refusal) -> Judgement {
        guard let interceptor = link.interceptor else { throw unavailable(link) }
        let outcome = link.use.call(fault: { $0.remedy == .fallBack ? $0.message : nil }) {
            () throws(PluginError) -> Judgement in
            var judgement = Judgement()
            judgement.records.reserveCapacity(records.count)
            for (index, record) in records.enumerated() {
                var kept = record
                do throws(PluginError) {
                    if let replacement = try interceptor.intercept(record, in: context) {
                        kept = replacement
                        kept.offset = record.offset
                        judgement.isChanged = true
                    }
                } catch {
                    guard error.remedy == .reject else { throw error }
                    judgement.problems.append(.init(index: index, message: error.message))
                }
                judgement.byteCount += kept.byteCountAtLeast
                guard judgement.byteCount <= Self.byteCountLimit else {
                    throw .fallBack("it makes batches of more than \(Self.byteCountLimit) bytes")
                }
                judgement.records.append(kept)
            }
            return judgement
        }
        switch outcome {
        case .answer(let judgement): return judgement
        case .failure(let error):
            throw BatchAdmission.Refusal(
                .requestTimedOut,
                "The topic's interceptor '\(link.use.monitor.name)' could not judge the batch: \(error). Try again.")
        case .badAnswer, .off: throw unavailable(link)
        }
    }

    /// Clients try again at this code, and do not look for another leader.
    private func unavailable(_ link: Link) -> BatchAdmission.Refusal {
        BatchAdmission.Refusal(
            .requestTimedOut,
            "The topic's interceptor '\(link.use.monitor.name)' does not work now; see the broker's health. Try again.")
    }
}

extension Record {
    /// Of what it holds.
    fileprivate var byteCountAtLeast: Int {
        var count = (key?.readableBytes ?? 0) + (value?.readableBytes ?? 0)
        for header in headers { count += header.key.utf8.count + (header.value?.readableBytes ?? 0) }
        return count
    }
}
