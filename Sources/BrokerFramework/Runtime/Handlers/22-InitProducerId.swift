package import BrokerPluginAPI
import BrokerPrimitives
package import BrokerWire

/// Gives an idempotent producer its id. Transactional producers are not served yet and are told so.
package struct InitProducerIdHandler: APIHandler {
    package typealias Request = InitProducerIdRequest

    private let producerIDs: ProducerIDs

    package init(producerIDs: ProducerIDs) { self.producerIDs = producerIDs }

    package func actions(for request: InitProducerIdRequest) -> [AuthorizableAction] {
        if let id = request.transactionalID { return [.init(.write, on: .transactionalID, named: id)] }
        return [.cluster(.idempotentWrite)]
    }

    package func handle(_ request: InitProducerIdRequest, _ call: Call<InitProducerIdRequest>) {
        var response = InitProducerIdResponse(producerID: -1, producerEpoch: -1)
        if let id = request.transactionalID {
            let allowed = call.rights.allows(.init(.write, on: .transactionalID, named: id))
            // No error says "not implemented"; this one is fatal to the producer and true of what it asked for.
            response.errorCode =
                !allowed ? .transactionalIdAuthorizationFailed : id.isEmpty ? .invalidRequest : .unsupportedVersion
            return call.respond(response)
        }
        guard call.rights.allows(.cluster(.idempotentWrite)) else {
            response.errorCode = .clusterAuthorizationFailed
            return call.respond(response)
        }
        guard (request.producerID >= 0) == (request.producerEpoch >= 0) else {
            response.errorCode = .invalidRequest
            return call.respond(response)
        }
        producerIDs.next { [response] result in
            var response = response
            switch result {
            case .success(let id):
                response.producerID = id
                response.producerEpoch = 0
            case .failure: response.errorCode = .coordinatorNotAvailable
            }
            call.respond(response)
        }
    }
}
