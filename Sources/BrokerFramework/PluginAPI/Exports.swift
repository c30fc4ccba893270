// Records, offsets and byte buffers stand in the protocols' signatures: one import brings a plug-in's author all of them.
@_exported public import BrokerModel
@_exported public import NIOCore
