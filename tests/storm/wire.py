"""Kafka's own protocol, as much of it as a storm needs and kcat does not give: records with a time of our choosing,
more partitions, records deleted on purpose, who coordinates what, and what a group has committed. Not ours and not
librdkafka's: a third opinion."""
import socket
import struct
import time

from failed import Failed

PRODUCE, METADATA, OFFSET_COMMIT, OFFSET_FETCH, FIND_COORDINATOR, CREATE_TOPICS, DELETE_TOPICS = 0, 3, 8, 9, 10, 19, 20
DELETE_RECORDS, CREATE_PARTITIONS, ALTER_CONFIGS = 21, 37, 44
OF_GROUP, OF_TRANSACTION = 0, 1
UNKNOWN_TOPIC, ALREADY_EXISTS = 3, 36


def text(value):
    return struct.pack(">h", -1) if value is None else struct.pack(">h", len(value.encode())) + value.encode()


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


class Answer:
    """Reads an answer from its front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, form):
        (value,) = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return value

    def text(self):
        size = self.number("h")
        self.at += max(0, size)
        return self.data[self.at - max(0, size):self.at].decode()

    def array(self, read):
        return [read() for _ in range(self.number("i"))]


def ask(broker, api, version, body, within=10):
    """One question on a connection of its own."""
    host, port = broker.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=within) as connection:
        request = struct.pack(">hhi", api, version, 1) + text("storm") + body
        connection.sendall(struct.pack(">i", len(request)) + request)
        size, data = None, b""
        while size is None or len(data) < 4 + size:
            more = connection.recv(65536)
            if not more:
                raise OSError(f"{broker} hung up on api {api}")
            data += more
            size = size if size is not None or len(data) < 4 else struct.unpack(">i", data[:4])[0]
    return Answer(data[8:])  # behind its size and the correlation id


def good(error, doing):
    if error:
        raise Failed(f"{doing}: Kafka's error {error}")


def _crc32c_table():
    table = []
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        table.append(number)
    return table


CRC32C = _crc32c_table()


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = CRC32C[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def varint(number):
    number = number << 1 ^ number >> 63
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def record_batch(key, value, time_ms):
    """A batch of one record, format 2."""
    body = b"\0" + varint(0) + varint(0) + varint(len(key)) + key + varint(len(value)) + value + varint(0)
    behind_crc = struct.pack(">hiqqqhii", 0, 0, time_ms, time_ms, -1, -1, -1, 1) + varint(len(body)) + body
    return struct.pack(">qiibI", 0, 9 + len(behind_crc), -1, 2, crc32c(behind_crc)) + behind_crc


def produce(broker, topic, partition, key, value, time_ms):
    """Gives the record's offset."""
    batch = record_batch(key, value, time_ms)
    parts = array([struct.pack(">ii", partition, len(batch)) + batch])
    answer = ask(broker, PRODUCE, 3, text(None) + struct.pack(">hi", -1, 10_000) + array([text(topic) + parts]))
    answer.number("i"), answer.text(), answer.number("i"), answer.number("i")
    good(answer.number("h"), f"producing into {topic}")
    return answer.number("q")


def create_topic(brokers, topic, partitions, replication, properties):
    """Waits a little for one of that name that is being deleted, and until every broker has heard of it."""
    options = [text(name) + text(str(value)) for name, value in properties.items()]
    body = array([text(topic) + struct.pack(">ih", partitions, replication) + array([]) + array(options)])
    for _ in range(50):
        answer = ask(brokers.split(",")[0], CREATE_TOPICS, 2, body + struct.pack(">ib", 10_000, 0))
        answer.number("i"), answer.number("i"), answer.text()
        error = answer.number("h")
        if error != ALREADY_EXISTS:
            break
        time.sleep(0.2)
    good(error, f"making the topic {topic}")
    for broker in brokers.split(","):
        for _ in range(50):
            try:
                leader(broker, topic, partitions - 1)
                break
            except (KeyError, OSError):
                time.sleep(0.1)


def delete_topic(brokers, topic):
    """Or it is not there."""
    answer = ask(brokers.split(",")[0], DELETE_TOPICS, 1, array([text(topic)]) + struct.pack(">i", 10_000))
    answer.number("i"), answer.number("i"), answer.text()
    error = answer.number("h")
    good(0 if error == UNKNOWN_TOPIC else error, f"deleting the topic {topic}")


def create_partitions(broker, topic, count):
    """The topic has that many afterwards."""
    answer = ask(broker, CREATE_PARTITIONS, 0,
                 array([text(topic) + struct.pack(">ii", count, -1)]) + struct.pack(">ib", 10_000, 0))
    answer.number("i"), answer.number("i"), answer.text()
    good(answer.number("h"), f"making partitions of {topic}")


def delete_records(broker, topic, before):
    """Of each partition everything before an offset goes."""
    parts = array([struct.pack(">iq", partition, offset) for partition, offset in before.items()])
    answer = ask(broker, DELETE_RECORDS, 0, array([text(topic) + parts]) + struct.pack(">i", 10_000))
    answer.number("i"), answer.number("i"), answer.text()
    for _, _, error in answer.array(lambda: (answer.number("i"), answer.number("q"), answer.number("h"))):
        good(error, f"deleting records of {topic}")


def set_topic_option(broker, topic, name, value):
    change = text(name) + struct.pack(">b", 0) + text(value)
    answer = ask(broker, ALTER_CONFIGS, 0,
                 array([struct.pack(">b", 2) + text(topic) + array([change])]) + struct.pack(">b", 0))
    answer.number("i"), answer.number("i")
    good(answer.number("h"), f"setting {name} of {topic}")


def coordinator(broker, name, kind):
    """The address of who coordinates a group or a transactional id."""
    answer = ask(broker, FIND_COORDINATOR, 1, text(name) + struct.pack(">b", kind), within=2)
    answer.number("i")
    good(answer.number("h"), f"looking for the coordinator of {name}")
    answer.text(), answer.number("i")
    return f"{answer.text()}:{answer.number('i')}"


def leader(broker, topic, partition):
    """The address of who leads a partition. KeyError: nobody, as far as that broker knows."""
    answer = ask(broker, METADATA, 1, array([text(topic)]), within=2)
    places = {}

    def node():
        number = answer.number("i")
        places[number] = f"{answer.text()}:{answer.number('i')}"
        answer.text()
    answer.array(node), answer.number("i"), answer.number("i")
    if answer.number("h"):
        raise KeyError(topic)
    answer.text(), answer.number("b")

    def part():
        _, index, number = answer.number("h"), answer.number("i"), answer.number("i")
        answer.array(lambda: answer.number("i")), answer.array(lambda: answer.number("i"))
        return index, number
    return places[dict(answer.array(part))[partition]]


def committed(brokers, group, topic, partitions):
    """partition -> what the group has committed; nothing where nobody can say it just now."""
    for broker in brokers.split(","):
        try:
            place = coordinator(broker, group, OF_GROUP)
            answer = ask(place, OFFSET_FETCH, 5,
                         text(group) + array([text(topic) + array([struct.pack(">i", p) for p in range(partitions)])]), within=2)
            answer.number("i"), answer.number("i"), answer.text()

            def part():
                index, offset, _ = answer.number("i"), answer.number("q"), answer.number("i")
                answer.text()
                return index, offset, answer.number("h")
            return {index: offset for index, offset, error in answer.array(part) if error == 0 and offset >= 0}
        except (OSError, struct.error, Failed):
            continue
    return {}


def set_committed(broker, group, topic, offsets):
    """Moves the offsets of a group without members by hand."""
    parts = array([struct.pack(">iq", partition, offset) + text("") for partition, offset in offsets.items()])
    answer = ask(coordinator(broker, group, OF_GROUP), OFFSET_COMMIT, 2,
                 text(group) + struct.pack(">i", -1) + text("") + struct.pack(">q", -1) + array([text(topic) + parts]))
    answer.number("i"), answer.text()
    for _, error in answer.array(lambda: (answer.number("i"), answer.number("h"))):
        good(error, f"moving the offsets of {group}")
