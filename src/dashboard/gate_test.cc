#include "dashboard/gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dashboard/access_rules.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kToken = "0123456789abcdef";
constexpr const char* kFar = "192.0.2.7";

std::string header(const PageResponse& response, std::string_view name) {
  for (const auto& [known, value] : response.headers)
    if (known == name) return value;
  return "";
}

class GateTest : public testing::Test {
 protected:
  // The status a request is turned away with; 0: it passes.
  unsigned status(PageRequest request) { return turned(std::move(request)).status; }
  PageResponse turned(PageRequest request) {
    if (request.method.empty()) request.method = "GET";
    if (request.target.empty()) request.target = "/api/v1/summary";
    if (request.host.empty()) request.host = "localhost:8080";
    if (request.client.empty()) request.client = kFar;
    return gate_->turn_away(request).value_or(PageResponse{.status = 0});
  }
  void open(AccessSettings access) { gate_.emplace(std::move(access), clock_); }
  std::string logged_in(const char* token = kToken, std::string_view origin = "") {
    const std::string form = std::string("token=") + token;
    const PageResponse answer =
        gate_->log_in({.method = "POST", .target = "/login", .origin = origin, .client = kFar, .body = form});
    const std::string cookie = header(answer, "Set-Cookie");
    return cookie.substr(0, cookie.find(';'));
  }

  ManualClock clock_{1'000'000};
  std::optional<Gate> gate_{std::in_place, AccessSettings(), clock_};
};

TEST_F(GateTest, WithoutATokenWhoeverIsHereMayLook) {
  EXPECT_EQ(status({}), 0U);
  EXPECT_EQ(status({.target = "/"}), 0U);
}

TEST_F(GateTest, NamesThatAreNotOursAreTurnedAway) {
  open({.hosts = {"Churn.example.com", "192.0.2.1"}});
  for (const char* ours :
       {"localhost", "127.0.0.1:1", "churn.example.com", "CHURN.example.com:443", "192.0.2.1:80"})
    EXPECT_EQ(status({.host = ours}), 0U) << ours;
  for (const char* other :
       {"evil.example", "churn.example.com.evil.example", "churn.example.com:x", "example.com"})
    EXPECT_EQ(status({.host = other}), 421U) << other;
}

TEST_F(GateTest, TheTokenOpensTheApiAndNothingLikeItDoes) {
  open({.token = kToken, .failed_logins_burst = 100});
  EXPECT_EQ(status({}), 401U);
  EXPECT_THAT(header(turned({}), "WWW-Authenticate"), HasSubstr("Bearer"));
  EXPECT_EQ(status({.authorization = "Bearer 0123456789abcdef"}), 0U);
  EXPECT_EQ(status({.authorization = "bearer  0123456789abcdef "}), 0U);
  for (const char* wrong : {"Bearer 0123456789abcdeF", "Bearer 0123456789abcdef0", "Bearer ", "Bearer",
                            "Basic 0123456789abcdef", "0123456789abcdef", "Bearer 0123456789abcde"})
    EXPECT_EQ(status({.authorization = wrong}), 401U) << wrong;
}

TEST_F(GateTest, AnAnswerNeverHoldsTheToken) {
  open({.token = kToken});
  for (const PageResponse& answer :
       {turned({}), turned({.authorization = "Bearer wrong"}), login_page(401, "no")}) {
    EXPECT_THAT(answer.body, Not(HasSubstr(kToken)));
    for (const auto& [name, value] : answer.headers) EXPECT_THAT(value, Not(HasSubstr(kToken))) << name;
  }
}

TEST_F(GateTest, HealthNeedsNoToken) {
  open({.token = kToken});
  EXPECT_EQ(status({.target = "/healthz"}), 0U);
  EXPECT_EQ(status({.target = "/healthz?x"}), 0U);
  EXPECT_EQ(status({.target = "/healthzz"}), 0U);  // nothing is there
}

TEST_F(GateTest, ThePageSendsAStrangerToTheLogin) {
  open({.token = kToken});
  EXPECT_EQ(status({.target = "/"}), 303U);
  EXPECT_EQ(header(turned({.target = "/?a"}), "Location"), "/login");
  EXPECT_EQ(status({.target = "/css/page.css"}), 0U);
  EXPECT_EQ(status({.target = "/login"}), 0U);
}

TEST_F(GateTest, ASessionOpensPageAndApiUntilItEnds) {
  open({.token = kToken});
  const std::string cookie = logged_in();
  EXPECT_EQ(status({.cookie = cookie}), 0U);
  EXPECT_EQ(status({.target = "/", .cookie = "a=b; " + cookie}), 0U);
  EXPECT_EQ(status({.cookie = cookie + "0"}), 401U);
  EXPECT_EQ(status({.cookie = "x" + cookie}), 401U);
  clock_.advance(12h - 1s);
  EXPECT_EQ(status({.cookie = cookie}), 0U);
  clock_.advance(1s);
  EXPECT_EQ(status({.cookie = cookie}), 401U);
}

TEST_F(GateTest, LoggingOutEndsTheSession) {
  open({.token = kToken});
  const std::string cookie = logged_in();
  EXPECT_THAT(header(gate_->log_out({.cookie = cookie}), "Set-Cookie"), HasSubstr("Max-Age=0"));
  EXPECT_EQ(status({.cookie = cookie}), 401U);
}

TEST_F(GateTest, ACookieIsForThisSiteAloneAndOutOfAScriptsReach) {
  open({.token = kToken});
  const auto cookie_for = [&](std::string_view origin) {
    return header(gate_->log_in({.origin = origin, .client = kFar, .body = "token=0123456789abcdef"}),
                  "Set-Cookie");
  };
  EXPECT_THAT(cookie_for(""), HasSubstr("; HttpOnly; SameSite=Strict; Max-Age=43200"));
  EXPECT_THAT(cookie_for("http://localhost"), Not(HasSubstr("Secure")));
  EXPECT_THAT(cookie_for("https://churn.example.com"), HasSubstr("; Secure"));
  open({.token = kToken, .is_encrypted = true});
  EXPECT_THAT(cookie_for(""), HasSubstr("; Secure"));
  EXPECT_NE(logged_in(), logged_in());
}

TEST_F(GateTest, WrongTokensSlowTheirClientDownAndNobodyElse) {
  open({.token = kToken});
  for (int wrong = 0; wrong < 5; ++wrong) EXPECT_EQ(logged_in("guess"), "");
  const PageResponse slowed = gate_->log_in({.client = kFar, .body = "token=0123456789abcdef"});
  EXPECT_EQ(slowed.status, 429U);
  EXPECT_EQ(header(slowed, "Retry-After"), "12");
  EXPECT_EQ(status({.authorization = "Bearer 0123456789abcdef"}), 429U);
  EXPECT_EQ(status({.authorization = "Bearer 0123456789abcdef", .client = "192.0.2.8"}), 0U);
  clock_.advance(13s);
  EXPECT_NE(logged_in(), "");
}

TEST_F(GateTest, OtherSitesCannotSendAnything) {
  const auto post = [&](std::string_view origin, std::string_view site) {
    return status({.method = "POST", .host = "localhost:8080", .origin = origin, .fetch_site = site});
  };
  EXPECT_EQ(post("", ""), 0U);
  EXPECT_EQ(post("http://localhost:8080", "same-origin"), 0U);
  EXPECT_EQ(post("", "none"), 0U);
  for (const char* origin : {"http://evil.example", "null", "http://localhost", "http://localhost:80801",
                             "http://localhost:8080.evil.example", "localhost:8080"})
    EXPECT_EQ(post(origin, ""), 403U) << origin;
  for (const char* site : {"cross-site", "same-site"})
    EXPECT_EQ(post("http://localhost:8080", site), 403U) << site;
}

TEST_F(GateTest, AClientThatAsksTooOftenWaits) {
  open({.requests_per_s = 2});
  for (int request = 0; request < 4; ++request) EXPECT_EQ(status({}), 0U);
  const PageResponse slowed = turned({});
  EXPECT_EQ(slowed.status, 429U);
  EXPECT_EQ(header(slowed, "Retry-After"), "1");
  EXPECT_EQ(status({.client = "192.0.2.8"}), 0U);
  EXPECT_EQ(status({.client = "127.0.0.1"}), 0U);
  clock_.advance(500ms);
  EXPECT_EQ(status({}), 0U);
  EXPECT_EQ(status({}), 429U);
}

TEST_F(GateTest, ALimitThatWasAskedForHoldsOnThisMachineToo) {
  open({.requests_per_s = 0.1, .spares_this_machine = false});
  EXPECT_EQ(status({.client = "127.0.0.1"}), 0U);
  EXPECT_EQ(status({.client = "127.0.0.1"}), 429U);
}

TEST_F(GateTest, BehindAProxyOnlyItsOwnRequestsPassAndEachUserHasALimit) {
  open({.hosts = {"churn.example.com"}, .proxy_header = "X-Remote-User", .requests_per_s = 0.5});
  EXPECT_EQ(status({.client = "127.0.0.1"}), 403U);
  EXPECT_EQ(status({.host = "churn.example.com", .proxy_user = "ann", .client = "127.0.0.1"}), 0U);
  EXPECT_EQ(status({.proxy_user = "ann", .client = "127.0.0.1"}), 429U);
  EXPECT_EQ(status({.proxy_user = "bob", .client = "127.0.0.1"}), 0U);
}

TEST(TokenBuckets, TheTableHasAnEndAndNewClientsShareWhatIsLeft) {
  TokenBuckets buckets({.per_second = 1, .burst = 1, .clients_max = 3});
  for (const char* client : {"a", "b", "c"}) EXPECT_TRUE(buckets.take(client, 0s));
  EXPECT_TRUE(buckets.take("d", 0s));
  EXPECT_FALSE(buckets.take("e", 0s));
  EXPECT_LE(buckets.size(), 4U);
  EXPECT_TRUE(buckets.take("e", 2s));  // the others are forgotten once they have waited long enough
  EXPECT_FALSE(buckets.take("e", 2s));
}

TEST(Sessions, TheOldestGoesWhenThereAreTooMany) {
  Sessions sessions({.sessions_max = 2});
  const std::string first = sessions.begin(1s), second = sessions.begin(2s), third = sessions.begin(3s);
  EXPECT_EQ(sessions.size(), 2U);
  EXPECT_FALSE(sessions.is_known(first, 3s));
  EXPECT_TRUE(sessions.is_known(second, 3s));
  EXPECT_TRUE(sessions.is_known(third, 3s));
  EXPECT_EQ(first.size(), 64U);
}

// What the rules say of an address: empty where it may be opened.
std::string rule(std::string listen, AccessSettings access, bool has_tls = false) {
  ServerSettings server{.listen = std::move(listen)};
  if (has_tls) server.tls = {"a", "b"};
  const Result<void> checked = apply_access_rules(server, access);
  if (checked) return server.others_may_see ? "for others" : "here alone";
  EXPECT_EQ(checked.error().kind, ErrorKind::wrong);
  return checked.error().message;
}

TEST(AccessRules, OtherMachinesNeedATokenAndTlsOrAProxy) {
  EXPECT_EQ(rule("127.0.0.1:8080", {}), "here alone");
  EXPECT_EQ(rule("[::1]:8080", {.token = kToken}), "here alone");
  EXPECT_THAT(rule("192.0.2.1:8080", {}), HasSubstr("without a token"));
  EXPECT_THAT(rule("192.0.2.1:8080", {}), HasSubstr("ssh -L"));
  EXPECT_THAT(rule("192.0.2.1:8080", {}, true), HasSubstr("without a token"));
  EXPECT_THAT(rule("192.0.2.1:8080", {.token = kToken}), HasSubstr("tls_certificate"));
  EXPECT_EQ(rule("192.0.2.1:8080", {.token = kToken}, true), "for others");
  EXPECT_THAT(rule("0.0.0.0:8080", {.token = kToken}, true), HasSubstr("under which names"));
  EXPECT_EQ(rule("0.0.0.0:8080", {.token = kToken, .hosts = {"a.example"}}, true), "for others");
  EXPECT_THAT(rule("127.0.0.1:8080", {.token = "short"}), HasSubstr("fewer than 16"));
}

TEST(AccessRules, BehindAProxyTheAddressIsOneAndTheNameIsSaid) {
  EXPECT_THAT(rule("0.0.0.0:80", {.hosts = {"a.example"}, .proxy_header = "X-User"}),
              HasSubstr("one address"));
  EXPECT_THAT(rule("192.0.2.1:80", {.proxy_header = "X-User"}), HasSubstr("hosts ="));
  EXPECT_EQ(rule("192.0.2.1:80", {.hosts = {"a.example"}, .proxy_header = "X-User"}), "for others");
}

}  // namespace
}  // namespace churnstream
