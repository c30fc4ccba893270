/// Writes the files that list all messages: `APIKey`, the record families, the registry.
struct IndexCode {
    let schemas: [Schema]

    func apiKey(to code: inout CodeWriter) {
        let apis = schemas.compactMap { schema -> (schema: Schema, key: Int, listeners: [String], unstable: Int16?)? in
            guard case .api(let key, let listeners, let unstable) = schema.kind else { return nil }
            return (schema, key, listeners, unstable)
        }
        code.line("/// The APIs of the Kafka protocol that have a valid version.")
        code.block("public enum APIKey: Int16, CaseIterable, Sendable") { code in
            for api in apis { code.line("case \(Names.member(api.schema.name)) = \(api.key)") }
        }
        code.line()
        code.block("extension APIKey") { code in
            func table(_ head: String, _ documentation: String, _ value: @escaping (Schema, Int16?, [String]) -> String)
            {
                code.line("/// \(documentation)")
                code.block(head) { code in
                    code.line("switch self {")
                    for api in apis {
                        code.line(
                            "case .\(Names.member(api.schema.name)): \(value(api.schema, api.unstable, api.listeners))")
                    }
                    code.line("}")
                }
                code.line()
            }
            table("public var name: String", "Kafka's name.") { schema, _, _ in "\"\(schema.name)\"" }
            table("public var firstVersion: Int16", "The oldest version.") { schema, _, _ in "\(schema.versions.first)"
            }
            table("public var lastVersion: Int16", "The newest version, stable or not.") { schema, _, _ in
                "\(schema.versions.last)"
            }
            table(
                "public var lastStableVersion: Int16", "The newest version that is advertised without being asked for."
            ) {
                schema, unstable, _ in "\(unstable.map { $0 - 1 } ?? schema.versions.last)"
            }
            table(
                "public var firstFlexibleVersion: Int16?", "The first version with compact lengths and tagged fields."
            ) {
                schema, _, _ in schema.firstFlexible.map(String.init) ?? "nil"
            }
            code.line("/// Which listeners of a KRaft cluster answer this API.")
            code.block("public var listeners: Listeners") { code in
                code.line("switch self {")
                for api in apis {
                    let list = api.listeners.sorted().map { ".\($0)" }.joined(separator: ", ")
                    code.line("case .\(Names.member(api.schema.name)): [\(list)]")
                }
                code.line("}")
            }
        }
    }

    func metadataRecord(to code: inout CodeWriter) {
        let records = schemas.compactMap { schema -> (name: String, member: String)? in
            guard case .metadata = schema.kind else { return nil }
            let stem = schema.name.hasSuffix("Record") ? String(schema.name.dropLast(6)) : schema.name
            return (schema.name, Names.member(stem))
        }
        code.line("/// Any record of the metadata log.")
        code.block("public enum MetadataRecord: Equatable, Sendable") { code in
            for record in records { code.line("case \(record.member)(\(record.name))") }
        }
        code.line()
        code.block("extension MetadataRecord") { code in
            code.line("/// The record inside.")
            code.block("public var content: any WireMetadataRecord") { code in
                code.line("switch self {")
                for record in records { code.line("case .\(record.member)(let record): record") }
                code.line("}")
            }
            code.line()
            code.line("/// The type to decode for a record type's number, or nil when there is none.")
            code.block("package static func type(_ number: UInt32) -> (any WireMetadataRecord.Type)?") { code in
                code.line("switch number {")
                for record in records { code.line("case \(record.name).recordType: \(record.name).self") }
                code.line("default: nil")
                code.line("}")
            }
            code.line()
            code.block(
                "package init?(type number: UInt32, version: Int16, from reader: inout WireReader) throws(WireError)"
            ) { code in
                code.line("switch number {")
                for record in records {
                    code.line("case \(record.name).recordType:")
                    code.indented {
                        $0.line("self = .\(record.member)(try \(record.name)(from: &reader, version: version))")
                    }
                }
                code.line("default: return nil")
                code.line("}")
            }
        }
    }

    func coordinatorRecord(family: String, type: String, to code: inout CodeWriter) {
        let records = schemas.compactMap { schema -> (stem: String, member: String)? in
            guard case .coordinator(family, _) = schema.kind else { return nil }
            return (schema.name, Names.member(schema.name))
        }
        code.line("/// Any record of a \(family) coordinator; a value of nil deletes what the key names.")
        code.block("public enum \(type): Equatable, Sendable") { code in
            for record in records { code.line("case \(record.member)(\(record.stem)Key, \(record.stem)Value?)") }
            code.line("/// A record of a type this version does not know.")
            code.line("case unknown(type: Int16)")
        }
        code.line()
        code.block("extension \(type): WireCoordinatorRecord") { code in
            code.block("public init(key: ByteBuffer, value: ByteBuffer?) throws(WireError)") { code in
                code.line("let type = try CoordinatorRecordFrame.recordType(ofKey: key)")
                code.line("switch type {")
                for record in records {
                    code.line("case \(record.stem)Key.recordType:")
                    code.indented {
                        $0.line("self = .\(record.member)(")
                        $0.indented {
                            $0.line("try CoordinatorRecordFrame.decodeKey(\(record.stem)Key.self, key),")
                            $0.line("try CoordinatorRecordFrame.decodeValue(\(record.stem)Value.self, value))")
                        }
                    }
                }
                code.line("default: self = .unknown(type: type)")
                code.line("}")
            }
            code.line()
            code.block("public func encodedKey() throws(WireError) -> ByteBuffer") { code in
                code.line("switch self {")
                for record in records {
                    code.line("case .\(record.member)(let key, _): try CoordinatorRecordFrame.encodeKey(key)")
                }
                code.line("case .unknown(let type): throw CoordinatorRecordFrame.unknownType(type)")
                code.line("}")
            }
            code.line()
            code.block("public func encodedValue(version: Int16) throws(WireError) -> ByteBuffer?") { code in
                code.line("switch self {")
                for record in records {
                    code.line("case .\(record.member)(_, let value):")
                    code.indented {
                        $0.line("try CoordinatorRecordFrame.encodeValue(value, version: version)")
                    }
                }
                code.line("case .unknown(let type): throw CoordinatorRecordFrame.unknownType(type)")
                code.line("}")
            }
        }
    }

    func registry(to code: inout CodeWriter) {
        code.line("/// Every message, for tools that treat them all alike.")
        code.block("public enum WireRegistry") { code in
            code.line("public static let messages: [any WireMessage.Type] = [")
            code.indented { code in
                for message in schemas.flatMap(\.messages) { code.line("\(message.name).self,") }
            }
            code.line("]")
        }
    }

    func throttledResponses(to code: inout CodeWriter) {
        let throttled = schemas.flatMap(\.messages).filter { message in
            message.role == .response && message.fields.contains { $0.name == "ThrottleTimeMs" }
        }
        for message in throttled { code.line("extension \(message.name): ThrottledResponse {}") }
    }

    func topLevelErrorResponses(to code: inout CodeWriter) {
        let failing = schemas.flatMap(\.messages).filter { message in
            message.role == .response && message.fields.contains { $0.name == "ErrorCode" }
        }
        for message in failing {
            code.block("extension \(message.name): TopLevelErrorResponse") {
                $0.line("public init(topLevelError: ErrorCode) { self.init(errorCode: topLevelError) }")
            }
        }
    }
}
