import BrokerRuntime
import NIOCore
import Testing

@Suite struct ListenFailureTests {
    private struct Odd: Error, CustomStringConvertible { let description = "odd" }

    @Test func `a socket that cannot be opened is told in the system's words alone`() {
        let error = IOError(errnoCode: 13, reason: "bind(descriptor:ptr:bytes:)")
        #expect(ListenFailure.reason(error) == "Permission denied")
        #expect(ListenFailure.reason(Odd()) == "odd")
    }
}
