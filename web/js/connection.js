// The line to the server: snapshots come in, and when the line is cut it is taken up again by itself, after pauses
// that grow to a limit so that a thousand open pages do not storm a server that comes back.

const shortestPause = 1000;
const longestPause = 15_000;

// handlers: onSnapshot(snapshot), onOpen(), onLost(pauseMs)
export function connect(address, handlers) {
  let pause = shortestPause;

  function open() {
    const events = new EventSource(address);
    events.addEventListener("open", () => handlers.onOpen());
    events.addEventListener("snapshot", (event) => {
      pause = shortestPause;
      handlers.onSnapshot(JSON.parse(event.data));
    });
    events.addEventListener("error", () => {
      events.close();  // its own way of trying again knows no growing pauses
      const wait = pause * (0.8 + 0.4 * Math.random());
      pause = Math.min(pause * 2, longestPause);
      handlers.onLost(wait);
      setTimeout(open, wait);
    });
  }
  open();
}
