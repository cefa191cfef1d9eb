package io.pharos.server.app;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The whole service over HTTP, with a recording rule, an alert that always fires, an unreachable
/// target and the local mailbox.
@QuarkusTest
@Tag("slow")
class ServiceTest {
  /// Polls until the answer is right, for at most 20 s.
  private static void eventually(Supplier<ValidatableResponse> ask, String path, Object expected) {
    Instant end = Instant.now().plus(Duration.ofSeconds(20));
    while (true) {
      try {
        ask.get().body(path, equalTo(expected));
        return;
      } catch (AssertionError e) {
        if (Instant.now().isAfter(end)) {
          throw e;
        }
        Thread.yield();
      }
    }
  }

  private static ValidatableResponse get(String path, Object... parameters) {
    return when().get(path, parameters).then();
  }

  @Test
  void query_scalarByPost_isAnsweredAsGrafanaChecksIt() {
    given()
        .contentType(ContentType.URLENC)
        .formParam("query", "1+1")
        .formParam("time", "4")
        .post("/api/v1/query")
        .then()
        .statusCode(200)
        .body("status", equalTo("success"))
        .body("data.resultType", equalTo("scalar"))
        .body("data.result[0]", equalTo(4))
        .body("data.result[1]", equalTo("2"));
  }

  @Test
  void query_recordedSeries_isThere() {
    eventually(() -> get("/api/v1/query?query=one"), "data.result[0].value[1]", "1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /api/v1/query | 400 | invalid parameter "query"
          /api/v1/query?query=sum( | 400 | parse error
          /api/v1/query?query=one&time=noon | 400 | cannot parse "noon" to a valid timestamp
          /api/v1/query?query=one&limit=-1 | 400 | limit must be non-negative
          /api/v1/query_range?query=one&start=0&end=1 | 400 | invalid parameter "step": cannot parse "" to a valid duration
          /api/v1/query_range?query=one&start=2&end=1&step=1 | 400 | end timestamp must not be before start
          /api/v1/query_range?query=one&start=0&end=1&step=0 | 400 | zero or negative query resolution step
          /api/v1/query_range?query=one&start=0&end=11001&step=1 | 400 | exceeded maximum resolution of 11,000 points
          /api/v1/query_range?query=one&start=0&end=1&step=soon | 400 | to a valid duration
          /api/v1/series | 400 | no match[] parameter
          /api/v1/series?match[]={ | 400 | match[]
          /api/v1/rules?type=best | 400 | not supported value "best"
          """)
  void api_badParameter_isRefusedWithNameValueAndExpectation(
      String url, int status, String message) {
    given()
        .urlEncodingEnabled(false)
        .get(url.replace("{", "%7B").replace("[", "%5B").replace("]", "%5D"))
        .then()
        .statusCode(status)
        .body("status", equalTo("error"))
        .body("errorType", equalTo("bad_data"))
        .body("error", containsString(message));
  }

  @Test
  void queryRange_series_isAMatrixOfStringsOverNumbers() {
    eventually(() -> get("/api/v1/query?query=one"), "data.result[0].value[1]", "1");
    long now = Instant.now().getEpochSecond();
    get("/api/v1/query_range?query=one&start={s}&end={e}&step=1s", now - 5, now)
        .statusCode(200)
        .body("data.resultType", equalTo("matrix"))
        .body("data.result[0].metric.__name__", equalTo("one"))
        .body("data.result[0].values[0][1]", equalTo("1"));
    get("/api/v1/query_exemplars?query=test&start=1795570842417&end=1795570842417")
        .statusCode(200)
        .body("data", empty());
  }

  @Test
  void seriesLabelsAndValues_listWhatIsStored() {
    eventually(() -> get("/api/v1/query?query=one"), "data.result[0].value[1]", "1");
    given()
        .contentType(ContentType.URLENC)
        .formParam("match[]", "one")
        .post("/api/v1/series")
        .then()
        .body("data", hasSize(1))
        .body("data[0].__name__", equalTo("one"));
    given()
        .queryParam("match[]", "one")
        .get("/api/v1/series")
        .then()
        .body("data[0].__name__", equalTo("one"));
    get("/api/v1/labels").body("data", hasItems("__name__", "alertname"));
    given()
        .contentType(ContentType.URLENC)
        .formParam("match[]", "one")
        .post("/api/v1/labels")
        .then()
        .body("data", contains("__name__"));
    get("/api/v1/label/__name__/values").body("data", hasItems("one", "up", "ALERTS"));
    get("/api/v1/label/U______name____/values").body("data", hasItem("one"));
    get("/api/v1/label/__name__/values?limit=1")
        .body("data", hasSize(1))
        .body("warnings", contains("results truncated due to limit"));
  }

  @Test
  void rulesAndAlerts_haveTheShapeThatGrafanaReads() {
    eventually(() -> get("/api/v1/alerts"), "data.alerts[0].state", "firing");
    // Shortly after the first start, the samples of some sources are unknown.
    eventually(() -> get("/api/v1/rules"), "data.groups[0].rules[1].health", "ok");
    get("/api/v1/rules?group_limit=40")
        .statusCode(200)
        .body("data.groups[0].name", equalTo("always"))
        .body("data.groups[0].interval", equalTo(1))
        .body("data.groups[0].rules[0].type", equalTo("recording"))
        .body("data.groups[0].rules[1].type", equalTo("alerting"))
        .body("data.groups[0].rules[1].state", equalTo("firing"))
        .body("data.groups[0].rules[1].health", equalTo("ok"))
        .body("data.groups[0].rules[1].alerts[0].value", equalTo("1e+00"));
    get("/api/v1/rules?type=record").body("data.groups[0].rules", hasSize(1));
    get("/api/v1/rules?type=alert&rule_name[]=AlwaysOn&exclude_alerts=true")
        .body("data.groups[0].rules[0].alerts", empty());
    get("/api/v1/rules?rule_group[]=other").body("data.groups", empty());
    get("/api/v1/alerts")
        .body("data.alerts[0].labels.alertname", equalTo("AlwaysOn"))
        .body("data.alerts[0].annotations.description", equalTo("the value is 1"));
  }

  @Test
  void targets_theOneThatIsNotThere_isDownWithItsReason() {
    eventually(() -> get("/api/v1/targets"), "data.activeTargets[0].health", "down");
    get("/api/v1/targets")
        .body("data.activeTargets[0].scrapePool", equalTo("nowhere"))
        .body("data.activeTargets[0].lastError", containsString("127.0.0.1:9"))
        .body("data.droppedTargets", empty());
    get("/api/v1/targets?state=dropped").body("data.activeTargets", empty());
    get("/api/v1/scrape_pools").body("data.scrapePools", contains("nowhere"));
    get("/api/v1/metadata?metric=nothing").statusCode(200).body("data.size()", equalTo(0));
  }

  @Test
  void status_saysVersionFlagsAndConfiguration() {
    get("/api/v1/status/buildinfo")
        .body("data.version", equalTo("3.5.0"))
        .body("data", not(hasKey("features")));
    get("/api/v1/status/flags").body("data.'engine'", equalTo("embedded"));
    get("/api/v1/status/config").body("data.yaml", containsString("job_name: nowhere"));
    get("/api/v1/status/runtimeinfo").body("data.reloadConfigSuccess", equalTo(true));
  }

  @Test
  void lifecycle_readyHealthyReload() {
    get("/-/ready").statusCode(200).body(containsString("ready"));
    get("/-/healthy").statusCode(200);
    when().post("/-/reload").then().statusCode(200).body(containsString("reloaded"));
    when().put("/-/reload").then().statusCode(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/none",
        "/api/v2/none",
        "/api/pharos/v1/none",
        "/api/none",
        "/alertmanager/none",
        "/alertmanager/alertmanager/api/v2/status",
        "/-/none",
        "/assets/none.css"
      })
  void unknownPath_ofPrograms_is404AndNoPage(String path) {
    get(path).statusCode(404).body(not(containsString("<html")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/runbooks/None", "/mailbox/none", "/none", "/graphs/none"})
  void unknownPath_ofPeople_isAPageWithTheWayBack(String path) {
    get(path)
        .statusCode(404)
        .contentType(ContentType.HTML)
        .body(containsString("<nav "), containsString(path));
  }

  @Test
  void alertmanager_frameworkErrorsAreItsJson() {
    get("/api/v2/none").statusCode(404).body("code", equalTo(404));
    given()
        .contentType(ContentType.TEXT)
        .body("[]")
        .post("/api/v2/alerts")
        .then()
        .statusCode(415)
        .body("message", containsString("text/plain"));
    when().put("/api/v2/alerts").then().statusCode(405).body("code", equalTo(405));
    get("/api/v2/silence/x").statusCode(422).body("code", equalTo(601));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/api/v1/receivers", "/api/v1/status", "/api/v1/silences", "/api/v1/silence/1"})
  void alertmanagersRemovedApi_isGone(String path) {
    get(path).statusCode(410).body("status", equalTo("deprecated"));
    when().post("/api/v1/alerts").then().statusCode(410);
    get("/api/v1/alerts").statusCode(200);
  }

  @Test
  void alertmanager_ownAlertIsThereAndAPostedOneIsTaken() {
    eventually(() -> get("/api/v2/alerts?filter=alertname=AlwaysOn"), "[0].labels.service", "shop");
    given()
        .contentType(ContentType.JSON)
        .body("[{\"labels\":{\"alertname\":\"Posted\"},\"generatorURL\":\"http://x/\"}]")
        .post("/alertmanager/api/v2/alerts")
        .then()
        .statusCode(200);
    get("/alertmanager/api/v2/alerts?filter=alertname=Posted")
        .body("[0].status.state", equalTo("active"))
        .body("[0].receivers[0].name", equalTo("on-call"));
    given()
        .contentType(ContentType.JSON)
        .body("[{\"labels\":{}}]")
        .post("/api/v2/alerts")
        .then()
        .statusCode(400);
    get("/api/v2/status").body("config.original", containsString("receiver: on-call"));
    get("/api/v2/receivers").body("name", contains("on-call"));
    get("/api/v2/alerts/groups").statusCode(200);
  }

  @Test
  void silence_createdByApi_isListedAndExpires() {
    String id =
        given()
            .contentType(ContentType.JSON)
            .body(
                """
                {"matchers":[{"name":"alertname","value":"Nobody","isRegex":false,"isEqual":true}],
                 "startsAt":"%s","endsAt":"%s","createdBy":"test","comment":"c"}
                """
                    .formatted(Instant.now(), Instant.now().plusSeconds(600)))
            .post("/api/v2/silences")
            .then()
            .statusCode(200)
            .extract()
            .path("silenceID");
    get("/api/v2/silence/{id}", id).body("status.state", equalTo("active"));
    when().delete("/api/v2/silence/{id}", id).then().statusCode(200);
    get("/api/v2/silence/{id}", id).body("status.state", equalTo("expired"));
  }

  @Test
  void silence_byThePage_asksFirstThenSilences() {
    get("/silences/new?matcher={m}", "alertname=\"FromPage\"")
        .statusCode(200)
        .body(containsString("FromPage"));
    given()
        .redirects()
        .follow(false)
        .contentType(ContentType.URLENC)
        .formParam("matcher", "alertname=\"FromPage\"")
        .formParam("duration", "1h")
        .formParam("by", "me")
        .formParam("comment", "maintenance")
        .post("/silences/new")
        .then()
        .statusCode(303);
    get("/silences").body(containsString("FromPage"));
    given()
        .contentType(ContentType.URLENC)
        .formParam("matcher", "no matcher")
        .formParam("duration", "soon")
        .formParam("by", "me")
        .formParam("comment", "c")
        .post("/silences/new")
        .then()
        .statusCode(400);
  }

  @Test
  void silence_byTheLinkOfAMessage_needsNoTokenAndDoesNothingElse() {
    String id =
        when()
            .post("/api/pharos/v1/receivers/on-call/test")
            .then()
            .statusCode(200)
            .extract()
            .path("integrations[1].deliveryId");
    String text =
        when().get("/mailbox/" + id + "-slack").then().extract().asString().replace("&amp;", "&");
    var link = Pattern.compile("/silences/new\\?[^\\s\"<]*signature=[A-Za-z0-9_-]+").matcher(text);
    assertThat(link.find()).as(text).isTrue();
    String address = link.group();
    var parameters = new HashMap<String, List<String>>();
    for (String one : address.substring(address.indexOf('?') + 1).split("&")) {
      String[] pair = one.split("=", 2);
      parameters
          .computeIfAbsent(pair[0], _ -> new ArrayList<>())
          .add(URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
    }
    given()
        .urlEncodingEnabled(false)
        .header("X-Forwarded-For", "203.0.113.1")
        .get(address)
        .then()
        .statusCode(200)
        .body(containsString("PharosTest"), containsString("4 hours"))
        .body(not(containsString("type=\"password\"")));
    for (String duration : List.of("1h", "4h")) {
      byLink(parameters)
          .formParam("duration", duration)
          .post("/silences/new")
          .then()
          .statusCode(303);
    }
    given().urlEncodingEnabled(false).get(address).then().body(containsString("Silenced until"));
    get("/api/v2/silences?filter=alertname=PharosTest&expired=false")
        .body("$", hasSize(1))
        .body("[0].createdBy", equalTo("the link of delivery " + id))
        .body("[0].comment", containsString(id));
    byLink(parameters).formParam("duration", "48h").post("/silences/new").then().statusCode(400);
    byLink(parameters)
        .formParam("matcher", "severity=\"info\"")
        .formParam("duration", "1h")
        .post("/silences/new")
        .then()
        .statusCode(403);
    given()
        .header("X-Forwarded-For", "203.0.113.1")
        .get("/silences/new?matcher=alertname%3D%22X%22&expires=1&delivery=a&signature=b")
        .then()
        .statusCode(200)
        .body(containsString("This link was changed"));
  }

  /// A request from another host with a link.
  private static RequestSpecification byLink(Map<String, List<String>> parameters) {
    var request =
        given()
            .redirects()
            .follow(false)
            .contentType(ContentType.URLENC)
            .header("X-Forwarded-For", "203.0.113.1");
    parameters.forEach(request::formParam);
    return request;
  }

  @Test
  void pages_areHeldToTheirOwnScriptsAndFrames() {
    for (String path : List.of("/", "/api/v1/alerts", "/none", "/metrics")) {
      get(path)
          .header("Content-Security-Policy", containsString("script-src 'self'"))
          .header("X-Frame-Options", "DENY")
          .header("X-Content-Type-Options", "nosniff")
          .header("Referrer-Policy", "same-origin");
    }
  }

  @Test
  void receiver_testMessage_saysWhatCameOfItAndStandsInTheLedger() {
    when()
        .post("/api/pharos/v1/receivers/on-call/test")
        .then()
        .statusCode(200)
        .body("integrations.answer", everyItem(containsString("mailbox")))
        .body("delivered", equalTo(true));
    get("/api/pharos/v1/notifications?receiver=on-call&since=1h&status=sent")
        .body("notifications.reason", hasItem("a test message"));
    get("/api/pharos/v1/notifications?since=2999-01-01T00:00:00Z").body("notifications", empty());
    when()
        .post("/api/pharos/v1/receivers/none/test")
        .then()
        .statusCode(404)
        .body("error", containsString("none"));
    when()
        .post("/api/pharos/v1/receivers/on-call/test?state=later")
        .then()
        .statusCode(400)
        .body("error", containsString("later"));
  }

  @Test
  void message_withoutAWayOut_isInTheLocalMailboxAndInTheLedger() {
    eventually(
        () -> get("/api/pharos/v1/notifications?status=sent"),
        "notifications.find { it.integration == 'email' && it.groupLabels.alertname == 'AlwaysOn' }"
            + ".status",
        "sent");
    String page = get("/mailbox").statusCode(200).extract().asString();
    assertThat(page).contains("Always on").contains("slack");
    var link =
        Pattern.compile("\"(/mailbox/[A-Za-z0-9-]+)\" translate=\"no\">[^<]*Always on")
            .matcher(page);
    assertThat(link.find()).isTrue();
    get(link.group(1)).statusCode(200).body(containsString("Always on"));
    get(link.group(1) + "/html")
        .statusCode(200)
        .header("Content-Security-Policy", containsString("sandbox"));
  }

  @ParameterizedTest
  @CsvSource({
    "/outbox,/mailbox",
    "/outbox/a-b,/mailbox/a-b",
    "/outbox/a%20b/html,/mailbox/a%20b/html"
  })
  void outbox_whichTheMailboxWas_leadsOn(String old, String now) {
    given()
        .urlEncodingEnabled(false)
        .redirects()
        .follow(false)
        .get(old)
        .then()
        .statusCode(301)
        .header("Location", endsWith(now));
  }

  @Test
  void page_askedForByAnAcceptThatCantBeRead_isThere() {
    given().header("Accept", "application/json, */*;q=").get("/").then().statusCode(200);
    given().header("Accept", "text/html; level= , */*").get("/trouble").then().statusCode(200);
  }

  @Test
  void pages_showWhatIsWrongWithARunbook() {
    eventually(() -> get("/api/v1/alerts"), "data.alerts[0].state", "firing");
    get("/").statusCode(200).body(containsString("AlwaysOn"), containsString("/silences/new?"));
    get("/rules").body(containsString("vector(1)"));
    get("/targets").body(containsString("nowhere"));
    get("/runbooks").body(containsString("Watchdog"));
    get("/runbooks/Watchdog").statusCode(200).body(containsString("</h1>"));
  }

  /// Returns the address of a rule's page, from the list of rules.
  private static String rulePage(String search) {
    String list = given().queryParam("q", search).get("/rules").asString();
    var link = Pattern.compile("/rules/[0-9a-f]{16}").matcher(list);
    assertThat(link.find()).as(list).isTrue();
    return link.group();
  }

  @Test
  void rules_searchAndState_showOnlyWhatMatches() {
    eventually(() -> get("/api/v1/alerts"), "data.alerts[0].state", "firing");
    get("/rules?q=alwayson WARNING")
        .statusCode(200)
        .body(
            containsString("AlwaysOn"),
            containsString("1 rule matches"),
            not(containsString(">one<")));
    get("/rules?state=recording").body(containsString(">one<"), not(containsString("AlwaysOn")));
    get("/rules?sort=cost").body(containsString("Most expensive first"));
    get("/rules?q=nothing-has-this").body(containsString("No rule matches"));
  }

  @Test
  void rulePage_firingAlert_saysWhyAndWhoIsTold() {
    eventually(() -> get("/api/v1/alerts"), "data.alerts[0].state", "firing");
    get(rulePage("AlwaysOn"))
        .statusCode(200)
        .body(
            containsString("1 alert fires."),
            containsString(
                "<span class=\"s-metric\">one</span> == <span class=\"s-number\">1</span>"),
            containsString("fired for "),
            containsString("the value is 1"),
            containsString("/silences/new?"),
            containsString("/incidents/"),
            containsString("/runbooks/Watchdog"),
            containsString("data-chart="),
            containsString("<ul class=\"tree\">"));
    get(rulePage("one") + "?range=7d").statusCode(200);
  }

  @Test
  void rulePage_unknownId_isNotFound() {
    given().header("Accept", "text/html").get("/rules/0123456789abcdef").then().statusCode(404);
    given().header("Accept", "text/html").get("/rules/none").then().statusCode(404);
  }

  @Test
  void rulePages_hostileTexts_areShownAsTexts() {
    eventually(() -> get("/api/v1/rules"), "data.groups[1].rules[1].health", "err");
    for (String page : List.of("/rules", rulePage("script note"), rulePage("fails"))) {
      get(page)
          .statusCode(200)
          .body(
              containsString("&lt;script&gt;"),
              not(containsString("<script>alert")),
              not(containsString("<script>2")),
              not(containsString("<img")),
              not(containsString("<b onclick")),
              not(containsString("href=\"javascript")));
    }
    get(rulePage("script note"))
        .body(containsString("w".repeat(10_000)), containsString("1 alert is pending"));
    get(rulePage("fails")).body(containsString("The rule cannot be evaluated."));
    get("/rules").body(containsString("1 of 4 rules cannot be evaluated: fails."));
    given()
        .queryParam("q", "<script>alert(9)")
        .get("/rules")
        .then()
        .body(not(containsString("<script>alert(9)")));
  }

  @Test
  void gate_withoutEnoughEvidence_isRunningAndNeverPasses() {
    given()
        .contentType(ContentType.JSON)
        .body(
            "{\"service\":\"shop\",\"env\":\"test\",\"version\":\"1.0\",\"sha\":\"0123456789abcdef0123456789abcdef01234567\"}")
        .put("/api/pharos/v1/deployments/test-1")
        .then()
        .statusCode(201);
    String id =
        given()
            .contentType(ContentType.JSON)
            .header("Idempotency-Key", "k1")
            .body("{\"deployment\":\"test-1\"}")
            .post("/api/pharos/v1/gates")
            .then()
            .statusCode(201)
            .extract()
            .path("id");
    get("/api/pharos/v1/gates/{id}", id).statusCode(200).body("state", equalTo("RUNNING"));
    get("/api/pharos/v1/gates/{id}/require-pass?wait=1s", id)
        .statusCode(408)
        .header("Retry-After", not(containsString("-")));
    get("/api/pharos/v1/gates/none").statusCode(404);
  }

  @Test
  void metrics_haveTheNamesThatDashboardsAndBenchesRead() {
    String text =
        get("/metrics")
            .statusCode(200)
            .header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            .extract()
            .asString();
    given()
        .header("Accept", "application/openmetrics-text; version=1.0.0")
        .get("/metrics")
        .then()
        .header("Content-Type", containsString("openmetrics"))
        .body(containsString("# EOF"));
    assertThat(text)
        .contains("\nalertmanager_config_last_reload_successful 1\n")
        .contains(
            "prometheus_tsdb_head_samples_appended_total",
            "prometheus_tsdb_head_series",
            "prometheus_rule_evaluations_total",
            "prometheus_rule_evaluation_failures_total",
            "prometheus_rule_group_iterations_total",
            "prometheus_rule_group_iterations_missed_total",
            "prometheus_rule_group_duration_seconds_sum",
            "prometheus_rule_group_duration_seconds_count",
            "prometheus_rule_group_last_duration_seconds",
            "prometheus_engine_query_samples_total",
            "alertmanager_alerts{",
            "alertmanager_alerts_received_total",
            "alertmanager_notifications_total",
            "alertmanager_silences{",
            "alertmanager_config_last_reload_successful",
            "http_server_requests_seconds_count",
            "jvm_memory_used_bytes",
            "pharos_heartbeat_timestamp_seconds",
            "pharos_outbox_pending");
  }

  @Test
  void prometheusApi_letsScriptsOfOtherSitesRead() {
    given()
        .header("Origin", "https://pages.example")
        .get("/api/v1/query?query=1")
        .then()
        .statusCode(200)
        .header("Access-Control-Allow-Origin", "*")
        .header("Vary", containsString("Origin"))
        .header("Access-Control-Allow-Credentials", equalTo(null));
    given()
        .header("Origin", "https://pages.example")
        .header("Access-Control-Request-Method", "POST")
        .options("/api/v1/query_range")
        .then()
        .statusCode(204)
        .header("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
    get("/api/v1/query?query=1").header("Access-Control-Allow-Origin", equalTo(null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/write",
        "/api/v1/admin/tsdb/snapshot",
        "/api/v2/silences",
        "/api/v2/alerts",
        "/api/pharos/v1/deployments",
        "/-/reload",
        "/silences"
      })
  void writes_tellNoOtherSiteThatItMay(String path) {
    given()
        .header("Origin", "https://evil.example")
        .header("Access-Control-Request-Method", "POST")
        .options(path)
        .then()
        .header("Access-Control-Allow-Origin", equalTo(null));
    given()
        .header("Origin", "https://evil.example")
        .post(path)
        .then()
        .header("Access-Control-Allow-Origin", equalTo(null));
  }

  @Test
  void query_errorWithMarkup_isEscapedAsPrometheusDoes() {
    assertThat(given().queryParam("query", "<>&").get("/api/v1/query").asString())
        .contains("\\u003c\\u003e");
  }

  /// Without Loki there must be no counter of lost lines, which would always show 0.
  @Test
  void metrics_withoutLoki_haveNoneOfIt_andTellWhereThePagesAre() {
    assertThat(when().get("/metrics").asString())
        .doesNotContain("pharos_loki_")
        .containsPattern("pharos_external_url_info\\{url=\"http[^\"]+\"} 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/query",
        "/api/v1/query_range",
        "/api/v1/query_exemplars",
        "/api/v1/series",
        "/api/v1/labels",
        "/api/v1/parse_query",
        "/api/v1/format_query",
        "/silences/new"
      })
  void forms_thatAreNone_areTheClientsFault(String path) {
    for (String body : List.of("%", "a=%zz", "%zz=1", "", "a", "&=&", "query=%ff&duration=%00")) {
      int status =
          given()
              .contentType("application/x-www-form-urlencoded")
              .body(body)
              .post(path)
              .statusCode();
      assertThat(status).as(path + " " + body).isLessThan(500);
    }
    given()
        .contentType("application/x-www-form-urlencoded")
        .body("query=%zz")
        .post("/api/v1/query")
        .then()
        .statusCode(400)
        .body("errorType", equalTo("bad_data"))
        .body("error", containsString("invalid URL escape \"%zz\""));
  }

  @Test
  void query_withRegularExpressionsOfGigabytes_isRefusedWithItsPlace() {
    given()
        .contentType(ContentType.URLENC)
        .formParam("query", "up{job=~\"((.{1000}){1000}){1000}\"}")
        .post("/api/v1/query")
        .then()
        .statusCode(400)
        .body(
            "error",
            containsString("1:4: parse error: error parsing regexp: expression too large"));
  }
}
