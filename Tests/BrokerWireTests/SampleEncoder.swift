import ProtocolGenerator

/// A small seeded generator (SplitMix64), so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
    mutating func chance(_ part: Int, of whole: Int) -> Bool { below(whole) < part }
}

/// Writes random messages straight from their schema. It shares nothing with `WireWriter`: it is the other opinion about
/// what the bytes must be.
struct SampleEncoder {
    let message: Message
    let version: Int16
    var generator: SeededGenerator
    private(set) var bytes: [UInt8] = []

    private var flexible: Bool { message.isFlexible(version) }

    static func sample(_ message: Message, version: Int16, seed: UInt64) -> [UInt8] {
        var encoder = SampleEncoder(message: message, version: version, generator: SeededGenerator(seed: seed))
        encoder.structure(message.fields, depth: 0, random: true)
        return encoder.bytes
    }

    private init(message: Message, version: Int16, generator: SeededGenerator) {
        self.message = message
        self.version = version
        self.generator = generator
    }

    private mutating func big(_ value: UInt64, _ count: Int) {
        for index in (0..<count).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> (UInt64(index) * 8))) }
    }

    private mutating func varint(_ value: Int) {
        var rest = value
        while rest > 127 {
            bytes.append(UInt8(rest % 128) + 128)
            rest /= 128
        }
        bytes.append(UInt8(rest))
    }

    private mutating func length(_ value: Int?, compact: Bool, width: Int) {
        if compact { varint(value.map { $0 + 1 } ?? 0) } else { big(UInt64(bitPattern: Int64(value ?? -1)), width) }
    }

    private mutating func structure(_ fields: [Field], depth: Int, random: Bool) {
        for field in fields where field.tag == nil && field.versions.contains(version) {
            value(field, depth: depth, random: random)
        }
        if flexible { tags(fields, depth: depth, random: random) }
    }

    /// Known fields that differ from their default, and some nobody knows, in the order of their numbers.
    private mutating func tags(_ fields: [Field], depth: Int, random: Bool) {
        var entries: [Int: [UInt8]] = [:]
        if random {
            for field in fields {
                guard let tag = field.tag, field.versions.contains(version), generator.chance(2, of: 3) else {
                    continue
                }
                let content = apart { $0.value(field, depth: depth + 1, random: true) }
                if content != apart({ $0.value(field, depth: depth + 1, random: false) }) { entries[tag] = content }
            }
            let taken = Set(fields.compactMap(\.tag))
            for _ in 0..<(generator.chance(1, of: 4) ? 1 + generator.below(3) : 0) {
                let tag = generator.chance(1, of: 4) ? 100 + generator.below(100_000) : generator.below(12)
                if taken.contains(tag) { continue }
                entries[tag] = raw(generator.chance(1, of: 10) ? 200 : generator.below(4))
            }
        }
        varint(entries.count)
        for (tag, content) in entries.sorted(by: { $0.key < $1.key }) {
            varint(tag)
            varint(content.count)
            bytes += content
        }
    }

    /// What `body` writes, without adding it.
    private mutating func apart(_ body: (inout SampleEncoder) -> Void) -> [UInt8] {
        let before = bytes
        bytes = []
        body(&self)
        defer { bytes = before }
        return bytes
    }

    private mutating func raw(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(generator.below(256)) } }

    private mutating func value(_ field: Field, depth: Int, random: Bool) {
        let compact = flexible && !field.isRigid
        if let nullable = field.nullable, nullable.contains(version) {
            let isNull =
                random
                ? generator.chance(1, of: 4)
                : field.defaultText == "null" || field.type == .primitive(.records)
            if isNull { return null(field.type, compact: compact) }
            if case .structure = field.type { bytes.append(1) }
        }
        content(field, field.type, compact: compact, depth: depth, random: random)
    }

    private mutating func null(_ type: FieldType, compact: Bool) {
        switch type {
        case .structure: bytes.append(0xFF)
        case .primitive(.string): length(nil, compact: compact, width: 2)
        default: length(nil, compact: compact, width: 4)
        }
    }

    private mutating func content(_ field: Field, _ type: FieldType, compact: Bool, depth: Int, random: Bool) {
        switch type {
        case .primitive(let primitive): self.primitive(primitive, field, compact: compact, random: random)
        case .structure(let name):
            structure(message.structure(named: name)?.fields ?? [], depth: depth + 1, random: random)
        case .array(let element):
            var count = random ? generator.below(depth > 3 ? 2 : 4) : 0
            if random, case .primitive = element, generator.chance(1, of: 20) { count = 130 }
            length(count, compact: compact, width: 4)
            for _ in 0..<count { content(field, element, compact: compact, depth: depth, random: true) }
        }
    }

    private static let words = ["", "a", "topic-7", "Ärger", "日本語のトピック", "__consumer_offsets"]

    private mutating func primitive(_ primitive: Primitive, _ field: Field, compact: Bool, random: Bool) {
        let written = field.defaultText.flatMap { Int64($0) } ?? (field.defaultText == "true" ? 1 : 0)
        let number = random && generator.chance(4, of: 5) ? generator.next() : UInt64(bitPattern: written)
        switch primitive {
        case .bool: bytes.append(UInt8(number & 1))
        case .int8: big(number, 1)
        case .int16, .uint16: big(number, 2)
        case .int32: big(number, 4)
        case .int64: big(number, 8)
        // Never an infinity or NaN: NaN is not equal to itself.
        case .float64: big(number & 0xBFFF_FFFF_FFFF_FFFF, 8)
        case .uuid: for _ in 0..<2 { big(random ? generator.next() : 0, 8) }
        case .string:
            var text = random ? Self.words[generator.below(Self.words.count)] : ""
            if random, generator.chance(1, of: 20) { text = String(repeating: "long ", count: 60) }
            length(text.utf8.count, compact: compact, width: 2)
            bytes += Array(text.utf8)
        case .bytes, .records:
            let content = random ? raw(generator.chance(1, of: 20) ? 300 : generator.below(20)) : []
            length(content.count, compact: compact, width: 4)
            bytes += content
        }
    }
}
