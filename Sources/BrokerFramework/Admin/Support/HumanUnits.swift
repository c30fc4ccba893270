/// Durations and sizes as people write them, for config keys that hold milliseconds or bytes.
enum HumanUnits {
    private static let durations: [(suffix: String, factor: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000),
    ]
    private static let sizes: [(suffix: String, factor: Int64)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("kB", 1000), ("KB", 1000),
        ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ]

    /// Milliseconds of `7d`, `90m`, `1h30m`, `250ms`; nil for anything else, a number without a unit too.
    static func milliseconds(_ text: String) -> Int64? {
        var total: Int64 = 0
        var rest = text[...]
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let unit = rest.dropFirst(digits.count).prefix { $0.isASCII && $0.isLetter }
            guard let number = Int64(digits), let factor = durations.first(where: { $0.suffix == unit })?.factor else {
                return nil
            }
            let (product, overflow) = number.multipliedReportingOverflow(by: factor)
            let (sum, overflows) = total.addingReportingOverflow(product)
            guard !overflow, !overflows else { return nil }
            total = sum
            rest = rest.dropFirst(digits.count + unit.count)
        }
        return total
    }

    /// Bytes of `512MiB` or `1GB`; nil for anything else, a number without a unit too.
    static func bytes(_ text: String) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let number = Int64(digits), let factor = sizes.first(where: { $0.suffix == unit })?.factor else {
            return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    /// `604800000` as `7d`, `90000` as `1m30s`.
    static func duration(_ milliseconds: Int64) -> String {
        guard milliseconds > 0 else { return "\(milliseconds)ms" }
        var rest = milliseconds
        var text = ""
        for (suffix, factor) in durations.dropLast().reversed() where rest >= factor {
            text += "\(rest / factor)\(suffix)"
            rest %= factor
        }
        return text
    }

    /// `1073741824` as `1 GiB`, with one digit behind the point where it is not whole.
    static func size(_ bytes: Int64) -> String {
        guard let unit = sizes[1...4].last(where: { bytes >= $0.factor }) else { return "\(bytes) B" }
        let tenths = bytes / unit.factor * 10 + bytes % unit.factor * 10 / unit.factor
        return tenths % 10 == 0 ? "\(tenths / 10) \(unit.suffix)" : "\(tenths / 10).\(tenths % 10) \(unit.suffix)"
    }

    /// A config's value with units made into the number that Kafka takes; any other as it is.
    static func plain(_ value: String, for key: String) -> String {
        if key.hasSuffix(".ms"), let number = milliseconds(value) { return "\(number)" }
        if key.hasSuffix(".bytes"), let number = bytes(value) { return "\(number)" }
        return value
    }

    /// How to write a value that is neither a number nor one with a unit; nil if it may be right.
    ///
    /// A unit that is spelled out is understood here, to say what it is short for.
    static func advice(_ value: String, for key: String) -> String? {
        let isTime = key.hasSuffix(".ms")
        guard isTime || key.hasSuffix(".bytes"), Int64(value) == nil else { return nil }
        let digits = value.prefix { $0.isASCII && $0.isNumber }
        let unit = value.dropFirst(digits.count).drop { $0 == " " }.lowercased()
        let units =
            isTime
            ? ["ms": "mil", "s": "s", "m": "mi", "h": "h", "d": "d", "w": "w"]
            : ["B": "b", "KiB": "k", "MiB": "m", "GiB": "g", "TiB": "t"]
        let meant = units.filter { unit.hasPrefix($0.value) }.max { $0.value.count < $1.value.count }?.key
        let example = digits.isEmpty ? nil : meant.map { "\(digits)\($0)" }
        let known = isTime ? "ms, s, m, h, d and w" : "B, KiB, MiB, GiB, TiB, kB, MB, GB and TB"
        return (example.map { "Write '\(key)=\($0)'. " } ?? "") + "The units are \(known)."
    }

    /// What a config's value means, in words; nil if it says so itself.
    static func meaning(_ value: String, of key: String) -> String? {
        guard let number = Int64(value), key.hasSuffix(".ms") || key.hasSuffix(".bytes") else { return nil }
        if number == .max { return "no limit" }
        if key.hasSuffix(".bytes") { return number >= 1024 ? size(number) : nil }
        return number >= 1000 ? duration(number) : nil
    }
}
