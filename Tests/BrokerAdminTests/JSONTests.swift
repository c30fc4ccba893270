import Testing

@testable import BrokerAdmin

@Suite struct JSONTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-1", "9223372036854775807", "[]", "{}", #"[1,"a",null]"#,
        #"{"a":{"b":[{}]},"c":"\"\\\n\t\u0001"}"#, #""é😀""#,
    ])
    func `what is written is read, and written the same again`(text: String) throws {
        #expect("\(try JSONParser.parse(text.utf8))" == text)
    }

    @Test func `escapes and surrogates are read`() throws {
        #expect(try JSONParser.parse(#""A\ud83d\ude00\/\b\f""#.utf8) == .string("A😀/\u{8}\u{C}"))
        #expect(try JSONParser.parse(" [ 1.5e3 , -0.25 ] ".utf8) == .array([.number(1500), .number(-0.25)]))
    }

    @Test(arguments: [
        "", " ", "nul", "[1,]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "01", "1.", "-", "\"a", "\"\u{1}\"", #""\x""#,
        #""\ud83d""#, #""\ud83dA""#, "[1] 2", "+1", "'a'", "1e", "NaN",
    ])
    func `what is not JSON is refused`(text: String) {
        #expect(throws: JSONError.self) { try JSONParser.parse(text.utf8) }
    }

    @Test func `deep nesting is refused rather than followed`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.self) { try JSONParser.parse(deep.utf8) }
    }

    @Test func `strings must be UTF-8`() {
        #expect(throws: JSONError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
    }

    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy"),
    ])
    func `base64 is that of RFC 4648`(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
    }

    @Test(arguments: ["Z", "Zg=", "Z===", "Zg==Zg==", "Zm 9", "Zm9_"])
    func `what is not base64 is refused`(text: String) { #expect(Base64.decode(text) == nil) }
}
