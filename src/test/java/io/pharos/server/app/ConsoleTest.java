package io.pharos.server.app;

import static io.restassured.RestAssured.given;
import static io.restassured.RestAssured.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.model.Labels;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.hamcrest.Matcher;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The pages of home and incidents, with alerts that the test posts.
@QuarkusTest
@Tag("slow")
class ConsoleTest {
  private static void post(Labels labels, Map<String, String> annotations) {
    given()
        .contentType(ContentType.JSON)
        .body(List.of(Map.of("labels", labels.toMap(), "annotations", annotations)))
        .post("/api/v2/alerts")
        .then()
        .statusCode(200);
  }

  private static void eventually(String path, Matcher<String> expected) {
    Instant end = Instant.now().plus(Duration.ofSeconds(20));
    while (true) {
      try {
        when().get(path).then().statusCode(200).body(expected);
        return;
      } catch (AssertionError e) {
        if (Instant.now().isAfter(end)) {
          throw e;
        }
        Thread.yield();
      }
    }
  }

  @Test
  void home_firingAlert_isInTheFirstSentenceAndHasARow() {
    post(
        Labels.of("alertname", "ConsoleHome", "severity", "critical"),
        Map.of("summary", "the console is tested"));
    eventually(
        "/",
        allOf(
            containsString("class=\"verdict firing\""),
            containsString("ConsoleHome"),
            containsString("the console is tested"),
            containsString("nowhere")));
    eventually("/?range=90d", containsString("Last 90 days"));
  }

  @Test
  void incidents_filter_showsOnlyMatchingIncidents() {
    post(Labels.of("alertname", "ConsoleOne", "team", "one"), Map.of("summary", "first"));
    post(Labels.of("alertname", "ConsoleTwo", "team", "two"), Map.of("summary", "second"));
    eventually("/incidents", allOf(containsString("ConsoleOne"), containsString("ConsoleTwo")));
    given()
        .queryParam("filter", "team=\"one\"")
        .get("/incidents")
        .then()
        .statusCode(200)
        .body(containsString(">ConsoleOne<"), not(containsString(">ConsoleTwo<")));
    given()
        .queryParam("filter", "team=~\"(\"")
        .get("/incidents")
        .then()
        .statusCode(200)
        .body(containsString("The filter is not valid"), containsString("Expected matchers"));
    given()
        .queryParam("by", "team")
        .get("/incidents")
        .then()
        .body(containsString(">team one</h2>"), containsString(">team two</h2>"));
  }

  @Test
  void incident_ofAGroup_saysWhatSinceWhenAndWhoWasTold() {
    Labels labels = Labels.of("alertname", "ConsolePage", "instance", "a:1");
    post(labels, Map.of("summary", "page of an incident", "description", "more about it"));
    eventually("/incidents", containsString("ConsolePage"));
    String address =
        given()
            .redirects()
            .follow(false)
            .get("/incidents/" + Fingerprint.of(labels))
            .then()
            .extract()
            .header("Location");
    String path =
        address == null ? "/incidents/" + Fingerprint.of(labels) : URI.create(address).getPath();
    eventually(
        path,
        allOf(
            containsString("page of an incident"),
            containsString("more about it"),
            containsString("by "),
            containsString("Who was told")));
    eventually(
        path,
        allOf(
            containsString("<dt>Where</dt><dd>a:1</dd>"),
            containsString("<dt>Told</dt>"),
            containsString("<dt>Changed before</dt>"),
            containsString("Pharos started"),
            containsString("No Loki is configured")));
  }

  @Test
  void incident_postedWithAnEndButNoStart_beganWhenItWasPosted() {
    given()
        .contentType(ContentType.JSON)
        .body(
            List.of(
                Map.of(
                    "labels",
                    Map.of("alertname", "ConsoleEnd"),
                    "endsAt",
                    Instant.now().plus(Duration.ofHours(2)).toString())))
        .post("/api/v2/alerts")
        .then()
        .statusCode(200);
    eventually(
        "/incidents?filter=alertname%3D%22ConsoleEnd%22",
        allOf(containsString("ConsoleEnd"), not(containsString(">in 1 h"))));
  }

  @Test
  void logs_withoutLoki_sayHowToConfigureOne() {
    Labels labels = Labels.of("alertname", "ConsoleLogs");
    post(labels, Map.of("summary", "lines are wanted"));
    eventually(
        "/incidents/" + Fingerprint.of(labels) + "/logs",
        containsString("No Loki is configured; --loki.query-url names one."));
    when().get("/incidents/0123456789abcdef/logs").then().statusCode(404);
  }

  @Test
  void incident_withARunbook_showsItOnThePage_atTheAddressOfTheReader() {
    Labels labels = Labels.of("alertname", "ConsoleRunbook", "severity", "warning", "job", "api");
    String external =
        when().get("/api/v1/status/flags").jsonPath().getString("data['web.external-url']");
    post(labels, Map.of("runbook_url", external + "/runbooks/BackendDown"));
    eventually(
        "/incidents/" + Fingerprint.of(labels),
        allOf(
            containsString("href=\"/runbooks/BackendDown?"),
            containsString("hx-get=\"/runbooks/BackendDown?")));
  }

  @Test
  void incident_thatEnded_saysWhatItsMessagesSaid() {
    Labels labels = Labels.of("alertname", "ConsoleEnded");
    String path = "/incidents/" + Fingerprint.of(labels);
    post(labels, Map.of("summary", "soon over"));
    eventually(path, containsString("state sent"));
    given()
        .contentType(ContentType.JSON)
        .body(
            List.of(
                Map.of(
                    "labels", labels.toMap(), "endsAt", Instant.now().minusMillis(1).toString())))
        .post("/api/v2/alerts")
        .then()
        .statusCode(200);
    // By default, mail and Slack are not told the end.
    eventually(
        path,
        allOf(
            containsString(
                "No alert of this group is there now; no message has said that it ended."),
            containsString("on-call by email")));
  }

  @Test
  void incident_ofAHeartbeat_isWellWhileItFires() {
    Labels labels = Labels.of("alertname", "Watchdog");
    post(labels, Map.of("summary", "alerting works"));
    eventually(
        "/incidents/" + Fingerprint.of(labels),
        allOf(containsString("class=\"verdict ok\""), containsString("It fires always")));
    eventually("/incidents", not(containsString(">Watchdog<")));
  }

  @Test
  void incident_unknownId_is404() {
    when().get("/incidents/0123456789abcdef").then().statusCode(404);
    when().get("/incidents/no-id").then().statusCode(404);
  }

  @Test
  void incidents_bulkSilence_silencesTheChosenAndSaysByWhom() {
    post(Labels.of("alertname", "ConsoleBulk"), Map.of("summary", "to be silenced"));
    eventually("/incidents", containsString("ConsoleBulk"));
    String page =
        given().queryParam("filter", "alertname=\"ConsoleBulk\"").get("/incidents").asString();
    String id = page.replaceAll("(?s).*name=\"id\" value=\"([0-9a-f]{16})\".*", "$1");
    given()
        .redirects()
        .follow(false)
        .formParam("id", id)
        .formParam("duration", "4h")
        .formParam("by", "the tester")
        .formParam("comment", "planned work")
        .post("/incidents")
        .then()
        .statusCode(303)
        .header("Location", endsWith("/incidents?state=silenced"));
    eventually(
        "/incidents?state=silenced",
        allOf(
            containsString("ConsoleBulk"),
            containsString("silenced by the tester for another 3 h 59 min: planned work")));
  }

  @Test
  void incidents_bulkSilenceOfNothing_isRefusedWithAReason() {
    given()
        .formParam("duration", "4h")
        .post("/incidents")
        .then()
        .statusCode(400)
        .body(containsString("Choose at least one incident"));
    post(Labels.of("alertname", "ConsoleRefused"), Map.of());
    eventually("/incidents", containsString("ConsoleRefused"));
    String id = Fingerprint.of(Labels.of("alertname", "ConsoleRefused")).toString();
    given()
        .formParam("id", id)
        .formParam("duration", "1y")
        .post("/incidents")
        .then()
        .statusCode(400);
  }

  @Test
  void pages_hostileTexts_areShownAsText() {
    String script = "<script>alert(1)</script>";
    post(
        Labels.of("alertname", "ConsoleHostile", "job", script, "word", "x".repeat(10_000)),
        Map.of(
            "summary",
            script + "\u202e txet",
            "description",
            "<img src=x onerror=alert(1)>",
            "runbook_url",
            "javascript:alert(1)"));
    for (String path : List.of("/", "/incidents", "/find?q=consolehostile")) {
      eventually(
          path,
          allOf(
              containsString("ConsoleHostile"),
              not(containsString(script)),
              not(containsString("<img src=x")),
              not(containsString("href=\"javascript:"))));
    }
  }

  @Test
  void find_words_findPagesIncidentsAndRules() {
    when()
        .get("/find?q=alwayson")
        .then()
        .statusCode(200)
        .body(containsString("AlwaysOn"), containsString("/rules/"));
    when().get("/find").then().statusCode(200).body(containsString("Incidents"));
    when().get("/find?q=no+such+thing").then().body(containsString("has all of these words"));
  }

  @Test
  void live_newAlert_isAnnounced() throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://localhost:" + RestAssured.port + "/live"))
              .timeout(Duration.ofSeconds(20))
              .build();
      var response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
      assertThat(response.statusCode()).isEqualTo(200);
      try (var lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
        assertThat(lines.readLine()).isEqualTo("data:alive");
        post(Labels.of("alertname", "ConsoleLive" + System.nanoTime()), Map.of());
        String line = lines.readLine();
        while (line != null && !line.equals("data:changed")) {
          line = lines.readLine();
        }
        assertThat(line).isEqualTo("data:changed");
      }
    }
  }

  @Test
  void dashboards_eachIsListed_andHasItsVariablesAndRange() {
    when()
        .get("/dashboards")
        .then()
        .statusCode(200)
        .body(containsString("/dashboards/pharos-service"), containsString("panels"));
    given()
        .queryParam("from", "now-6h")
        .queryParam("var-job", "<script>")
        .get("/dashboards/pharos-service")
        .then()
        .statusCode(200)
        .body(
            containsString("<b aria-current=\"true\">6h</b>"),
            containsString("name=\"var-job\" value=\"&lt;script&gt;\" checked"),
            containsString(
                "data-panels=\"/dashboards/pharos-service/panels?from=now-6h&amp;to=now&amp;refresh=30s&amp;var-job=%3Cscript%3E\""),
            not(containsString("<script>&")));
    when().get("/dashboards/none").then().statusCode(404);
    when().get("/dashboards/none/panels").then().statusCode(404);
  }

  @Test
  void dashboards_panels_haveTheirDataAndExpressions() {
    when()
        .get("/dashboards/pharos-alerts/panels?from=now-5m")
        .then()
        .statusCode(200)
        .contentType(ContentType.JSON)
        .header("Cache-Control", "no-store")
        .body("sections.panels.flatten().view.kind", hasItem("Readings"))
        .body("sections.panels.flatten().expressions.flatten()", hasItem(containsString("ALERTS")))
        .body("remarks", empty());
  }

  @Test
  void query_editor_isToldWhatMayComeAtTheCursor() {
    given()
        .queryParam("expr", "histogram_quan")
        .queryParam("cursor", 14)
        .get("/query/complete")
        .then()
        .statusCode(200)
        .contentType(ContentType.JSON)
        .body("from", equalTo(0), "options[0].text", equalTo("histogram_quantile("));
    when().get("/query/complete").then().statusCode(200).body("options", empty());
  }

  @Test
  void query_pages_explainHintAndDrawHeatmaps() {
    when()
        .get("/query?g0.expr=http_requests_total&g0.show_tree=1")
        .then()
        .statusCode(200)
        .body(
            containsString("rate(http_requests_total[5m])"),
            containsString("<h2>Its parts at"),
            containsString("<ul class=\"tree\">"));
    when()
        .get("/query?g0.expr=up&g0.display_mode=heatmap")
        .then()
        .body(containsString("data-panels=\"/query/heatmap?g0.expr=up&amp;"));
    when()
        .get("/query/heatmap?g0.expr=vector(1)&g0.display_mode=heatmap&g1.expr=up")
        .then()
        .statusCode(200)
        .body("sections.size()", equalTo(1))
        .body("sections[0].panels[0].view.kind", equalTo("Undrawn"))
        .body("sections[0].panels[0].view.reason", containsString("le"));
  }

  @Test
  void metrics_pages_listAndShow_andAnUnknownIs404() {
    when().get("/query/metrics").then().statusCode(200).body(containsString("Metric"));
    given()
        .queryParam("q", "<script>alert(1)</script>")
        .get("/query/metrics")
        .then()
        .statusCode(200)
        .body(containsString("No metric has all of these words"), not(containsString("<script>a")));
    when().get("/query/metrics/no_such_metric").then().statusCode(404);
  }

  @Test
  void design_page_showsEachState() {
    when().get("/design").then().statusCode(200).body(containsString("state firing"));
  }
}
