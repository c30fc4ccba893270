internal import BrokerModel

/// Points in time as people write them, without a calendar library: UTC, and the Gregorian calendar at all times.
enum Timestamps {
    /// Reads milliseconds since 1970, or a date of ISO 8601: `2026-03-01`, `2026-03-01T12:30`, `…:15`, `…:15.250`,
    /// and `Z` or `+01:00` behind it; UTC if there is neither. Nil for anything else.
    static func parse(_ text: String) -> Timestamp? {
        if let number = Int64(text) { return number >= 0 ? number : nil }
        var scanner = Scanner(text)
        guard let year = scanner.digits(4), scanner.take("-"), let month = scanner.digits(2), scanner.take("-"),
            let day = scanner.digits(2), (1...12).contains(month), (1...days(in: month, of: year)).contains(day)
        else { return nil }
        var milliseconds = daysSince1970(year, month, day) * 86_400_000
        guard !scanner.isAtEnd else { return milliseconds }
        guard scanner.take("T") || scanner.take("t") || scanner.take(" "), let hour = scanner.digits(2), hour < 24,
            scanner.take(":"), let minute = scanner.digits(2), minute < 60
        else { return nil }
        milliseconds += (hour * 60 + minute) * 60_000
        if scanner.take(":") {
            guard let second = scanner.digits(2), second < 60 else { return nil }
            milliseconds += second * 1000
            if scanner.take(".") {
                guard let fraction = scanner.fraction() else { return nil }
                milliseconds += fraction
            }
        }
        guard let offset = scanner.zone(), scanner.isAtEnd else { return nil }
        return milliseconds - offset * 60_000
    }

    /// `2026-03-01T12:30:15.250Z`; years beyond four digits get as many as they need.
    static func format(_ timestamp: Timestamp) -> String {
        var days = timestamp / 86_400_000
        var rest = timestamp % 86_400_000
        if rest < 0 {
            rest += 86_400_000
            days -= 1
        }
        let (year, month, day) = date(daysSince1970: days)
        let time = "\(pad(rest / 3_600_000)):\(pad(rest / 60_000 % 60)):\(pad(rest / 1000 % 60)).\(pad(rest % 1000, 3))"
        let sign = year < 0 ? "-" : ""
        return "\(sign)\(pad(abs(year), 4))-\(pad(month))-\(pad(day))T\(time)Z"
    }

    private static func pad(_ number: Int64, _ width: Int = 2) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    private static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Counts from 1 March, so that the leap day is a year's last.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func date(daysSince1970 days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private struct Scanner {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = text[...].utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        private mutating func digit() -> Int64? {
            guard let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            rest.removeFirst()
            return Int64(byte - UInt8(ascii: "0"))
        }

        mutating func digits(_ count: Int) -> Int64? {
            var value: Int64 = 0
            for _ in 0..<count {
                guard let digit = digit() else { return nil }
                value = value * 10 + digit
            }
            return value
        }

        /// Digits of a second, as milliseconds; finer ones are dropped.
        mutating func fraction() -> Int64? {
            guard var value = digit() else { return nil }
            value *= 100
            for scale in [Int64(10), 1] { if let digit = digit() { value += digit * scale } else { return value } }
            while digit() != nil {}
            return value
        }

        /// Minutes east of UTC.
        mutating func zone() -> Int64? {
            if isAtEnd || take("Z") || take("z") { return 0 }
            let isEast = take("+")
            guard isEast || take("-"), let hours = digits(2), hours < 24 else { return nil }
            _ = take(":")
            var minutes: Int64 = 0
            if !isAtEnd {
                guard let value = digits(2), value < 60 else { return nil }
                minutes = value
            }
            return (isEast ? 1 : -1) * (hours * 60 + minutes)
        }
    }
}
