"""A Kafka connection small enough to be obviously right: frames, headers, and messages described as text.

It is written apart from every client and from the broker, so that a mistake shared by them does not hide here.
A message is described by fields `name:type`, with these marks behind the type:

    ?        may be null
    |3+      only in versions 3 and later; |-12 up to 12; |7-12 from 7 to 12
    @0       a tagged field with tag 0 (in flexible versions)
    =-1      written when the caller gives no value (else 0, "", [] or null)

Types: bool i8 i16 u16 i32 i64 f64 uuid string bytes, `*type` for an array of them, `[...]` for an array of structures
and `{...}` for one structure.
"""
import itertools
import re
import socket
import struct
import time
from dataclasses import dataclass, field

INTEGERS = {"bool": ">?", "i8": ">b", "i16": ">h", "u16": ">H", "i32": ">i", "i64": ">q", "f64": ">d"}


class Row(dict):
    """A decoded structure; its fields can be read as attributes."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass
class Field:
    name: str
    type: str
    fields: list = None
    nullable: bool = False
    first: int = 0
    last: int = 99
    tag: int = None
    default: object = None

    def within(self, version):
        return self.first <= version <= self.last


TOKEN = re.compile(r"\s*(?:(?P<close>[\]}])|(?P<name>\w+):(?:(?P<open>[\[{])|(?P<type>\*?\w+)))")
MARK = re.compile(r"(\?)|\|(\d*)(-|\+)(\d*)|@(\d+)|=(-?\w+)")


def parse(text):
    def marks(entry, at):
        while match := MARK.match(text, at):
            null, first, sign, last, tag, default = match.groups()
            if null:
                entry.nullable = True
            if sign:
                entry.first = int(first or 0)
                entry.last = int(last) if last else 99
            if tag is not None:
                entry.tag = int(tag)
            if default is not None:
                entry.default = int(default)
            at = match.end()
        return at

    def fields(at):
        found = []
        while at < len(text) and (match := TOKEN.match(text, at)):
            at = match.end()
            if match["close"]:
                return found, at
            entry = Field(match["name"], match["type"] or match["open"])
            if match["open"]:
                entry.fields, at = fields(at)
            at = marks(entry, at)
            found.append(entry)
        if text[at:].strip():
            raise ValueError(f"cannot read the description at: {text[at:]}")
        return found, at

    return fields(0)[0]


@dataclass
class Api:
    name: str
    key: int
    flexible: int
    request: list
    response: list

    def __init__(self, name, key, flexible, request, response):
        self.name, self.key, self.flexible = name, key, flexible
        self.request, self.response = parse(request), parse(response)


# --- writing

def unsigned_varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def count(value, flexible):
    """The length before an array; None is null."""
    if flexible:
        return unsigned_varint(0 if value is None else value + 1)
    return struct.pack(">i", -1 if value is None else value)


def write_value(kind, value, flexible):
    if kind in INTEGERS:
        return struct.pack(INTEGERS[kind], value)
    if kind == "uuid":
        return value
    if isinstance(value, str):
        value = value.encode()
    if flexible:
        return unsigned_varint(0) if value is None else unsigned_varint(len(value) + 1) + value
    prefix = ">h" if kind == "string" else ">i"
    return struct.pack(prefix, -1) if value is None else struct.pack(prefix, len(value)) + value


def default_of(entry):
    if entry.default is not None:
        return entry.default
    if entry.nullable:
        return None
    if entry.type == "[" or entry.type.startswith("*"):
        return []
    return {"string": "", "bytes": b"", "uuid": bytes(16), "{": {}}.get(entry.type, 0)


def write_field(entry, value, version, flexible):
    if entry.type == "[":
        out = count(None if value is None else len(value), flexible)
        return out + b"".join(write(entry.fields, row, version, flexible) for row in value or [])
    if entry.type == "{":
        if entry.nullable and value is None:
            return b"\xff"
        return (b"\x01" if entry.nullable else b"") + write(entry.fields, value, version, flexible)
    if entry.type.startswith("*"):
        out = count(None if value is None else len(value), flexible)
        return out + b"".join(write_value(entry.type[1:], item, flexible) for item in value or [])
    return write_value(entry.type, value, flexible)


def write(fields, values, version, flexible):
    unknown = set(values) - {entry.name for entry in fields}
    if unknown:
        raise KeyError(f"no such field: {unknown}")
    out, tagged = bytearray(), []
    for entry in fields:
        if not entry.within(version):
            continue
        if entry.tag is not None:
            if entry.name in values:
                tagged.append((entry.tag, write_field(entry, values[entry.name], version, True)))
            continue
        value = values[entry.name] if entry.name in values else default_of(entry)
        out += write_field(entry, value, version, flexible)
    if flexible:
        out += unsigned_varint(len(tagged))
        for tag, content in sorted(tagged):
            out += unsigned_varint(tag) + unsigned_varint(len(content)) + content
    return bytes(out)


def request_bytes(api, version, correlation, values, client_id="wire"):
    """Header and body, without the frame's length."""
    flexible = version >= api.flexible
    header = struct.pack(">hhi", api.key, version, correlation) + write_value("string", client_id, False)
    return header + (b"\0" if flexible else b"") + write(api.request, values, version, flexible)


def framed(payload):
    return struct.pack(">i", len(payload)) + payload


# --- reading

class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        if self.at + size > len(self.data):
            raise ValueError(f"answer ends at {len(self.data)}, wanted {size} bytes from {self.at}")
        piece = self.data[self.at:self.at + size]
        self.at += size
        return piece

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def unsigned_varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def varint(self):
        value = self.unsigned_varint()
        return (value >> 1) ^ -(value & 1)

    def count(self, flexible):
        number = self.unsigned_varint() - 1 if flexible else self.number(">i")
        return None if number < 0 else number

    def value(self, kind, flexible):
        if kind in INTEGERS:
            return self.number(INTEGERS[kind])
        if kind == "uuid":
            return self.take(16)
        if flexible:
            size = self.unsigned_varint() - 1
        else:
            size = self.number(">h" if kind == "string" else ">i")
        if size < 0:
            return None
        content = self.take(size)
        return content.decode() if kind == "string" else content

    def field(self, entry, version, flexible):
        if entry.type == "{":
            if entry.nullable and self.number(">b") < 0:
                return None
            return self.row(entry.fields, version, flexible)
        if entry.type == "[" or entry.type.startswith("*"):
            number = self.count(flexible)
            if number is None:
                return None
            if entry.type == "[":
                return [self.row(entry.fields, version, flexible) for _ in range(number)]
            return [self.value(entry.type[1:], flexible) for _ in range(number)]
        return self.value(entry.type, flexible)

    def row(self, fields, version, flexible):
        row = Row()
        present = [entry for entry in fields if entry.within(version)]
        for entry in present:
            if entry.tag is None:
                row[entry.name] = self.field(entry, version, flexible)
        if flexible:
            known = {entry.tag: entry for entry in present if entry.tag is not None}
            last = -1
            for _ in range(self.unsigned_varint()):
                tag, size = self.unsigned_varint(), self.unsigned_varint()
                assert tag > last, "tags must rise"
                last, content = tag, Reader(self.take(size))
                if tag in known:
                    row[known[tag].name] = content.field(known[tag], version, True)
        return row


# --- talking

class Closed(Exception):
    """The broker closed the connection."""


@dataclass
class Connection:
    host: str
    port: int
    timeout: float = 10.0
    client_id: str = "wire"
    correlations: object = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self):
        self.socket = socket.create_connection((self.host, self.port), timeout=self.timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, api, version, **values):
        """Sends one request and gives its correlation id; the answer is to be received later."""
        correlation = next(self.correlations)
        self.write(framed(request_bytes(api, version, correlation, values, self.client_id)))
        return correlation

    def write(self, data):
        try:
            self.socket.sendall(data)
        except (ConnectionError, BrokenPipeError) as error:
            raise Closed(str(error)) from None

    def frame(self):
        """The next answer's bytes after its length. Raises `Closed` at the end, `TimeoutError` when none comes."""
        size = struct.unpack(">i", self.exactly(4))[0]
        return self.exactly(size)

    def exactly(self, size):
        chunks, missing = [self.pending], size - len(self.pending)
        while missing > 0:
            try:
                chunk = self.socket.recv(max(missing, 65536))
            except ConnectionError as error:
                raise Closed(str(error)) from None
            except TimeoutError:
                self.pending = b"".join(chunks)
                raise
            if not chunk:
                raise Closed("end of stream")
            chunks.append(chunk)
            missing -= len(chunk)
        data = b"".join(chunks)
        self.pending = data[size:]
        return data[:size]

    def receive(self, api, version):
        """The next answer as (correlation id, body); everything in it must be understood."""
        reader = Reader(self.frame())
        correlation = reader.number(">i")
        flexible = version >= api.flexible
        if flexible and api.key != 18:
            assert reader.unsigned_varint() == 0, "tags in the answer's header"
        body = reader.row(api.response, version, flexible)
        assert reader.at == len(reader.data), f"{len(reader.data) - reader.at} bytes left in {api.name} v{version}"
        return correlation, body

    def call(self, api, version, **values):
        correlation = self.send(api, version, **values)
        answered, body = self.receive(api, version)
        assert answered == correlation, f"answer to {answered}, asked {correlation}"
        return body

    def closed_within(self, seconds):
        """Whether the broker closes within the time; bytes that come before are thrown away."""
        end = time.monotonic() + seconds
        self.socket.settimeout(0.05)
        try:
            while time.monotonic() < end:
                try:
                    if not self.socket.recv(65536):
                        return True
                except TimeoutError:
                    continue
                except ConnectionError:
                    return True
            return False
        finally:
            self.socket.settimeout(self.timeout)
