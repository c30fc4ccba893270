import BrokerMetadata
import Testing

/// Java's rules for `.properties`, by examples worked out from its documentation.
struct PropertiesTests {
    @Test(arguments: [
        ("a=b", ["a": "b"]),
        ("a:b", ["a": "b"]),
        ("a b", ["a": "b"]),
        ("  a  =  b  ", ["a": "b  "]),
        ("a\t:\tb", ["a": "b"]),
        ("a==b", ["a": "=b"]),
        ("a = = b", ["a": "= b"]),
        ("a", ["a": ""]),
        ("a=", ["a": ""]),
        ("=b", ["": "b"]),
        ("", [:]),
        ("\n\n  \n", [:]),
        ("a=1\na=2", ["a": "2"]),
        ("a=1\r\nb=2\rc=3\n", ["a": "1", "b": "2", "c": "3"]),
        ("listeners=PLAINTEXT://:9092", ["listeners": "PLAINTEXT://:9092"]),
    ])
    func `keys and values are told apart`(text: String, expected: [String: String]) {
        #expect(Properties.parse(text) == expected)
    }

    @Test(arguments: [
        ("# a=b", [:]),
        ("! a=b", [:]),
        ("   # a=b", [:]),
        ("a=b # c", ["a": "b # c"]),
        ("# a \\\nb=c", ["b": "c"]),
        ("a=#b", ["a": "#b"]),
    ])
    func `a comment is a whole line`(text: String, expected: [String: String]) {
        #expect(Properties.parse(text) == expected)
    }

    @Test(arguments: [
        ("a=b\\\n   c", ["a": "bc"]),
        ("a=b,\\\r\n  c,\\\n  d", ["a": "b,c,d"]),
        ("a\\\nb=c", ["ab": "c"]),
        ("a=b\\\\\nc=d", ["a": "b\\", "c": "d"]),
        ("a=b\\\n# c", ["a": "b# c"]),
        ("a=b\\", ["a": "b"]),
        ("a=b\\\n\nc=d", ["a": "b", "c": "d"]),
    ])
    func `an odd number of backslashes continues a line`(text: String, expected: [String: String]) {
        #expect(Properties.parse(text) == expected)
    }

    @Test(arguments: [
        ("a\\ b=c", ["a b": "c"]),
        ("a\\=b=c", ["a=b": "c"]),
        ("a\\:b:c", ["a:b": "c"]),
        ("a=\\t\\n\\r\\f\\\\", ["a": "\t\n\r\u{0C}\\"]),
        ("a=\\q", ["a": "q"]),
        ("a=\\ b", ["a": " b"]),
        ("a=\\u0041\\u00e9", ["a": "Aé"]),
        ("a=\\uD83D\\uDE00!", ["a": "😀!"]),
        ("\\u0061=b", ["a": "b"]),
    ])
    func `escapes are read as Java reads them`(text: String, expected: [String: String]) {
        #expect(Properties.parse(text) == expected)
    }

    @Test(arguments: [
        ("größe=日本", ["größe": "日本"]),
        ("a=\u{301}b", ["a": "\u{301}b"]),
        ("a=b\u{2028}c\u{85}d", ["a": "b\u{2028}c\u{85}d"]),
        ("a=\u{A0}b", ["a": "\u{A0}b"]),
        ("a\u{0C}b", ["a": "b"]),
    ])
    func `only Java's blanks and line ends mean anything`(text: String, expected: [String: String]) {
        let parsed = Properties.parse(text)
        #expect(parsed.mapValues { Array($0.unicodeScalars) } == expected.mapValues { Array($0.unicodeScalars) })
    }
}
