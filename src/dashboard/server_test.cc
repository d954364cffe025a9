// The server over real connections, spoken to with plain sockets.
#include "dashboard/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/clock.h"
#include "dashboard/dashboard.h"
#include "testing/page_client.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::unique_ptr<PageServer> start(ServerSettings settings = {}, ServerAnswers answers = {}) {
  settings.listen = "127.0.0.1:0";
  if (!answers.answer) answers = page_answers({}, {}, system_clock());
  auto server = start_server(settings, std::move(answers));
  EXPECT_TRUE(server.has_value());
  return std::move(*server);
}

std::string refusal_of(const std::string& listen) {
  const auto server = start_server({.listen = listen}, page_answers({}, {}, system_clock()));
  return server ? "started" : server.error().message;
}

TEST(PageServer, SeveralRequestsGoOverOneConnection) {
  const auto server = start();
  PageClient client(*server);
  for (int request = 0; request < 3; ++request) {
    client.ask("/healthz");
    EXPECT_THAT(client.read_to("ok\n"), HasSubstr("200 OK"));
  }
}

TEST(PageServer, AClientOfTheEventsGetsTheNewestAtOnceAndThenEachOne) {
  const auto server = start();
  server->publish(1, "{\"old\":1}");
  server->publish(2, "{\"now\":2}");
  PageClient client(*server);
  client.ask("/api/v1/events");
  const std::string first = client.read_to("}\n\n");
  EXPECT_THAT(first, HasSubstr("text/event-stream"));
  EXPECT_THAT(first, HasSubstr("retry: 1000\n\nid: 2\nevent: snapshot\ndata: {\"now\":2}\n\n"));
  server->publish(3, "{}");
  EXPECT_EQ(client.read_to("{}\n\n"), "id: 3\nevent: snapshot\ndata: {}\n\n");
}

TEST(PageServer, ASlowClientIsGivenTheNewestAndNoQueue) {
  const auto server = start();
  PageClient slow(*server, 4'096);
  slow.ask("/api/v1/events");
  slow.read_to("retry: 1000\n\n");
  const std::string large(100'000, 'x');
  constexpr int kSnapshots = 400;  // 40 MB, were they queued
  for (int sequence = 1; sequence <= kSnapshots; ++sequence) {
    server->publish(static_cast<std::uint64_t>(sequence), large);
    std::this_thread::sleep_for(1ms);
  }
  int seen = 0;
  for (std::string event; event.find("id: 400\n") == std::string::npos; ++seen) {
    event = slow.read_to("\n\n");
    ASSERT_FALSE(event.empty()) << "the newest never came";
  }
  EXPECT_LT(seen, 40);
}

TEST(PageServer, AClientThatTakesNothingIsLetGo) {
  const auto server = start({.slow_reader_timeout = 200ms});
  PageClient stuck(*server, 4'096);
  stuck.ask("/api/v1/events");
  stuck.read_to("retry: 1000\n\n");
  server->publish(1, std::string(8'000'000, 'x'));
  std::this_thread::sleep_for(600ms);
  EXPECT_LT(stuck.read_to("no such end").size(), 8'000'000U);
}

TEST(PageServer, BetweenSnapshotsAHeartbeatIsSent) {
  const auto server = start({.heartbeat = 50ms});
  PageClient client(*server);
  client.ask("/api/v1/events");
  EXPECT_THAT(client.read_to(": still here\n\n"), HasSubstr(": still here\n\n"));
}

TEST(PageServer, AClientThatSaysNothingIsHungUpOn) {
  const auto server = start({.idle_timeout = 100ms});
  PageClient silent(*server), halting(*server);
  halting.say("GET / HT");
  EXPECT_TRUE(silent.was_hung_up());
  EXPECT_TRUE(halting.was_hung_up());
}

TEST(PageServer, MoreConnectionsThanAllowedAreClosedAndOthersGoOn) {
  const auto server = start({.connections_max = 3});
  PageClient first(*server), second(*server), third(*server);
  for (PageClient* client : {&first, &second, &third})
    client->ask("/api/v1/events"), client->read_to("retry: 1000\n\n");
  PageClient fourth(*server);
  EXPECT_TRUE(fourth.was_hung_up());
  server->publish(1, "{}");
  EXPECT_THAT(first.read_to("{}\n\n"), HasSubstr("id: 1"));
}

TEST(PageServer, NonsenseIsAnsweredAndTheConnectionClosed) {
  const auto server = start();
  PageClient client(*server);
  client.say("\x16\x03\x01 this is no http\r\n\r\n");
  EXPECT_THAT(client.read_to("no such end"), HasSubstr("400 Bad Request"));
}

TEST(PageServer, EndsWhileClientsAreConnected) {
  auto server = start();
  PageClient streaming(*server), idle(*server);
  streaming.ask("/api/v1/events");
  streaming.read_to("retry: 1000\n\n");
  server.reset();
  EXPECT_TRUE(streaming.was_hung_up());
}

TEST(PageServer, AddressesOthersCouldReachAreRefusedWithAWayOut) {
  for (const char* listen :
       {"0.0.0.0:0", "192.168.1.5:8080", "[::]:0", "example.com:80", ":8080", "127.0.0.2:0"}) {
    EXPECT_THAT(refusal_of(listen), HasSubstr("other machines could reach this address")) << listen;
    EXPECT_THAT(refusal_of(listen), HasSubstr("ssh -L")) << listen;
  }
  for (const char* listen :
       {"127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:http", ""})
    EXPECT_THAT(refusal_of(listen), HasSubstr("write it as 127.0.0.1:8080")) << listen;
  EXPECT_EQ(refusal_of("localhost:0"), "started");
}

TEST(PageServer, ATakenPortIsSaidInOneSentence) {
  const auto server = start();
  const std::string address = server->address();
  const std::string taken = address.substr(7, address.size() - 8);
  EXPECT_THAT(refusal_of(taken), HasSubstr("opening the live page on " + taken));
  EXPECT_THAT(refusal_of(taken), HasSubstr("0 for any free one"));
}

}  // namespace
}  // namespace churnstream
