package io.pharos.server.app;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The pages of targets over HTTP; the configuration of the tests has a target that does not
/// answer.
@QuarkusTest
@Tag("slow")
class TargetPagesTest {
  private static ValidatableResponse get(String path, Object... parameters) {
    return given().header("Accept", "text/html").get(path, parameters).then();
  }

  private static String pageOfTheDownTarget() {
    Instant end = Instant.now().plus(Duration.ofSeconds(20));
    while (true) {
      String list = get("/targets?state=down&kind=target").statusCode(200).extract().asString();
      Matcher page = Pattern.compile("/targets/[0-9a-f]{16}").matcher(list);
      if (page.find()) {
        return page.group();
      }
      assertThat(Instant.now()).as("a target that is down").isBefore(end);
      Thread.yield();
    }
  }

  @Test
  void targets_downTarget_isInTheFirstSentenceAndHasARow() {
    pageOfTheDownTarget();
    get("/targets")
        .statusCode(200)
        .body(
            allOf(
                containsString("class=\"verdict firing\""),
                containsString("down"),
                containsString("<title>"),
                containsString("nowhere")));
  }

  @Test
  void target_down_saysWhySinceWhenAndWhoWatches() {
    get(pageOfTheDownTarget())
        .statusCode(200)
        .body(
            allOf(
                containsString("connect"),
                containsString("Alerts and rules"),
                containsString("Last 24h"),
                containsString("next due"),
                containsString("Labels before relabelling")));
    get(pageOfTheDownTarget() + "?range=30d").body(containsString("Last 30d"));
  }

  @Test
  void targets_search_isShownAsTextAndFindsNothing() {
    get("/targets?q={text}", "<script>alert(1)</script>")
        .statusCode(200)
        .body(
            containsString("Nothing matches"),
            containsString("&lt;script&gt;"),
            not(containsString("<script>alert")));
    get("/targets?page=-3&state=strange&kind=").statusCode(200);
    get("/targets/0123456789abcdef").statusCode(404);
  }

  @Test
  void settings_showsConfigurationLimitsFlagsAndLoops() {
    get("/settings")
        .statusCode(200)
        .body(
            allOf(
                containsString("src/test/resources/service/prometheus.yml"),
                containsString("--limits.page-bytes"),
                containsString("--storage.retention"),
                containsString("heartbeat"),
                containsString("Quarkus")));
  }

  @Test
  void change_withoutAFolderOfProbes_saysSoAndWritesNothing() {
    get("/targets/change?type=dns").statusCode(200).body(containsString("Record type"));
    given()
        .header("Accept", "text/html")
        .formParam("form", "icmp")
        .formParam("probe", "<script>alert(1)</script>")
        .formParam("host", "a")
        .post("/targets/change/new")
        .then()
        .statusCode(200)
        .body(containsString("This Pharos reads no folder of probes"));
    given()
        .header("Accept", "text/html")
        .formParam("file", "/etc/hostname")
        .formParam("entry", "- name: <script>alert(1)</script>")
        .formParam("action", "write")
        .post("/targets/change")
        .then()
        .statusCode(400)
        .body(
            containsString("Expected one of the files that this Pharos reads."),
            not(containsString("<script>alert")));
  }

  @Test
  void change_ofAnotherSite_isRefused() {
    given()
        .header("Origin", "http://evil.example")
        .formParam("action", "try")
        .post("/targets/change")
        .then()
        .statusCode(403);
    given()
        .header("X-Forwarded-For", "203.0.113.1")
        .header("Accept", "text/html")
        .get("/targets/change")
        .then()
        .statusCode(403);
  }
}
