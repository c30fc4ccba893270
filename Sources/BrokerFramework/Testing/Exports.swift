// Whoever writes tests names error codes, APIs, requests and clients all the time; one import brings them.
@_exported public import BrokerClient
@_exported public import BrokerModel
@_exported public import BrokerPrimitives
@_exported public import BrokerWire
