/// A number of bytes, written as `1048576`, `512KiB`, `16MiB`, `2GiB` or, in thousands, `5MB`.
public struct ByteCount: Hashable, Comparable, Sendable {
    public var bytes: Int64

    public init(_ bytes: Int64) { self.bytes = bytes }

    public static func < (left: ByteCount, right: ByteCount) -> Bool { left.bytes < right.bytes }
}

/// A share, written as `25%` or `0.25`.
public struct Percent: Hashable, Comparable, Sendable {
    /// From 0 to 1.
    public var fraction: Double

    /// - Parameter fraction: is brought into 0…1.
    public init(_ fraction: Double) { self.fraction = min(1, max(0, fraction)) }

    public static func < (left: Percent, right: Percent) -> Bool { left.fraction < right.fraction }
}

/// What stands between a number and its unit.
enum Quantity {
    /// The number that `text` stands for in the smallest unit; nil if it is not one or too large.
    static func parse(_ text: String, units: [(suffix: String, factor: Int64)]) -> Int64? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text.dropFirst(digits.count).drop { $0 == " " }
        guard let number = Int64(digits) else { return nil }
        if suffix.isEmpty { return number }
        guard let unit = units.first(where: { $0.suffix == suffix }) else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.factor)
        return overflow ? nil : product
    }

    /// In the largest unit that leaves no rest. The units come largest first.
    static func text(_ number: Int64, units: [(suffix: String, factor: Int64)]) -> String {
        guard number != 0, let unit = units.first(where: { number % $0.factor == 0 }) else { return String(number) }
        return "\(number / unit.factor)\(unit.suffix)"
    }
}

extension ByteCount: ConfigKeyValue {
    private static let units: [(suffix: String, factor: Int64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1),
    ]
    private static let written = units.filter { $0.suffix.hasSuffix("iB") }

    public static var configType: ConfigType { .string }
    public static var expectation: String { "a number of bytes (512KiB, 16MiB)" }
    public init?(configText: String) {
        guard let bytes = Quantity.parse(configText, units: Self.units) else { return nil }
        self.init(bytes)
    }
    public var configText: String { Quantity.text(bytes, units: Self.written) }
}

extension Percent: ConfigKeyValue {
    public static var configType: ConfigType { .string }
    public static var expectation: String { "a share of at most 100% (25%, 0.25)" }
    public init?(configText: String) {
        let isPercent = configText.hasSuffix("%")
        guard let number = Double(isPercent ? String(configText.dropLast()) : configText),
            (0...(isPercent ? 100 : 1)).contains(number)
        else { return nil }
        self.init(isPercent ? number / 100 : number)
    }
    public var configText: String {
        let percent = fraction * 100
        return percent == percent.rounded() ? "\(Int(percent))%" : String(fraction)
    }
}

/// Written as `500ms`, `30s`, `15m`, `12h`, `7d`; a number alone counts milliseconds.
extension Duration: ConfigKeyValue {
    private static let units: [(suffix: String, factor: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    public static var configType: ConfigType { .string }
    public static var expectation: String { "a duration (7d, 30s, 500ms)" }
    public init?(configText: String) {
        guard let milliseconds = Quantity.parse(configText, units: Self.units) else { return nil }
        self = .milliseconds(milliseconds)
    }
    public var configText: String { Quantity.text(wholeMilliseconds, units: Self.units) }

    /// In milliseconds; what is beyond 64 bits becomes the largest number.
    public var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (milliseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        return overflow ? (seconds < 0 ? .min : .max) : milliseconds &+ attoseconds / 1_000_000_000_000_000
    }
}
