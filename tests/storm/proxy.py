"""A proxy between a worker and its broker that does what networks do: it is slow, it cuts, it swallows, and it holds
one request or one answer back until the client has moved on. Understands as much of Kafka's framing as it takes to see
what a request asks (its api key) and which answer belongs to it."""
import asyncio
import socket
import struct
import threading

PRODUCE, ADD_PARTITIONS, ADD_OFFSETS, END_TRANSACTION, OFFSETS_OF_TRANSACTION = 0, 24, 25, 26, 28


class Hold:
    """The next request of a kind, or its answer, held back with all that comes behind it on its connection."""

    def __init__(self, loop, api, answer):
        self.api, self.answer = api, answer
        self.caught, self.left_alone = threading.Event(), threading.Event()  # left alone: the client has hung up
        self.released = asyncio.Event()
        self._loop = loop

    def release(self):
        self._loop.call_soon_threadsafe(self.released.set)


class Connection:
    """One client's connection: two ways, frame by frame."""

    def __init__(self, proxy, client, broker):
        self.proxy, self.client, self.broker = proxy, client, broker
        self.asked = {}  # correlation id -> api key
        self.hold = None
        self.is_swallowed = False

    async def carry(self):
        """Until either end hangs up. A request that is held still reaches the broker, though nobody waits for its answer."""
        ways = [asyncio.create_task(self.pump(self.client, self.broker, is_answer=False)),
                asyncio.create_task(self.pump(self.broker, self.client, is_answer=True))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        if self.hold:
            await asyncio.sleep(0.5)
        for way in ways:
            way.cancel()
        for _, writer in (self.client, self.broker):
            writer.close()

    async def pump(self, source, target, is_answer):
        """Frames are sent in their order, each as late as the proxy is slow."""
        queue = asyncio.Queue()
        sender = asyncio.create_task(self.send(queue, target))
        try:
            while True:
                hold, frame = await self.next_frame(source[0], is_answer)
                queue.put_nowait((asyncio.get_running_loop().time(), hold, frame))
        except (asyncio.IncompleteReadError, OSError):
            if self.hold:
                self.hold.left_alone.set()
            queue.put_nowait((0, None, None))
            await sender
        finally:
            sender.cancel()

    async def next_frame(self, reader, is_answer):
        size = await reader.readexactly(4)
        frame = await reader.readexactly(struct.unpack(">i", size)[0])
        return self.hold_of(frame, is_answer), size + frame

    def hold_of(self, frame, is_answer):
        """Whether this frame is the one to hold."""
        if is_answer:
            api = self.asked.pop(struct.unpack(">i", frame[:4])[0], None)
        else:
            api, _, correlation = struct.unpack(">hhi", frame[:8])
            self.asked[correlation] = api
        hold = self.proxy.next_hold
        if hold is None or (hold.api, hold.answer) != (api, is_answer):
            return None
        self.proxy.next_hold, self.hold = None, hold
        hold.caught.set()
        return hold

    async def send(self, queue, target):
        try:
            while True:
                arrived, hold, frame = await queue.get()
                if frame is None:
                    return
                late = arrived + self.proxy.latency - asyncio.get_running_loop().time()
                if late > 0:
                    await asyncio.sleep(late)
                if hold:
                    await hold.released.wait()
                await self.proxy.open.wait()
                if self.is_swallowed:
                    continue
                target[1].write(frame)
                await target[1].drain()
        except OSError:
            pass

    def reset(self):
        """Cuts it with a reset, not a goodbye."""
        for _, writer in (self.client, self.broker):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


class PlainConnection(Connection):
    """Of a protocol it knows nothing of: bytes are carried as they come."""

    async def next_frame(self, reader, is_answer):
        data = await reader.read(65536)
        if not data:
            raise asyncio.IncompleteReadError(data, None)
        return None, data


class Proxy(threading.Thread):
    """Listens where the broker says it is, and carries to where it is. Every method may be called by any thread."""

    def __init__(self, listen, behind, connection=Connection):
        super().__init__(daemon=True)
        self.connection = connection
        self.listen, self.behind = listen.rsplit(":", 1), behind.rsplit(":", 1)
        self.latency, self.next_hold, self.connections, self.resets = 0.0, None, set(), 0
        self.loop, self.is_up = asyncio.new_event_loop(), threading.Event()
        self.start()
        self.is_up.wait(10)

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.open = asyncio.Event()
        self.open.set()
        self.server = self.loop.run_until_complete(asyncio.start_server(self.accept, self.listen[0], int(self.listen[1])))
        self.is_up.set()
        self.loop.run_forever()

    async def accept(self, *client):
        try:
            broker = await asyncio.open_connection(*self.behind)
        except OSError:
            return client[1].close()
        connection = self.connection(self, client, broker)
        self.connections.add(connection)
        try:
            await connection.carry()
        finally:
            self.connections.discard(connection)

    def hold(self, api, answer=False):
        self.next_hold = Hold(self.loop, api, answer)
        return self.next_hold

    def reset_all(self):
        """Every connection is reset."""
        def do():
            for connection in list(self.connections):
                connection.reset()
                self.resets += 1
        self.loop.call_soon_threadsafe(do)

    def keep_back(self, yes):
        """While it is so nothing passes, and nothing is lost: a cable pulled and put back."""
        self.loop.call_soon_threadsafe(self.open.clear if yes else self.open.set)

    def swallow_all(self):
        """Whoever is connected now is never heard of again, without a reset; who connects later is well."""
        def do():
            for connection in self.connections:
                connection.is_swallowed = True
        self.loop.call_soon_threadsafe(do)

    def end(self):
        def do():
            self.server.close()
            for connection in list(self.connections):
                connection.reset()
            self.loop.call_later(0.2, self.loop.stop)
        self.loop.call_soon_threadsafe(do)
        self.join(5)
