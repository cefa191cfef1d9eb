package io.pharos.server.app;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The page and the API of who is on call, over HTTP.
@QuarkusTest
@Tag("slow")
class OnCallPagesTest {
  private static final String BOB = "<b>bob</b>";
  private static final String API = "/api/pharos/v1/oncall";

  private static RequestSpecification plain() {
    return given().redirects().follow(false).header("Accept", "text/html");
  }

  private static RequestSpecification remote() {
    return plain().header("X-Forwarded-For", "203.0.113.1");
  }

  private static ValidatableResponse page() {
    return plain().get("/oncall").then();
  }

  private static ValidatableResponse post(
      RequestSpecification request, String path, Map<String, String> form) {
    return request.contentType(ContentType.URLENC).formParams(form).post(path).then();
  }

  @Test
  void page_showsRotations_calendarAndGaps_withNamesAsText() {
    page()
        .statusCode(200)
        .body(containsString("<a href=\"/oncall\" aria-current=\"page\">On call</a>"))
        .body(containsString("id=\"rotation-backend\""), containsString("&lt;b&gt;bob&lt;/b&gt;"))
        .body(containsString("Somebody is on call at all times in the next 14 days."))
        .body(containsString("Nobody is on call from "), not(containsString(BOB)));
  }

  @Test
  void form_addsAnOverride_andRemovesIt() {
    String location =
        post(
                plain(),
                "/oncall/overrides",
                Map.of(
                    "rotation", "backend", "person", BOB, "until", "4h", "comment", "<i>ill</i>"))
            .statusCode(303)
            .extract()
            .header("Location");
    String id = location.substring(location.indexOf('#') + 1);
    page()
        .body(containsString("/oncall/overrides/" + id + "/remove"))
        .body(containsString("&lt;i&gt;ill&lt;/i&gt;"));
    given()
        .get(API + "?rotation=backend")
        .then()
        .statusCode(200)
        .body("rotations[0].now.person", equalTo(BOB))
        .body("rotations[0].now.override", equalTo(id));
    post(remote(), "/oncall/overrides/" + id + "/remove", Map.of()).statusCode(403);
    post(plain(), "/oncall/overrides/" + id + "/remove", Map.of()).statusCode(303);
    post(plain(), "/oncall/overrides/" + id + "/remove", Map.of()).statusCode(404);
  }

  @Test
  void form_withMistakes_changesNothing_andSaysWhy() {
    post(plain(), "/oncall/overrides", Map.of("rotation", "x"))
        .statusCode(400)
        .body(containsString("There is no rotation x."));
    post(
            plain(),
            "/oncall/overrides",
            Map.of("rotation", "backend", "person", "ann", "until", "soon"))
        .statusCode(400)
        .body(containsString("Expected a time such as 2026-01-31T09:00"));
    post(
            plain(),
            "/oncall/overrides",
            Map.of("rotation", "backend", "person", "eva", "until", "4h"))
        .statusCode(400)
        .body(containsString("person: expected a person of oncall.yml"));
    post(
            remote(),
            "/oncall/overrides",
            Map.of("rotation", "backend", "person", "ann", "until", "4h"))
        .statusCode(403);
  }

  private static Map<String, String> browser(String endpoint) {
    return Map.of(
        "person", "ann",
        "name", "<i>Phone</i>",
        "endpoint", endpoint,
        "p256dh",
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth", "BTBZMqHH6r4Tts7J_aSIgg");
  }

  @Test
  void person_registersABrowser_andRemovesIt() {
    post(plain(), "/me/devices", browser("https://fcm.googleapis.com/fcm/send/1")).statusCode(303);
    String page =
        plain()
            .get("/me?person=ann")
            .then()
            .statusCode(200)
            .body(containsString("&lt;i&gt;Phone&lt;/i&gt;"), not(containsString("fcm/send/1")))
            .extract()
            .asString();
    String remove = page.replaceFirst("(?s).*?(/me/devices/[-0-9a-f]{36}/remove).*", "$1");
    post(remote(), remove, Map.of()).statusCode(403);
    post(plain(), remove, Map.of()).statusCode(303);
    post(plain(), remove, Map.of()).statusCode(404);
    plain().get("/me?person=ann").then().body(containsString("No browser is registered."));
  }

  @Test
  void browser_withMistakes_isNotRegistered() {
    post(plain(), "/me/devices", browser("https://169.254.169.254/latest"))
        .statusCode(400)
        .body(containsString("is not a push service that --web.push-services permits"));
    post(plain(), "/me/devices", browser("not an address")).statusCode(400);
    post(plain(), "/me/devices", Map.of("person", "eva"))
        .statusCode(400)
        .body(containsString("There is no person eva."));
    post(remote(), "/me/devices", browser("https://fcm.googleapis.com/fcm/send/1")).statusCode(403);
    plain().get("/me?person=nobody").then().statusCode(200);
  }

  @Test
  void serviceWorkerAndManifest_areServed_withoutAccount() {
    remote()
        .get("/sw.js")
        .then()
        .statusCode(200)
        .contentType(containsString("javascript"))
        .header("Content-Security-Policy", containsString("connect-src 'self'"));
    remote().get("/manifest.json").then().statusCode(200).body("icons.size()", equalTo(2));
    remote().get("/icon-192.png").then().statusCode(200).contentType("image/png");
  }

  @Test
  void calendar_isServed_withItsType() {
    String calendar =
        given()
            .get(API + "/backend.ics")
            .then()
            .statusCode(200)
            .contentType("text/calendar")
            .extract()
            .asString();
    assertThat(calendar).startsWith("BEGIN:VCALENDAR\r\n").contains("SUMMARY:ann (backend)");
    given().get(API + "/nothing.ics").then().statusCode(404);
    given()
        .contentType(ContentType.JSON)
        .body("{\"rotation\":\"backend\",\"person\":\"ann\",\"until\":\"yesterday\"}")
        .put(API + "/overrides/a")
        .then()
        .statusCode(400)
        .body("field", equalTo("until"));
  }
}
