package io.pharos.server.app;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The pages of releases, with deployments of their own service.
@QuarkusTest
@Tag("slow")
class ReleasePagesTest {
  private static final String API = "/api/pharos/v1/";

  /// Texts that would do something if a page did not show them as texts.
  private static final List<String> HOSTILE =
      List.of(
          "<script>alert(1)</script>",
          "<img src=x onerror=alert(1)>",
          "\" onmouseover=\"alert(1)",
          "' autofocus onfocus='alert(1)",
          "</pre></details></main><h1>gone",
          "{config:all}{cdi:topBar}",
          "javascript:alert(1)//////",
          "\u202egnp.exe\u2066 ten letters",
          "&lt;b&gt; &amp; <b>",
          "x".repeat(900));

  private static void announce(String key, Map<String, ?> fields) {
    given()
        .contentType(ContentType.JSON)
        .body(fields)
        .put(API + "deployments/" + key)
        .then()
        .statusCode(201);
  }

  private static void announce(String key, String service, String version) {
    announce(key, Map.of("service", service, "env", "test", "version", version));
  }

  private static String open(String key) {
    return given()
        .contentType(ContentType.JSON)
        .header("Idempotency-Key", "release-pages-" + key)
        .body(Map.of("deployment", key))
        .post(API + "gates")
        .then()
        .statusCode(201)
        .extract()
        .path("id");
  }

  private static ValidatableResponse get(String path) {
    return given().urlEncodingEnabled(false).redirects().follow(false).get(path).then();
  }

  @Test
  void list_filters_selectDeployments() {
    announce("rp:list:1", "release-list", "1.0");
    announce("rp:list:2", "release-list", "2.0");
    given()
        .contentType(ContentType.JSON)
        .body(Map.of("status", "rolled_back"))
        .patch(API + "deployments/rp:list:1")
        .then()
        .statusCode(200);
    get("/releases?service=release-list")
        .statusCode(200)
        .body(containsString("<code>1.0</code>"))
        .body(containsString("<code>2.0</code>"))
        .body(containsString("class=\"state returned\">rolled back"))
        .body(containsString("class=\"mark running\""));
    get("/releases?service=release-list&state=rolled_back")
        .body(containsString("<code>1.0</code>"))
        .body(not(containsString("<code>2.0</code>")));
    get("/releases?service=release-list&text=rp:list:2")
        .body(containsString("<code>2.0</code>"))
        .body(not(containsString("<code>1.0</code>")));
    get("/releases?service=release-list&page=2").body(containsString("There are no earlier"));
    get("/releases?service=nobody").body(containsString("No deployment matches"));
  }

  @Test
  void deployments_oldAddress_leadsToTheNewPages() {
    get("/deployments?service=a&env=b")
        .statusCode(301)
        .header("Location", endsWith("/releases?env=b&service=a"));
    announce("rp:old", "release-old", "1.0");
    get("/deployments?key=rp%3Aold")
        .statusCode(301)
        .header("Location", endsWith("/releases/deployment?key=rp%3Aold"));
    get("/releases/deployment?key=rp%3Aold")
        .statusCode(200)
        .body(containsString("No gate has judged this deployment."));
  }

  @Test
  void pages_unknownIds_are404() {
    get("/releases/deployment?key=nothing").statusCode(404);
    get("/releases/gates/nothing").statusCode(404);
    get("/releases/rollouts/nothing").statusCode(404);
    get("/releases/rollouts/nothing/pause").statusCode(404);
    get("/releases/rollouts/nothing/jump").statusCode(404);
  }

  @Test
  void override_form_needsAReasonAndStaysVisible() {
    announce("rp:override", "shop", "release-override");
    String id = open("rp:override");
    get("/releases/gates/" + id).statusCode(200).body(containsString(">deciding</span>"));
    get("/releases/gates/" + id + "/override")
        .statusCode(200)
        .body(containsString("Override the verdict</button>"));
    override(id, "FAIL", "short").statusCode(400).body(containsString("10 to 1000 characters"));
    override(id, "GO", "a long enough reason").statusCode(400).body(containsString("PASS or FAIL"));
    override(id, "PASS", "a long enough reason")
        .statusCode(409)
        .body(containsString("it is still running"))
        .body(containsString(">a long enough reason</textarea>"));
    override(id, "FAIL", "a long enough reason")
        .statusCode(303)
        .header("Location", endsWith("/releases/gates/" + id));
    get("/releases/gates/" + id)
        .body(containsString("overridden: stop"))
        .body(containsString("a long enough reason"))
        .body(containsString("own verdict is RUNNING."));
    given().get(API + "gates/" + id).then().body("state", equalTo("RUNNING"));
    get("/releases/gates/" + id)
        .body(
            containsString(
                "<td class=\"main\" translate=\"no\">local</td><td data-label=\"Answer\">409, stop"));
    get("/releases/deployment?key=rp:override").body(containsString("state overridden"));
    get("/releases?service=shop&text=rp:override").body(containsString("state overridden"));
  }

  private static ValidatableResponse override(String id, String outcome, String reason) {
    return given()
        .redirects()
        .follow(false)
        .contentType("application/x-www-form-urlencoded; charset=UTF-8")
        .formParam("outcome", outcome)
        .formParam("reason", reason)
        .post("/releases/gates/" + id + "/override")
        .then();
  }

  @Test
  void rollout_decisions_areMadeOnItsPages() {
    announce(
        "rp:rollout",
        Map.of(
            "service", "remotegpu",
            "env", "staging",
            "version", "9.9.1",
            "strategy", "canary",
            "color", "green"));
    String id =
        given()
            .contentType(ContentType.JSON)
            .body(Map.of("deployment", "rp:rollout"))
            .post(API + "rollouts")
            .then()
            .statusCode(201)
            .extract()
            .path("id");
    String page = "/releases/rollouts/" + id;
    get(page)
        .statusCode(200)
        .body(containsString(">preparing</span>"))
        .body(containsString("No agent has ever reported"));
    get("/releases?service=remotegpu").body(containsString(page));
    get(page + "/abort").statusCode(200).body(containsString("All traffic returns"));
    decide(page + "/abort", " ").statusCode(400).body(containsString("Enter a reason"));
    decide(page + "/approve", "why not").statusCode(409).body(containsString("PREPARING"));
    decide(page + "/pause", "<b>wait</b>").statusCode(303);
    get(page)
        .body(containsString(">paused</span>"))
        .body(containsString("&lt;b&gt;wait&lt;/b&gt;"))
        .body(containsString("Resume…"));
    decide(page + "/abort", "enough").statusCode(303);
    get(page).body(containsString(">aborted</span>"));
  }

  private static ValidatableResponse decide(String path, String reason) {
    return given()
        .redirects()
        .follow(false)
        .contentType("application/x-www-form-urlencoded; charset=UTF-8")
        .formParam("reason", reason)
        .post(path)
        .then();
  }

  @Test
  void pages_hostileTexts_areShownAsText() {
    for (int i = 0; i < HOSTILE.size(); i++) {
      String text = HOSTILE.get(i);
      String key = "rp:hostile:" + i;
      String version = text.replaceAll("[^!-~]", "");
      String name = text.substring(0, Math.min(90, text.length()));
      announce(
          key,
          Map.of(
              "service",
              "shop",
              "env",
              "test",
              "version",
              version.substring(0, Math.min(200, version.length())),
              "links",
              Map.of(name, "https://ci.example.org/1")));
      String id = open(key);
      override(id, "FAIL", text).statusCode(303);
      for (String path :
          List.of(
              "/releases?service=shop&text=" + key,
              "/releases/deployment?key=" + key,
              "/releases/gates/" + id,
              "/releases/gates/" + id + "/override")) {
        String page = get(path).statusCode(200).extract().asString();
        assertThat(page)
            .as("%s with %s", path, text)
            .doesNotContain(
                "<script>alert", "<img", "onmouseover=\"alert", "</main><h1>", "&amp; <b>")
            .doesNotContain("onfocus='alert", "\u202e", "\u2066", "href=\"javascript");
      }
      assertThat(get("/releases?text=" + i + "%3Cscript%3Ealert(1)").extract().asString())
          .doesNotContain("<script>alert");
    }
  }

  @Test
  void live_changeOfARelease_isAnnouncedToItsPagesOnly() throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      var response =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("http://localhost:" + RestAssured.port + "/live?of=releases"))
                  .build(),
              HttpResponse.BodyHandlers.ofInputStream());
      try (var lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
        assertThat(lines.readLine()).isEqualTo("data:alive");
        Thread.sleep(700); // the first look at the releases
        announce("rp:live", "release-live", "1.0");
        long start = System.nanoTime();
        String line = lines.readLine();
        while (line != null && !line.equals("data:changed")) {
          line = lines.readLine();
        }
        assertThat(line).isEqualTo("data:changed");
        assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(5_000);
      }
    }
  }
}
