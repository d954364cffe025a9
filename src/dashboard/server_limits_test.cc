// What clients cannot do to the server, over real connections: be slow, be many, send too much, ask what
// takes long.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <fstream>
#include <future>
#include <sstream>
#include <thread>

#include "dashboard/api_answer.h"
#include "dashboard/server.h"
#include "testing/page_client.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Says back what it was sent; /store and /events go their ways.
ServerAnswers echo() {
  ServerAnswers answers;
  answers.answer = [](const PageRequest& request, std::string_view) {
    PageResponse answer =
        plain_response(200, "text/plain", "got:" + std::string(request.body) + "#", "no-store");
    answer.is_event_stream = request.target == "/events";
    if (request.target == "/store") answer.desk = Desk::store;
    return answer;
  };
  answers.store = [](const PageRequest&) { return refusal(200, "stored"); };
  return answers;
}

std::unique_ptr<PageServer> start(ServerSettings settings, ServerAnswers answers = echo()) {
  settings.listen = "127.0.0.1:0";
  settings.body_bytes_max = 1'000;
  auto server = start_server(settings, std::move(answers));
  EXPECT_TRUE(server.has_value());
  return std::move(*server);
}

std::string post(std::string_view target, std::string_view body, const std::string& more = "") {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

TEST(ServerLimits, ABodyIsReadUpToItsLimit) {
  const auto server = start({});
  PageClient client(*server);
  client.say(post("/", "hello"));
  EXPECT_THAT(client.read_to("#"), HasSubstr("got:hello#"));
  client.say(post("/", std::string(1'000, 'x')));
  EXPECT_THAT(client.read_to("#"), HasSubstr("got:x"));
  client.say(post("/api/v1/score", std::string(1'001, 'x')));
  const std::string answer = client.read_to("}");
  EXPECT_THAT(answer, HasSubstr("413 Payload Too Large"));
  EXPECT_THAT(answer, HasSubstr("urn:churnstream:problem:body-too-long"));
  client.read_to("no such end");
  EXPECT_TRUE(client.was_hung_up());
}

TEST(ServerLimits, ABodyInChunksHasTheSameLimit) {
  const auto server = start({});
  PageClient client(*server);
  const std::string head = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  client.say(head + "3\r\nabc\r\n");
  std::this_thread::sleep_for(20ms);
  client.say("2\r\nde\r\n0\r\n\r\n");
  EXPECT_THAT(client.read_to("#"), HasSubstr("got:abcde#"));
  client.say_what_is_taken(head + "400\r\n" + std::string(1'024, 'x') + "\r\n0\r\n\r\n");
  EXPECT_THAT(client.read_to("\r\n"), HasSubstr("413"));
}

TEST(ServerLimits, TenMegabytesAreTurnedAwayAndTheAnswerArrives) {
  const auto server = start({});
  PageClient client(*server);
  client.say_what_is_taken(post("/", std::string(10'000'000, 'x')));
  EXPECT_THAT(client.read_to("\r\n\r\n"), HasSubstr("413 Payload Too Large"));
}

TEST(ServerLimits, WhoIsTurnedAwayAtTheDoorIsToldBeforeSendingTheBody) {
  ServerAnswers answers = echo();
  answers.at_the_door = [](const PageRequest&) { return std::optional(refusal(401, "No.")); };
  const auto server = start({}, std::move(answers));
  PageClient client(*server);
  client.say("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n");
  EXPECT_THAT(client.read_to("No.\n"), HasSubstr("401"));
  EXPECT_TRUE(client.was_hung_up());
}

TEST(ServerLimits, AClientThatAsksFirstIsToldToGoOn) {
  const auto server = start({});
  PageClient client(*server);
  client.say("POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.say("hi");
  EXPECT_THAT(client.read_to("#"), HasSubstr("got:hi#"));
}

TEST(ServerLimits, AllBodiesTogetherHaveALimitAndEndedOnesDoNotCount) {
  const auto server = start({.bodies_bytes_max = 1'500});
  PageClient slow(*server), other(*server), third(*server);
  slow.say("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n");
  std::this_thread::sleep_for(30ms);
  other.say("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n");
  EXPECT_THAT(other.read_to("already.\n"), testing::AllOf(HasSubstr("503"), HasSubstr("Retry-After")));
  slow.say(std::string(900, 'x'));
  EXPECT_THAT(slow.read_to("#"), HasSubstr("got:xxx"));
  third.say(post("/", std::string(900, 'x')));
  EXPECT_THAT(third.read_to("#"), HasSubstr("got:xxx"));
}

TEST(ServerLimits, RequestsSentAtOnceAreAnsweredOneAfterTheOther) {
  const auto server = start({});
  PageClient client(*server);
  client.say(post("/", "one") + post("/store", "") + post("/", "two"));
  EXPECT_THAT(client.read_to("#"), HasSubstr("got:one#"));
  EXPECT_THAT(client.read_to("#"), testing::AllOf(HasSubstr("stored"), HasSubstr("got:two#")));
}

TEST(ServerLimits, AByteNowAndThenGainsNoTime) {
  const auto server = start({.idle_timeout = 300ms});
  for (const std::string& beginning :
       {std::string("GET / HTTP/1.1\r\nHost: localhost\r\n"), post("/", "").substr(0, 20),
        std::string("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n")}) {
    PageClient client(*server);
    client.say(beginning);
    for (int byte = 0; byte < 20; ++byte) {  // more than three times what it has
      client.say_what_is_taken("x");
      std::this_thread::sleep_for(50ms);
    }
    EXPECT_TRUE(client.is_hung_up_by_now()) << beginning;
  }
}

TEST(ServerLimits, AClientThatHasSaidAllIsStillAnswered) {
  const auto server = start({});
  PageClient client(*server);
  client.say(post("/store", ""));
  client.say_no_more();
  EXPECT_THAT(client.read_to("stored\n"), HasSubstr("200 OK"));
  EXPECT_TRUE(client.was_hung_up());
}

// Which timer the kernel runs for the server's end of this connection: "02" asks a silent machine whether it
// is there.
std::string timer_of_server_end(const PageClient& client) {
  std::ifstream table("/proc/net/tcp");
  char port[8];
  std::snprintf(port, sizeof port, ":%04X", client.port());
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string number, local, remote, state, queues, timer;
    words >> number >> local >> remote >> state >> queues >> timer;
    if (remote.ends_with(port) && state == "01") return timer.substr(0, 2);
  }
  return "no such connection";
}

TEST(ServerLimits, AMachineThatIsGoneWithoutAWordIsFoundOut) {
  const auto server = start({});
  PageClient client(*server);
  client.say("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.read_to("retry: 1000\n\n");
  EXPECT_EQ(timer_of_server_end(client), "02");
}

// A store that answers when it is told to.
struct SlowStore {
  std::promise<void> told;
  std::shared_future<void> future = told.get_future().share();
  ServerAnswers answers() {
    ServerAnswers answers = echo();
    answers.store = [wait = future](const PageRequest&) {
      wait.wait();
      return refusal(200, "stored");
    };
    return answers;
  }
};

TEST(ServerLimits, WhileTheStoreThinksOthersAreAnswered) {
  SlowStore store;
  const auto server = start({}, store.answers());
  PageClient waiting(*server), other(*server);
  waiting.say(post("/store", ""));
  std::this_thread::sleep_for(30ms);
  other.say(post("/", "hi"));
  EXPECT_THAT(other.read_to("#"), HasSubstr("got:hi#"));
  store.told.set_value();
  EXPECT_THAT(waiting.read_to("stored\n"), HasSubstr("200 OK"));
}

TEST(ServerLimits, MoreQuestionsThanMayWaitAreSentAwayForAWhile) {
  SlowStore store;
  const auto server = start({.waiting_max = 1}, store.answers());
  PageClient first(*server), second(*server), third(*server);
  first.say(post("/store", ""));
  std::this_thread::sleep_for(30ms);
  second.say(post("/store", ""));
  std::this_thread::sleep_for(30ms);
  third.say(post("/store", ""));
  EXPECT_THAT(third.read_to("\r\n\r\n"), testing::AllOf(HasSubstr("503"), HasSubstr("Retry-After: 1")));
  store.told.set_value();
  EXPECT_THAT(first.read_to("stored\n"), HasSubstr("200 OK"));
  EXPECT_THAT(second.read_to("stored\n"), HasSubstr("200 OK"));
}

TEST(ServerLimits, AStoreThatIsLockedHoldsNobodyForLongAndThePageStays) {
  SlowStore store;
  const auto server = start({.answer_timeout = 100ms}, store.answers());
  PageClient client(*server), other(*server);
  client.say(post("/store", ""));
  EXPECT_THAT(client.read_to("busy.\n"), testing::AllOf(HasSubstr("503"), HasSubstr("Retry-After")));
  EXPECT_TRUE(client.was_hung_up());
  other.say(post("/", "hi"));
  EXPECT_THAT(other.read_to("#"), HasSubstr("got:hi#"));
  store.told.set_value();
}

TEST(ServerLimits, EndsWhileQuestionsWait) {
  SlowStore store;
  auto server = start({}, store.answers());
  PageClient first(*server), second(*server);
  first.say(post("/store", ""));
  second.say(post("/store", ""));
  std::this_thread::sleep_for(30ms);
  std::thread later([&] {
    std::this_thread::sleep_for(50ms);
    store.told.set_value();
  });
  server.reset();
  later.join();
  EXPECT_TRUE(first.was_hung_up());
}

TEST(ServerLimits, TwoThousandFollowTheEventsAndOneMoreIsSentAway) {
  constexpr std::size_t kClients = 2'000;
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  if (files.rlim_max < 2 * kClients + 512) GTEST_SKIP() << "the system allows too few open files";
  files.rlim_cur = std::max<rlim_t>(files.rlim_cur, 2 * kClients + 512);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);

  const auto server = start({});
  std::vector<std::unique_ptr<PageClient>> clients;
  for (std::size_t number = 0; number < kClients; ++number) {
    clients.push_back(std::make_unique<PageClient>(*server));
    clients.back()->say("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  for (const auto& client : clients) ASSERT_THAT(client->read_to("retry: 1000\n\n"), HasSubstr("200 OK"));
  PageClient one_more(*server);
  one_more.say("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(one_more.read_to("\r\n\r\n"), testing::AllOf(HasSubstr("503"), HasSubstr("Retry-After")));
  server->publish(1, "{}");
  for (const auto& client : clients)
    ASSERT_EQ(client->read_to("{}\n\n"), "id: 1\nevent: snapshot\ndata: {}\n\n");
}

// The sweep's timer may have run out in the very moment of the end.
TEST(ServerLimits, ItEndsInWhateverMomentItIsAskedTo) {
  for (int turn = 0; turn < 200; ++turn) {
    const auto server = start({.idle_timeout = 40ms});  // swept every 10 ms
    std::this_thread::sleep_for(9'900us + turn * 1us);
  }
}

TEST(ServerLimits, AClientThatLeftMakesRoomForAnother) {
  const auto server = start({.event_clients_max = 1, .heartbeat = 20ms});
  for (int turn = 0; turn < 3; ++turn) {
    PageClient client(*server);
    client.say("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(client.read_to("retry: 1000\n\n"), HasSubstr("200 OK")) << turn;
    client.hang_up();
    std::this_thread::sleep_for(150ms);  // two heartbeats: one to learn that nobody is there, one to end
  }
}

}  // namespace
}  // namespace churnstream
