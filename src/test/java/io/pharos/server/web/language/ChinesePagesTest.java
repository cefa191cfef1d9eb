package io.pharos.server.web.language;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.hamcrest.Matcher;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The pages of the program in Chinese: none says an English sentence of its own, and what people
/// and programs wrote stays as it was.
@QuarkusTest
@Tag("slow")
class ChinesePagesTest {
  private static final String API = "/api/pharos/v1/";

  /// How many pages of one kind are read.
  private static final int MAX_ALIKE = 6;

  private static final List<String> PAGES =
      List.of(
          "/",
          "/?range=90d",
          "/incidents",
          "/incidents?filter=x%3D%28",
          "/incidents?filter=team%3D%22nobody%22",
          "/incidents?state=silenced",
          "/find?q=a",
          "/find?q=nothing+at+all",
          "/rules",
          "/rules?q=nothing",
          "/rules?sort=cost",
          "/routing",
          "/routing?alert=severity%3Dcritical",
          "/routing?alert=x",
          "/routing/ledger",
          "/routing/ledger?text=nothing",
          "/routing/ledger?from=x",
          "/graph?g0.expr=up",
          "/graph?g0.expr=nothing%20%3E%201&g0.show_tree=1&g0.range_input=x",
          "/graph?g0.expr=up%20%3E%202&g0.show_tree=1&g1.expr=sum%28rate%28up%5B5m%5D%29%29&g1.display_mode=heatmap",
          "/graph?g0.expr=vector%281%29&g1.expr=%22text%22&g2.expr=up%5B5m%5D",
          "/graph?g0.expr=sum%28",
          "/query/metrics",
          "/query/metrics?q=nothing",
          "/dashboards",
          "/dashboards/pharos-alerts?from=x&refresh=y",
          "/targets",
          "/targets?q=nothing",
          "/targets?kind=target",
          "/targets/change?type=http",
          "/targets/change?type=push",
          "/targets/change?type=target",
          "/oncall",
          "/me?person=ann",
          "/silences",
          "/silences/new",
          "/silences/new?matcher=alertname%3D%22firing%22",
          "/runbooks",
          "/runbooks/BackendDown",
          "/docs/index.md",
          "/trouble",
          "/settings",
          "/settings/audit",
          "/settings/audit?text=nothing",
          "/mailbox",
          "/login",
          "/releases",
          "/releases?service=nothing",
          "/releases?page=3",
          "/design",
          "/nowhere");

  private static RequestSpecification chinese() {
    return given()
        .urlEncodingEnabled(false)
        .header("Accept", "text/html")
        .header("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8");
  }

  private static void json(Object body, String path) {
    given().contentType(ContentType.JSON).body(body).post(path).then().statusCode(200);
  }

  private static void fill() {
    json(
        List.of(
            Map.of(
                "labels",
                Map.of("alertname", "firing", "severity", "critical", "team", "All is well"),
                "annotations",
                Map.of("summary", "Silence", "description", "No data", "summary_de", "Stille"))),
        "/api/v2/alerts");
    given()
        .contentType(ContentType.JSON)
        .body(Map.of("service", "zh", "env", "test", "version", "succeeded"))
        .put(API + "deployments/zh:1");
    given()
        .contentType(ContentType.JSON)
        .header("Idempotency-Key", "zh-1")
        .body(Map.of("deployment", "zh:1"))
        .post(API + "gates");
  }

  @Test
  void pages_inChinese_sayNoEnglishSentence() throws IOException {
    fill();
    List<String> kept =
        Files.readAllLines(Path.of("src/test/resources/pages/english.txt")).stream()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.split("\t")[0])
            .toList();
    var queue = new ArrayDeque<>(PAGES);
    Set<String> seen = new LinkedHashSet<>();
    Map<String, Integer> alike = new HashMap<>();
    Map<String, String> found = new TreeMap<>();
    while (!queue.isEmpty()) {
      String path = queue.remove();
      String shape = path.replaceAll("[0-9a-f]{16}|[?].*", "*").replaceAll("^(/[a-z]+/).+", "$1");
      if (!seen.add(path)
          || !PAGES.contains(path) && alike.merge(shape, 1, Integer::sum) > MAX_ALIKE) {
        continue;
      }
      Response answer = chinese().redirects().follow(true).get(path);
      String page = answer.asString();
      if (!page.startsWith("<!doctype html>\n<html lang=\"")) {
        continue;
      }
      assertThat(page).as(path).startsWith("<!doctype html>\n<html lang=\"zh-CN\" data-words=");
      PageTranslation.of(
          text -> {
            if (isEnglish(text) && kept.stream().noneMatch(text::contains)) {
              found.putIfAbsent(text.strip(), path);
            }
            return text;
          },
          page);
      links(page).forEach(queue::add);
    }
    assertThat(seen).hasSizeGreaterThan(PAGES.size() + 20);
    assertThat(found).isEmpty();
  }

  private static final Pattern WORDS = Pattern.compile("[A-Za-z]{2,}[,;:]?\\s+[A-Za-z]{2,}");
  private static final Pattern HAN = Pattern.compile("[\\u4e00-\\u9fff]");
  private static final Pattern LINK = Pattern.compile("<a [^>]*href=\"(/[^\"#]*)");

  private static boolean isEnglish(String text) {
    return WORDS.matcher(text).find() && !HAN.matcher(text).find();
  }

  private static List<String> links(String page) {
    return LINK.matcher(page)
        .results()
        .map(result -> result.group(1).replace("&amp;", "&"))
        .filter(link -> !link.startsWith("/api/") && !link.startsWith("/assets/"))
        .filter(link -> !link.startsWith("/docs/") && !link.startsWith("/login/"))
        .toList();
  }

  private static void eventually(String path, Matcher<String> expected) {
    Instant end = Instant.now().plus(Duration.ofSeconds(20));
    while (!expected.matches(chinese().get(path).asString())) {
      assertThat(Instant.now()).as("%s %s", path, expected).isBefore(end);
      Thread.yield();
    }
  }

  @Test
  void alert_namedLikeAWordOfThePages_keepsItsName() {
    fill();
    eventually(
        "/incidents?filter=alertname%3D%22firing%22",
        allOf(
            containsString("<span class=\"name\">firing</span>"),
            containsString("<span class=\"grow\" translate=\"no\">Silence</span>"),
            containsString("<span class=\"label\">team=&quot;All is well&quot;</span>"),
            containsString("<span class=\"state firing\">告警中</span>")));
    chinese()
        .get("/releases/deployment?key=zh:1")
        .then()
        .body(containsString("<code>succeeded</code>"))
        .body(containsString("<span class=\"state running\">进行中</span>"));
  }

  @Test
  void language_ofTheBrowser_decidesByItsOrder() {
    chinese().get("/rules").then().body(containsString("<h1>规则</h1>"));
    given()
        .header("Accept-Language", "en;q=0.5, zh-TW;q=0.9")
        .get("/rules")
        .then()
        .header("Vary", containsString("Accept-Language"))
        .body(containsString("<h1>规则</h1>"));
    for (String accepted : List.of("en, zh;q=0.9", "fr", "zh;q=0, en;q=0.1", "")) {
      given()
          .header("Accept-Language", accepted)
          .get("/rules")
          .then()
          .header("Vary", containsString("Cookie"))
          .body(
              startsWith("<!doctype html>\n<html lang=\"en\">"), containsString("<h1>Rules</h1>"));
    }
  }

  @Test
  void language_chosen_isKeptInACookieAndLeadsBackToThePage() {
    Response answer = chinese().redirects().follow(false).get("/rules?q=up&lang=en&state=firing");
    answer
        .then()
        .statusCode(303)
        .header("Location", endsWith("?q=up&state=firing"))
        .header("Set-Cookie", containsString("SameSite=Lax"));
    assertThat(answer.getCookie("pharos_lang")).isEqualTo("en");
    chinese()
        .cookie("pharos_lang", "en")
        .get("/rules?q=up")
        .then()
        .body(
            containsString("<h1>Rules</h1>"),
            containsString("href=\"?q=up&amp;lang=zh\""),
            containsString("lang=\"zh-CN\">中文</a>"));
    given()
        .cookie("pharos_lang", "zh")
        .get("/rules")
        .then()
        .body(containsString("<h1>规则</h1>"), containsString("href=\"?lang=en\""));
    chinese().cookie("pharos_lang", "<x>").get("/rules").then().body(containsString("规则"));
  }

  @Test
  void language_chosenBelowAForeignLookingPath_staysOnThisHost() {
    Response answer =
        given()
            .urlEncodingEnabled(false)
            .redirects()
            .follow(false)
            .header("Accept", "text/html")
            .get("//evil.example/?lang=zh");
    assertThat(String.valueOf(answer.getHeader("Location"))).doesNotContain("evil");
  }

  @Test
  void choice_ofAProgramOrOfNoLanguage_isNotAnswered() {
    given().get("/api/v1/query?query=1&lang=zh").then().statusCode(200);
    chinese().get("/rules?lang=xx").then().statusCode(200).body(containsString("<h1>规则</h1>"));
  }

  @Test
  void answers_toPrograms_areNotTranslated() {
    chinese()
        .get("/api/v1/query?query=1")
        .then()
        .body(not(containsString("成功")), containsString("success"));
    chinese().get("/-/healthy").then().body(not(containsString("正常")));
  }

  @Test
  void annotations_inTwoLanguages_areShownInThatOfThePage() {
    json(
        List.of(
            Map.of(
                "labels",
                Map.of("alertname", "ChineseSummary"),
                "annotations",
                Map.of("summary", "in English", "summary_zh", "中文摘要"))),
        "/api/v2/alerts");
    String path = "/incidents?filter=alertname%3D%22ChineseSummary%22";
    eventually(path, allOf(containsString("中文摘要"), not(containsString("in English"))));
    given()
        .urlEncodingEnabled(false)
        .get(path)
        .then()
        .body(containsString("in English"), not(containsString("中文摘要")));
  }
}
