import BrokerMetadata
import BrokerPrimitives
import BrokerWire
import NIOCore
import Testing

/// Records that are kept for a version of the broker that acts on them must survive a snapshot.
struct KeptRecordTests {
    static let pairs: [(set: MetadataRecord, other: MetadataRecord, removal: MetadataRecord?)] = [
        (
            .accessControlEntry(
                AccessControlEntryRecord(id: id(1), resourceType: 2, resourceName: "t", principal: "User:a", host: "*")),
            .accessControlEntry(AccessControlEntryRecord(id: id(2), resourceType: 2, resourceName: "t")),
            .removeAccessControlEntry(RemoveAccessControlEntryRecord(id: id(1)))
        ),
        (
            .userScramCredential(
                UserScramCredentialRecord(
                    name: "a", mechanism: 1, salt: ByteBuffer(string: "s"), storedKey: ByteBuffer(string: "k"),
                    serverKey: ByteBuffer(string: "v"), iterations: 4096)),
            .userScramCredential(UserScramCredentialRecord(name: "a", mechanism: 2)),
            .removeUserScramCredential(RemoveUserScramCredentialRecord(name: "a", mechanism: 1))
        ),
        (
            .clientQuota(
                ClientQuotaRecord(
                    entity: [.init(entityType: "user", entityName: "a")], key: "producer_byte_rate", value: 5)),
            .clientQuota(
                ClientQuotaRecord(
                    entity: [.init(entityType: "user", entityName: nil)], key: "producer_byte_rate", value: 6)),
            .clientQuota(
                ClientQuotaRecord(
                    entity: [.init(entityType: "user", entityName: "a")], key: "producer_byte_rate", remove: true))
        ),
        (
            .delegationToken(DelegationTokenRecord(owner: "User:a", renewers: ["User:b"], tokenID: "x")),
            .delegationToken(DelegationTokenRecord(owner: "User:a", tokenID: "y")),
            .removeDelegationToken(RemoveDelegationTokenRecord(tokenID: "x"))
        ),
        (
            .registerController(RegisterControllerRecord(controllerID: 1, incarnationID: id(9))),
            .registerController(RegisterControllerRecord(controllerID: 2, incarnationID: id(8))), nil
        ),
    ]

    @Test(arguments: pairs.indices)
    func `what is kept survives a snapshot`(index: Int) throws {
        let pair = Self.pairs[index]
        let image = try MetadataImage().applying([pair.set, pair.other]).image
        #expect(image.records.count == 2)
        #expect(image.records.contains(pair.set) && image.records.contains(pair.other))
        let reloaded = try MetadataImage().applying(image.records).image
        #expect(reloaded.records == image.records)
    }

    @Test(arguments: pairs.indices)
    func `a removal takes back its own record only`(index: Int) throws {
        let pair = Self.pairs[index]
        guard let removal = pair.removal else { return }
        let image = try MetadataImage().applying([pair.set, pair.other, removal, removal]).image
        #expect(image.records == [pair.other])
    }

    @Test func `a later record of the same key takes the earlier one's place`() throws {
        let image = try MetadataImage().applying([
            .registerController(RegisterControllerRecord(controllerID: 1, incarnationID: id(1))),
            .registerController(RegisterControllerRecord(controllerID: 1, incarnationID: id(2))),
        ]).image
        #expect(
            image.records == [.registerController(RegisterControllerRecord(controllerID: 1, incarnationID: id(2)))])
    }

    @Test func `the order of a quota's entities does not matter`() throws {
        let (user, client) = (
            ClientQuotaRecord.EntityData(entityType: "user", entityName: "a"),
            ClientQuotaRecord.EntityData(entityType: "client-id", entityName: "c")
        )
        let image = try MetadataImage().applying([
            .clientQuota(ClientQuotaRecord(entity: [user, client], key: "k", value: 1)),
            .clientQuota(ClientQuotaRecord(entity: [client, user], key: "k", value: 2)),
        ]).image
        #expect(image.records == [.clientQuota(ClientQuotaRecord(entity: [client, user], key: "k", value: 2))])
    }
}
