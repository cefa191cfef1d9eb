package io.pharos.server.app;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Episodes over HTTP: the API, the page of the incident, and the link in a message.
@QuarkusTest
@Tag("slow")
class EpisodeHttpTest {
  private static final String ROOT = "/api/pharos/v1/episodes/";

  private static RequestSpecification plain() {
    return given().redirects().follow(false).urlEncodingEnabled(false);
  }

  private static RequestSpecification remote() {
    return plain().header("X-Forwarded-For", "203.0.113.1").header("Accept", "text/html");
  }

  private static void fire(String name) {
    given()
        .contentType(ContentType.JSON)
        .body(
            "[{\"labels\":{\"alertname\":\"%s\",\"severity\":\"warning\"},\"startsAt\":\"%s\"}]"
                .formatted(name, Instant.now().minusSeconds(600)))
        .post("/api/v2/alerts")
        .then()
        .statusCode(200);
  }

  /// Fires an alert and waits until its episode is recorded.
  private static int episode(String name) throws InterruptedException {
    fire(name);
    for (int i = 0; i < 100; i++) {
      var found = given().get("/api/pharos/v1/episodes?text=" + name).jsonPath();
      if (!found.getList("episodes").isEmpty()) {
        return found.getInt("episodes[0].number");
      }
      Thread.sleep(100);
    }
    throw new AssertionError("no episode of " + name);
  }

  private static ValidatableResponse post(String path, String body) {
    return given().contentType(ContentType.JSON).body(body).post(ROOT + path).then();
  }

  @Test
  void api_acknowledgesReleasesAndComments() throws Exception {
    int number = episode("EpisodeByApi");
    post(number + "/acknowledge", "{\"owner\":\"ann\",\"comment\":\"on it\",\"duration\":\"2h\"}")
        .statusCode(200)
        .body("state", equalTo("acknowledged"))
        .body("acknowledgement.owner", equalTo("ann"));
    given()
        .get("/api/pharos/v1/episodes?state=acknowledged&text=ann")
        .then()
        .body("episodes.number", hasItem(number));
    post(number + "/comment", "{\"comment\":\"found | it\"}").statusCode(200);
    post(number + "/release", "{}").statusCode(200).body("state", equalTo("open"));
    post(number + "/release", "{}").statusCode(409);
    given()
        .get(ROOT + number)
        .then()
        .statusCode(200)
        .body(
            "timeline.event",
            hasItems("firing", "notified", "acknowledged", "acknowledgement ended", "commented"));
    given()
        .get(ROOT + number + "/markdown")
        .then()
        .statusCode(200)
        .contentType("text/markdown")
        .body(containsString("# Episode " + number), containsString("found \\| it"));
    given()
        .get("/api/pharos/v1/audit?text=episodes")
        .then()
        .body("entries.action", hasItem("POST /api/pharos/v1/episodes/{number}/acknowledge"));
  }

  @Test
  void api_refusesWithWords() {
    post("999999999/acknowledge", "{}").statusCode(404);
    post("1/acknowledge", "{\"duration\":\"1s\"}")
        .statusCode(400)
        .body("field", equalTo("duration"));
    post("1/acknowledge", "{\"who\":\"ann\"}").statusCode(400).body("field", equalTo("who"));
    post("one/comment", "{\"comment\":\"a\"}").statusCode(400).body("field", equalTo("number"));
    post("1/comment", "{\"comment\":\" \"}").statusCode(400).body("field", equalTo("comment"));
    given().get("/api/pharos/v1/episodes?state=closed").then().statusCode(400);
  }

  @Test
  void page_showsOwnerAndTimeline_andItsFormsWork() throws Exception {
    int number = episode("EpisodeByPage");
    String incident =
        plain().get("/incidents/" + number).then().statusCode(303).extract().header("Location");
    String page = incident.replaceFirst(".*(/incidents/[0-9a-f]{16}).*", "$1");
    plain().get(page).then().body(containsString("Nobody has it."));
    plain()
        .contentType(ContentType.URLENC)
        .formParam("action", "acknowledge")
        .formParam("by", "<b>ann</b>")
        .post(page + "/episodes/" + number)
        .then()
        .statusCode(303);
    plain()
        .get(page)
        .then()
        .statusCode(200)
        .body(containsString("&lt;b&gt;ann&lt;/b&gt;"), not(containsString("<b>ann</b>")))
        .body(containsString("acknowledged"), containsString("Take over"));
    remote()
        .contentType(ContentType.URLENC)
        .formParam("action", "release")
        .post(page + "/episodes/" + number)
        .then()
        .statusCode(403);
  }

  @Test
  void link_asksFirst_acknowledgesOnce_andNothingElse() throws Exception {
    int number = episode("EpisodeByLink");
    String address = link("EpisodeByLink");
    Map<String, String> form = parameters(address);
    remote()
        .get(address)
        .then()
        .statusCode(200)
        .body(containsString("EpisodeByLink"), containsString("<button"));
    given().get(ROOT + number).then().body("episode.state", equalTo("open"));
    var forged = new HashMap<>(form);
    forged.put("group", "0" + form.get("group").substring(1));
    submit(forged).statusCode(403).body(containsString("This link was changed"));
    forged.putAll(form);
    forged.put("expires", "1" + form.get("expires"));
    submit(forged).statusCode(403);
    forged.remove("signature");
    submit(forged).statusCode(403);
    given().get(ROOT + number).then().body("episode.state", equalTo("open"));
    submit(form).statusCode(303);
    given()
        .get(ROOT + number)
        .then()
        .body("episode.state", equalTo("acknowledged"))
        .body("episode.acknowledgement.owner", equalTo("李雷"));
    remote()
        .get(address)
        .then()
        .statusCode(200)
        .body(containsString("Acknowledged by"), not(containsString("<button class")));
    submit(form).statusCode(403).body(containsString("This link was used before"));
    post(number + "/release", "{}").statusCode(200);
    submit(form).statusCode(403);
    given().get(ROOT + number).then().body("episode.state", equalTo("open"));
  }

  private static ValidatableResponse submit(Map<String, String> form) {
    return remote()
        .contentType("application/x-www-form-urlencoded; charset=UTF-8")
        .formParams(form)
        .formParam("by", "李雷")
        .post("/acknowledge")
        .then();
  }

  private static String link(String name) throws InterruptedException {
    for (int i = 0; i < 100; i++) {
      var sent = given().get("/api/pharos/v1/notifications?status=sent").jsonPath();
      String id =
          sent.getString(
              "notifications.find { it.groupLabels.alertname == '%s' && it.integration == 'slack' }.id"
                  .formatted(name));
      if (id != null) {
        String text = given().get("/mailbox/" + id + "-slack").asString().replace("&amp;", "&");
        var link =
            Pattern.compile("/acknowledge\\?[^\\s\"<]*signature=[A-Za-z0-9_-]+").matcher(text);
        assertThat(link.find()).as(text).isTrue();
        return link.group();
      }
      Thread.sleep(100);
    }
    throw new AssertionError("no message about " + name);
  }

  private static Map<String, String> parameters(String address) {
    var parameters = new HashMap<String, String>();
    for (String one : address.substring(address.indexOf('?') + 1).split("&")) {
      String[] pair = one.split("=", 2);
      parameters.put(pair[0], URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
    }
    return parameters;
  }
}
