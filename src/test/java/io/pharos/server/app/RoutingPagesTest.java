package io.pharos.server.app;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The pages of routing, of the ledger and of silences, over HTTP.
@QuarkusTest
@Tag("slow")
class RoutingPagesTest {
  private static final String SCRIPT = "<script>alert(1)</script>";
  private static final String SCRIPT_AS_TEXT = "&lt;script&gt;alert(1)&lt;/script&gt;";

  private static RequestSpecification plain() {
    return given().redirects().follow(false).header("Accept", "text/html");
  }

  private static RequestSpecification remote() {
    return plain().header("X-Forwarded-For", "203.0.113.1");
  }

  private static ValidatableResponse get(String path, Object... parameters) {
    return plain().get(path, parameters).then();
  }

  private static ValidatableResponse post(
      RequestSpecification request, String path, Map<String, String> form) {
    return request.contentType(ContentType.URLENC).formParams(form).post(path).then();
  }

  private static void fire(String name, String more) {
    given()
        .contentType(ContentType.JSON)
        .body(
            "[{\"labels\":{\"alertname\":\"%s\"%s},\"annotations\":{\"summary\":\"%s\"}}]"
                .formatted(name, more, SCRIPT))
        .post("/api/v2/alerts")
        .then()
        .statusCode(200);
  }

  private static String silence(String matcher, String comment) {
    String location =
        post(
                plain(),
                "/silences/new",
                Map.of("matcher", matcher, "duration", "1h", "by", "me", "comment", comment))
            .statusCode(303)
            .extract()
            .header("Location");
    return location.substring(location.indexOf('#') + 1);
  }

  @Test
  void routing_showsTheTreeWithWhatIsInIt() {
    for (int i = 0; i < 20; i++) { // the largest groups are shown
      fire("InTheTree", ",\"instance\":\"" + i + "\"");
    }
    get("/routing")
        .statusCode(200)
        .body(containsString("all alerts"), containsString("grouped by alertname"))
        .body(containsString("alertname=&quot;InTheTree&quot;"), containsString("/incidents/"))
        .body(containsString("<h3 class=\"grow\"><span class=\"name\">on-call</span>"))
        .body(containsString("Send a test"), containsString("1 route"));
  }

  @Test
  void question_isAnsweredByTheRouter() {
    get("/routing?alert={a}", "severity=critical alertname=Asked")
        .statusCode(200)
        .body(containsString("Pharos would tell on-call (email, slack) 1 s after the alert starts"))
        .body(containsString("no such group now"));
    String id = silence("alertname=\"AskedQuietly\"", "asked");
    get("/routing?alert={a}", "alertname=AskedQuietly")
        .body(containsString("Nobody would be told now: a silence matches."))
        .body(containsString("/silences#" + id));
    get("/routing?alert={a}", "alertname=~\"" + SCRIPT + "\"")
        .statusCode(400)
        .body(containsString("an alert has one value of each label"))
        .body(not(containsString(SCRIPT)));
  }

  @Test
  void test_isSentAndItsAnswerIsShown() {
    post(plain(), "/routing/test", Map.of("receiver", "on-call"))
        .statusCode(303)
        .header("Location", endsWith("/routing?tested=on-call#receiver-1"));
    get("/routing?tested=on-call")
        .body(containsString("A test message was sent"), containsString("a test message"))
        .body(containsString("mailbox"));
    post(plain(), "/routing/test", Map.of("receiver", SCRIPT))
        .statusCode(404)
        .body(containsString("There is no receiver"), not(containsString(SCRIPT)));
    post(plain(), "/routing/test", Map.of()).statusCode(404);
  }

  @Test
  void reader_withoutTheScope_seesNoButtonAndNoAnswers() {
    post(plain(), "/routing/test", Map.of("receiver", "on-call")).statusCode(303);
    remote()
        .get("/routing")
        .then()
        .statusCode(200)
        .body(
            not(containsString("Send a test")), containsString("shown with the scope alert:write"));
    remote()
        .get("/routing/ledger")
        .then()
        .statusCode(200)
        .body(containsString("shown with the scope alert:write"));
    post(remote(), "/routing/test", Map.of("receiver", "on-call")).statusCode(403);
    String id = silence("alertname=\"NotYours\"", "mine");
    remote()
        .get("/silences")
        .then()
        .body(containsString("NotYours"), not(containsString("/expire")));
    post(remote(), "/silences/" + id + "/extend", Map.of("by", "1h")).statusCode(403);
    post(remote(), "/silences/" + id + "/expire", Map.of()).statusCode(403);
    post(
            plain().header("Sec-Fetch-Site", "cross-site").header("Origin", "http://evil.example"),
            "/routing/test",
            Map.of("receiver", "on-call"))
        .statusCode(403);
  }

  @Test
  void ledger_isSearchedByReceiverStatusTextAndTime() {
    post(plain(), "/routing/test", Map.of("receiver", "on-call")).statusCode(303);
    get("/routing/ledger?receiver=on-call&status=sent&from=1h&text=pharosTEST")
        .statusCode(200)
        .body(containsString("PharosTest"), containsString("a test message"))
        .body(containsString("The text was searched in"));
    get("/routing/ledger?text={t}", "no such text " + SCRIPT)
        .statusCode(200)
        .body(containsString("No delivery matches this search"), not(containsString(SCRIPT)));
    get("/routing/ledger?to=2020-01-01T00:00:00Z").body(containsString("No delivery matches"));
    get("/routing/ledger?status=odd").statusCode(400).body(containsString("found &quot;odd&quot;"));
    get("/routing/ledger?from=soon").statusCode(400).body(containsString("from: expected"));
    get("/routing/ledger?skip=-1").statusCode(400).body(containsString("skip: expected"));
  }

  @Test
  void ledger_thatCantBeRead_isNeverShownAsEmpty() throws Exception {
    Path ledger = ledger();
    Path away = ledger.resolveSibling("ledger.away");
    Files.move(ledger, away);
    try {
      get("/routing/ledger")
          .statusCode(503)
          .body(containsString("The store is unavailable"), not(containsString("No message")));
      get("/routing")
          .statusCode(200)
          .body(containsString("The store is unavailable, so Pharos"))
          .body(not(containsString("answered its last message")));
    } finally {
      Files.move(away, ledger);
    }
    get("/routing/ledger").statusCode(200);
  }

  private static Path ledger() throws Exception {
    String storage =
        Arrays.stream(System.getProperty("pharos.args").split(" "))
            .filter(flag -> flag.startsWith("--storage.path="))
            .map(flag -> flag.substring(flag.indexOf('=') + 1))
            .findFirst()
            .orElseThrow();
    try (var all = Files.walk(Path.of(storage))) {
      return all.filter(path -> path.endsWith("ledger")).findFirst().orElseThrow();
    }
  }

  @Test
  void silence_saysWhatItHides_andIsExtendedAndEnded() {
    fire("Hidden", ",\"n\":\"1\"");
    fire("Hidden", ",\"n\":\"2\"");
    get("/silences/new?matcher={m}&duration=2h&by=me&comment=why", "alertname=\"Hidden\"")
        .body(containsString("2 current alerts match"), containsString("Hidden ×2"))
        .body(containsString("value=\"2h\""), containsString("value=\"why\""));
    String id = silence("alertname=\"Hidden\"", SCRIPT);
    String idle = silence("alertname=\"NobodyHasThis\"", "c");
    get("/silences")
        .body(containsString("hides 2 alerts"), containsString("Hides nothing"))
        .body(containsString(SCRIPT_AS_TEXT), not(containsString(SCRIPT)));
    Instant before = end(id);
    post(plain(), "/silences/" + id + "/extend", Map.of("by", "4h"))
        .statusCode(303)
        .header("Location", endsWith("/silences#" + id));
    assertThat(end(id)).isEqualTo(before.plusSeconds(4 * 3600));
    post(plain(), "/silences/" + id + "/extend", Map.of("until", "2999-01-31T09:00"))
        .statusCode(303);
    assertThat(end(id)).isEqualTo(Instant.parse("2999-01-31T09:00:00Z"));
    post(plain(), "/silences/" + id + "/extend", Map.of("until", "2020-01-31T09:00"))
        .statusCode(400)
        .body(containsString("Expected an end after now"), containsString("hides 2 alerts"));
    post(plain(), "/silences/" + id + "/extend", Map.of("by", "soon")).statusCode(400);
    post(plain(), "/silences/" + idle + "/expire", Map.of()).statusCode(303);
    post(plain(), "/silences/" + idle + "/extend", Map.of("by", "1h"))
        .statusCode(400)
        .body(containsString("The silence has ended"));
    post(plain(), "/silences/none/extend", Map.of("by", "1h")).statusCode(404);
    post(plain(), "/silences/none/expire", Map.of()).statusCode(404);
    get("/silences").body(containsString("Expired"), containsString("NobodyHasThis"));
  }

  private static Instant end(String id) {
    return Instant.parse(
        given().get("/api/v2/silence/" + id).then().extract().<String>path("endsAt"));
  }

  @Test
  void form_thatIsRefused_keepsItsValues() {
    post(
            plain(),
            "/silences/new",
            Map.of("matcher", "a=~\"(\"", "duration", "3h", "by", "someone", "comment", SCRIPT))
        .statusCode(400)
        .body(containsString("error parsing regexp"), containsString("value=\"3h\""))
        .body(containsString("someone"), containsString(SCRIPT_AS_TEXT))
        .body(not(containsString(SCRIPT)));
    post(
            plain(),
            "/silences/new",
            Map.of("matcher", "a=\"b\"", "duration", "soon", "by", "someone", "comment", "c"))
        .statusCode(400)
        .body(containsString("value=\"soon\""));
  }

  @Test
  void hostileTexts_areShownAsText() {
    String hostile = SCRIPT + "\u202Eevil" + "w".repeat(10_000);
    fire(hostile, "");
    silence("alertname=~\".*w\"", hostile);
    for (String path : new String[] {"/routing", "/silences"}) {
      get(path)
          .statusCode(200)
          .body(containsString(SCRIPT_AS_TEXT), not(containsString(SCRIPT)))
          .body(not(containsString("\u202E")), not(containsString("w".repeat(400))));
    }
    get("/silences/new?matcher={m}", "alertname=~\".*w\"")
        .body(containsString(SCRIPT_AS_TEXT), not(containsString(SCRIPT)))
        .body(not(containsString("\u202E")));
  }
}
